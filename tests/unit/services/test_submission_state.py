"""What a list of journal entries says about a submission."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.services.job_form import SUBMISSION_TAG, JobRequest
from fttui.services.submission.state import (
    FileState,
    Stage,
    Submission,
    read_submission,
    request_data,
)
from fttui.services.submission.unfinished import describe_open, kind_of
from fttui.storage.journal import Entry

START = datetime(2026, 11, 22, tzinfo=UTC)
REQUEST = JobRequest("gpt-4o-mini", hyperparameters={"n_epochs": 3}, suffix="s", seed=1)


def _entries(*entries: tuple[str, dict[str, Any]], ours: bool = True) -> list[Entry]:
    file = FileState("training", path="/data/train.jsonl", name="train.jsonl", size=100, md5="m")
    begin = {"request": request_data(REQUEST), "files": [file.to_data()]}
    all_entries = [("drafted", begin), ("confirmed", {}), *entries]
    return [Entry(k, START + timedelta(seconds=n), d) for n, (k, d) in enumerate(all_entries)]


def _read(*entries: tuple[str, dict[str, Any]]) -> Submission:
    found = read_submission("id-1", _entries(*entries))
    assert found is not None
    return found


UPLOADING = ("uploading", {"role": "training", "upload_id": "up-1", "part_size": 40})
FILE = ("file", {"role": "training", "file_id": "file-1"})
INTENT = ("intent", {"earlier_job_ids": ["ftjob-0"]})
LOST = (("sending", {}), ("unknown", {}))
SENDING: tuple[str, dict[str, Any]] = ("sending", {})


def _part(index: int, upload_id: str = "up-1") -> tuple[str, dict[str, Any]]:
    data = {"role": "training", "upload_id": upload_id, "index": index, "part_id": f"p{index}"}
    return "part", {**data, "sha256": f"m{index}"}


def test_no_entries_are_no_submission() -> None:
    assert read_submission("id-1", []) is None


def test_the_request_comes_back_as_it_was_confirmed() -> None:
    assert _read().request == REQUEST
    assert _read().stage is Stage.CONFIRMED


def test_what_goes_out_is_the_request_with_files_and_mark() -> None:
    body = _read(UPLOADING, FILE).body
    assert body == REQUEST.with_files("file-1").tagged("id-1")
    assert body.to_body()["metadata"] == {SUBMISSION_TAG: "id-1"}


def test_parts_are_counted_for_the_upload_they_belong_to() -> None:
    submission = _read(UPLOADING, _part(0), _part(1), _part(5, "up-0"))
    assert sorted(submission.files["training"].parts) == [0, 1]
    again = _read(UPLOADING, _part(0), ("uploading", {**UPLOADING[1], "upload_id": "up-2"}))
    assert again.files["training"].parts == {}
    assert again.files["training"].started_at == START + timedelta(seconds=2)


def test_a_job_is_looked_for_from_the_first_call_that_may_have_gone_out() -> None:
    entries = [FILE, INTENT, ("sending", {}), ("unknown", {"error": "lost"})]
    submission = _read(*entries, ("consent", {}), ("intent", {"earlier_job_ids": ["ftjob-9"]}))
    assert submission.intent_at == START + timedelta(seconds=3)
    assert submission.earlier_job_ids == {"ftjob-0"}
    refused = _read(FILE, INTENT, ("sending", {}), ("not sent", {}), ("intent", {}))
    assert refused.intent_at == START + timedelta(seconds=6)
    assert refused.earlier_job_ids is None


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        ([], "upload"),
        ([UPLOADING, _part(0)], "upload"),
        ([UPLOADING, ("interrupted", {"error": "lost"})], "upload"),
        ([UPLOADING, FILE], "upload"),
        ([FILE, ("uploaded", {})], "file"),
        ([FILE, ("uploaded", {}), INTENT], "file"),
        ([FILE, INTENT, ("sending", {})], "unknown"),
        ([FILE, INTENT, ("sending", {}), ("unknown", {"error": "lost"})], "unknown"),
        ([FILE, INTENT, ("sending", {}), ("not sent", {"error": "no net"})], "file"),
        ([FILE, INTENT, ("sending", {}), ("refused", {"error": "no"})], "file"),
        ([FILE, INTENT, ("sending", {}), ("created", {"job_id": "j"})], "untold"),
        ([FILE, INTENT, ("sending", {}), ("created", {"job_id": "j"}), ("told", {})], ""),
        ([FILE, INTENT, ("sending", {}), INTENT, ("sending", {}), ("not sent", {})], "unknown"),
        ([FILE, INTENT, *LOST, INTENT], "unknown"),
        ([FILE, INTENT, *LOST, INTENT, ("sending", {}), ("refused", {})], "unknown"),
        ([FILE, ("unreadable", {})], "unknown"),
        ([FILE, ("created", {"job_id": "j", "extra_job_ids": ["k"]})], "duplicate"),
        ([UPLOADING, ("abandoned", {})], ""),
        ([("file", {**FILE[1], "ours": False}), INTENT, ("refused", {})], ""),
    ],
)
def test_what_is_left_open_decides_what_can_be_done(
    entries: list[tuple[str, dict[str, Any]]], kind: str
) -> None:
    submission = _read(*entries)
    assert kind_of(submission) == kind
    assert submission.is_finished == (kind == "")
    items = describe_open([submission], (), ())
    assert [item.kind for item in items] == ([kind] if kind else [])
    for item in items:
        assert item.actions and item.sentence.endswith((".", "lost", "no", "no net"))


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-1, "have expired"),
        (3600, "can be sent until"),
        (9_000_000_000, "can be sent until"),
        (None, "for a gpt"),
    ],
)
def test_an_unfinished_upload_tells_how_much_is_sent_and_for_how_long_it_is_kept(
    seconds: int | None, told: str
) -> None:
    expires = seconds and datetime.now(UTC) + timedelta(seconds=seconds)
    uploading = {**UPLOADING[1], "expires_at": expires and expires.isoformat()}
    (item,) = describe_open([_read(("uploading", uploading), _part(0), _part(1))], (), ())
    assert "to 80 %" in item.sentence and told in item.sentence
    for other in {"have expired", "can be sent until"} - {told}:
        assert other not in item.sentence
    is_far = seconds is not None and seconds > 86_400
    assert not is_far or re.search(r"until 2\d{3}-", item.sentence)


def test_a_call_is_told_by_the_time_that_it_went_out_at() -> None:
    sent = replace(_read(FILE, INTENT, SENDING), intent_at=START + timedelta(days=3))
    (item,) = describe_open([sent], (), ())
    assert f"{(START + timedelta(days=3)).astimezone():%Y-%m-%d at %H:%M}" in item.sentence


def test_a_file_that_a_job_uses_is_nothing_to_recover() -> None:
    submission = _read(FILE, INTENT, ("refused", {"error": "no"}))
    assert describe_open([submission], {"file-1"}, ()) == []


def test_hostile_text_in_the_journal_is_harmless_on_screen() -> None:
    begin = {
        "request": request_data(JobRequest("m\x1b]52;c;x\x07")),
        "files": [FileState("training", path="/tmp/\x1b[2J\u202e.jsonl", size=1).to_data()],
    }
    submission = read_submission("id-1", [Entry("drafted", START, begin)])
    assert submission is not None
    (item,) = describe_open([submission], (), ())
    assert item.sentence.isprintable()


_KINDS = st.sampled_from(
    [UPLOADING, _part(0), _part(1), FILE, INTENT, ("uploaded", {}), ("sending", {}),
     ("unknown", {}), ("refused", {}), ("not sent", {}), ("created", {"job_id": "j"}),
     ("completing", {"role": "training"}), ("file gone", {"role": "training"}),
     ("waiting", {}), ("abandoned", {}), ("a kind of the future", {})]
)  # fmt: skip


@given(st.lists(_KINDS, max_size=12))
def test_any_order_of_entries_can_be_read(entries: list[tuple[str, dict[str, Any]]]) -> None:
    submission = _read(*entries)
    items = describe_open([submission], (), {"id-1"})
    assert submission.is_finished == (items == [])


LATER = ("uploading", {**UPLOADING[1], "expires_at": "2026-11-22T01:00:00+00:00"})
UNSENT = ("not sent", {"error": "no net", "param": "model"})


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([UPLOADING], {"stage": Stage.UPLOADING, "upload_id": "up-1", "part_size": 40}),
        ([UPLOADING], {"started_at": START + timedelta(seconds=2), "expires_at": None}),
        ([LATER], {"expires_at": START + timedelta(hours=1)}),
        ([UPLOADING, ("completing", {"role": "training"})], {"completing": True}),
        ([UPLOADING, ("completing", {"role": "training"}), UPLOADING], {"completing": False}),
        ([UPLOADING, FILE], {"file_id": "file-1", "is_ours": True}),
        ([("file", {**FILE[1], "ours": False})], {"file_id": "file-1", "is_ours": False}),
        ([UPLOADING, _part(0), ("file gone", {"role": "training"})], {"parts": {}}),
        ([UPLOADING, ("file gone", {"role": "training"})], {"upload_id": ""}),
        ([UPLOADING, FILE, ("file gone", {"role": "training"})], {"file_id": "", "is_ours": False}),
        ([FILE, ("uploaded", {})], {"stage": Stage.UPLOADED}),
        ([FILE, INTENT], {"stage": Stage.INTENT, "earlier_job_ids": frozenset({"ftjob-0"})}),
        ([FILE, INTENT], {"intent_at": START + timedelta(seconds=3)}),
        ([FILE, INTENT, ("sending", {})], {"stage": Stage.SENDING}),
        ([("created", {"job_id": "j"})], {"stage": Stage.CREATED, "job_id": "j"}),
        ([("created", {"job_id": "j", "extra_job_ids": ["k"]})], {"extra_job_ids": ("k",)}),
        ([UNSENT, ("created", {"job_id": "j"})], {"error": ""}),
        ([("refused", {"error": "no"})], {"stage": Stage.REFUSED, "error": "no", "param": ""}),
        ([("refused", {"param": None})], {"error": "", "param": ""}),
        ([("unknown", {"error": "lost"})], {"stage": Stage.UNKNOWN, "error": "lost"}),
        ([("abandoned", {"error": "left"})], {"stage": Stage.ABANDONED, "error": "left"}),
        ([("interrupted", {"error": "cut"})], {"stage": Stage.UPLOADING, "error": "cut"}),
        ([("interrupted", {"error": "cut"}), UPLOADING], {"error": ""}),
        ([UNSENT], {"stage": Stage.UPLOADED, "error": "no net", "param": "model"}),
        ([("waiting", {"error": "unready"})], {"stage": Stage.UPLOADED, "error": "unready"}),
        ([FILE, INTENT, SENDING], {"is_out": True, "is_lost": False, "may_have_job": True}),
        ([FILE, INTENT, SENDING, INTENT, SENDING], {"is_out": True, "is_lost": True}),
        ([SENDING, UNSENT], {"may_have_job": False, "stage": Stage.UPLOADED}),
        ([SENDING, SENDING, UNSENT], {"is_out": False, "is_lost": True, "stage": Stage.UNKNOWN}),
        ([SENDING, SENDING, ("created", {"job_id": "j"})], {"may_have_job": False}),
        ([("created", {"job_id": "j"})], {"is_reported": False, "has_ended": True}),
        ([("created", {"job_id": "j"}), ("told", {})], {"is_reported": True, "is_finished": True}),
        ([SENDING, ("abandoned", {})], {"is_finished": True, "has_ended": True}),
        ([SENDING], {"is_finished": False, "has_ended": False}),
        ([("unreadable", {})], {"stage": Stage.UNKNOWN, "is_lost": True}),
        ([("created", {"job_id": "j"}), ("unreadable", {})], {"stage": Stage.CREATED}),
        ([FILE], {"created_at": START, "updated_at": START + timedelta(seconds=2)}),
    ],
)  # fmt: skip
def test_every_kind_of_entry_changes_what_it_tells_of(
    entries: list[tuple[str, dict[str, Any]]], expected: dict[str, Any]
) -> None:
    submission = _read(*entries)
    file = submission.files["training"]
    found = {name: getattr(submission, name, getattr(file, name, None)) for name in expected}
    assert found == expected


def test_an_upload_that_is_begun_again_began_when_it_was_first_begun() -> None:
    started = _read(UPLOADING, FILE, UPLOADING).files["training"].started_at
    assert started == START + timedelta(seconds=2)


def test_a_refusal_leaves_open_only_a_file_that_was_uploaded_for_it() -> None:
    refused = ("refused", {"error": "no"})
    assert _read(refused).is_finished
    assert not _read(FILE, refused).is_finished
    assert _read(("file", {**FILE[1], "ours": False}), refused).is_finished


def test_an_entry_that_cannot_be_understood_changes_nothing() -> None:
    odd = ("part", {"role": "training", "upload_id": "up-1", "index": 1, "part_id": "p1"})
    submission = _read(UPLOADING, _part(0), odd, ("created", {}))
    assert sorted(submission.files["training"].parts) == [0]
    assert submission.stage is Stage.UPLOADING


def test_a_record_that_cannot_be_read_is_no_submission() -> None:
    assert read_submission("id-1", [Entry("drafted", START, {"request": 5})]) is None
