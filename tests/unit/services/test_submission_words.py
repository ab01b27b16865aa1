"""What is said about cost and progress, the same in the app and on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from fttui.services.submission.state import Stage
from fttui.services.submission.types import SubmissionProgress
from fttui.services.submission_words import (
    describe_estimate,
    estimate_line,
    is_on_its_way,
    money_text,
    progress_line,
)
from fttui.training_data.models import Estimate, Price
from unit.training_data.training_samples import CHAT, check, many


def uploading(**more: object) -> SubmissionProgress:
    told = {"file": "training", "bytes_total": 12_000_000, "bytes_sent": 3_000_000, **more}
    return SubmissionProgress("id", Stage.UPLOADING, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (uploading(), "Uploading the training file: 25 % of 12.0 MB"),
        (
            uploading(bytes_per_second=1_200_000.0, seconds_left=7.5),
            "Uploading the training file: 25 % of 12.0 MB, 1.2 MB/s, 8 s left",
        ),
        (
            uploading(bytes_per_second=9.0, seconds_left=1.0, paused=True),
            "Paused the training file: 25 % of 12.0 MB",
        ),
        (
            uploading(bytes_sent=12_000_000, bytes_per_second=9.0, seconds_left=0.0),
            "Uploading the training file: 100 % of 12.0 MB sent, waiting for the endpoint",
        ),
        (
            uploading(bytes_sent=12_000_000, bytes_acknowledged=12_000_000),
            "Uploading the training file: 100 % of 12.0 MB",
        ),
        (SubmissionProgress("id", Stage.SENDING), "Creating the job…"),
        (
            SubmissionProgress("id", Stage.UPLOADED, note="Both are there."),
            "Uploaded… Both are there.",
        ),
    ],
)
def test_progress_is_one_line(progress: SubmissionProgress, text: str) -> None:
    assert progress_line(progress) == text


def test_a_bar_stands_before_the_figures() -> None:
    assert progress_line(uploading(), bar=4) == ("Uploading the training file ━─── 25 % of 12.0 MB")


def test_a_lost_answer_is_told_by_its_note_alone() -> None:
    assert is_on_its_way(uploading())
    assert is_on_its_way(SubmissionProgress("id", Stage.SENDING))
    assert not is_on_its_way(SubmissionProgress("id", Stage.UNKNOWN))
    assert not is_on_its_way(SubmissionProgress("id", Stage.CREATED))


def estimated(**more: object) -> Estimate:
    told = {
        "epochs": 3,
        "epochs_are_default": False,
        "tokens_per_epoch": 2412,
        "billable_tokens": 7236,
        "truncated_examples": 0,
        "price": Price(25.0, "2026-11-22"),
        "usd": 0.1809,
        "exact": True,
        **more,
    }
    return Estimate(**told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "text", "brief"),
    [
        (
            estimated(),
            "$0.18 ($25 per million, as of 2026-11-22)",
            "$0.18 ($25/M, 2026-11-22)",
        ),
        (
            estimated(epochs_are_default=True),
            "≈ $0.18 ($25 per million, as of 2026-11-22)",
            "≈ $0.18 ($25/M, 2026-11-22)",
        ),
        (
            estimated(usd=0.0004, exact=False),
            "under $0.01 ($25 per million, as of 2026-11-22)",
            "under $0.01 ($25/M, 2026-11-22)",
        ),
        (
            estimated(price=Price(0.0, "2026-11-22"), usd=0.0),
            "$0.00 ($0 per million, as of 2026-11-22)",
            "$0.00 ($0/M, 2026-11-22)",
        ),
        (
            estimated(price=None, usd=None, model="somebody's"),
            "not known: no price for this model; [prices] in the settings",
            "cost not known",
        ),
        (estimated(usd=None), "not known: the tokens were not counted", "cost not known"),
        (
            estimated(price=None, usd=None),
            "not known without a model: --model names one",
            "cost not known",
        ),
        (
            estimated(price=None, usd=None, is_billed_by_time=True),
            "not known: reinforcement is billed by the time that it takes",
            "cost not known",
        ),
    ],
)
def test_a_cost_names_its_price_and_day_or_why_it_is_not_known(
    told: Estimate, text: str, brief: str
) -> None:
    assert money_text(told) == text
    assert money_text(told, brief=True) == brief
    assert dict(describe_estimate(told))["Cost"] == text


def test_an_estimate_marks_what_is_not_exact_and_names_what_is_cut_and_not_billed() -> None:
    facts = dict(describe_estimate(estimated(truncated_examples=2, validation_tokens=50)))
    assert facts["Epochs"] == "3"
    assert facts["Billable tokens"] == "7,236 (2 examples cut at the model's limit)"
    assert facts["Validation"] == "50 tokens, not billed"
    likely = dict(describe_estimate(estimated(epochs_are_default=True)))
    assert likely["Epochs"] == "≈ 3 (auto: the endpoint decides)"
    assert likely["Billable tokens"] == "≈ 7,236"


def test_the_line_below_the_form_tells_the_whole_sum(tmp_path: Path) -> None:
    report = check(tmp_path, many(CHAT), count_tokens=True)
    assert estimate_line(report, estimated()) == (
        "60 examples · 2,412 tokens × 3 epochs = 7,236 · $0.18 ($25/M, 2026-11-22)"
    )
    assert estimate_line(report, estimated(truncated_examples=2)).endswith(" · 2 over the limit")
    assert estimate_line(report, None).startswith("60 examples · ")
