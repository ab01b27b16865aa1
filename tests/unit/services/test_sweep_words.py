"""What is said of the rows of a sweep."""

from dataclasses import replace

import pytest

from fttui.services.job_form import JobRequest
from fttui.services.submission.rows import SweepRow
from fttui.services.submission.state import Stage, Submission
from fttui.services.sweep_words import is_to_pay, row_state, row_texts

ROW = Submission("id-1", JobRequest("m"), {}, sweep=SweepRow("s", "k", 1, 1))


@pytest.mark.parametrize(
    ("row", "state", "to_pay"),
    [
        (ROW, "", True),
        (replace(ROW, stage=Stage.REFUSED), "", True),
        (replace(ROW, stage=Stage.UNKNOWN, is_out=True), "not known: it is looked for", False),
        (replace(ROW, stage=Stage.ABANDONED, is_out=True), "let go", False),
        (replace(ROW, stage=Stage.ABANDONED), "let go", False),
        (replace(ROW, stage=Stage.CREATED, job_id="ftjob-1"), "created: ftjob-1", False),
    ],
)
def test_a_row_says_how_far_it_is_and_whether_it_is_to_be_paid(
    row: Submission, state: str, to_pay: bool
) -> None:
    assert (row_state(row), is_to_pay(row)) == (state, to_pay)


def test_rows_are_told_by_what_not_all_ask_for() -> None:
    requests = [
        JobRequest("m", hyperparameters={"n_epochs": each, "x": 1}, seed=seed, suffix="\x1b[31m")
        for each, seed in ((2, None), (3, 5))
    ]
    assert row_texts(requests) == ["epochs 2, seed auto", "epochs 3, seed 5"]
