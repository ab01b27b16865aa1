"""An endpoint that has not read a file yet is waited for, but not for ever."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from faults.harness import (
    Truth,
    draft_of,
    failure_of,
    hasty,
    job_of,
    read_back,
    write_rows,
)
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.services.endpoint.errors import Outcome
from fttui.services.session import Session
from fttui.services.submission.create_call import SendOptions
from fttui.services.submission.submissions import Stage

CREATE = "POST /fine_tuning/jobs$"
UNREADY = error_answer(400, commit=False, message="File is still being processed.")
READING = Fault("answer", False, body=b'{"id": "file-1", "status": "uploaded"}')
READ = Fault("answer", False, body=b'{"id": "file-1", "status": "processed"}')
BROKEN = Fault("answer", False, body=b'{"id": "file-2", "status": "error"}')


@pytest.fixture
def impatient(
    fault_proxy: FaultProxy, open_session: Callable[..., Session], journal: Path
) -> Session:
    """A session that waits for no file."""
    send = SendOptions(look_after=(0.0,), look_later=(), file_poll=0.0, file_wait=0.0)
    return open_session(fault_proxy.base_url, hasty(journal, send=send))


def test_a_file_that_is_never_read_ends_the_wait_and_can_be_taken_up_again(
    impatient: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
) -> None:
    fault_proxy.script(CREATE, UNREADY)
    fault_proxy.script("GET /files/file-", *[READING] * 50)
    with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
        error = failure_of(impatient, draft)
    assert error.outcome is Outcome.REFUSED and "still being processed" in error.sentence
    assert truth.jobs() == []
    (item,) = impatient.submissions.unfinished_items()
    assert item.kind == "file" and item.actions[0] == "create"
    assert "still being processed" in item.sentence
    assert read_back(impatient, draft.id).stage is Stage.UPLOADED
    fault_proxy.calm()
    job = impatient.thread.wait(impatient.submissions.recover(draft.id, "create"))
    assert [found.id for found in truth.jobs()] == [job and job.id]


def test_an_endpoint_that_calls_a_file_unready_and_ready_is_asked_a_number_of_times(
    impatient: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
) -> None:
    fault_proxy.script(CREATE, *[UNREADY] * 40)
    fault_proxy.always("GET /files/file-", READ)
    with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
        error = failure_of(impatient, draft)
    assert "still being processed" in error.sentence
    assert fault_proxy.seen["POST /fine_tuning/jobs"] == 20
    assert truth.jobs() == []


def test_the_validation_file_is_waited_for_too(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
) -> None:
    fault_proxy.script(CREATE, UNREADY)
    fault_proxy.script("GET /files/file-", READ, READING, READING)
    path, held_out = write_rows(tmp_path / "a.jsonl"), write_rows(tmp_path / "v.jsonl", 11)
    with draft_of(path, held_out) as draft:
        job_of(proxied, draft)
    looks = [n for request, n in fault_proxy.seen.items() if request.startswith("GET /files/file-")]
    assert sorted(looks) == [1, 3]


@pytest.mark.parametrize(
    ("looks", "param"), [([BROKEN], "training_file"), ([READ, BROKEN], "validation_file")]
)
def test_a_file_that_cannot_be_used_ends_the_wait_and_is_named(
    proxied: Session,
    fault_proxy: FaultProxy,
    truth: Truth,
    tmp_path: Path,
    looks: list[Fault],
    param: str,
) -> None:
    fault_proxy.script(CREATE, UNREADY)
    fault_proxy.script("GET /files/file-", *looks)
    path, held_out = write_rows(tmp_path / "a.jsonl"), write_rows(tmp_path / "v.jsonl", 11)
    with draft_of(path, held_out) as draft:
        error = failure_of(proxied, draft)
    assert error.outcome is Outcome.REFUSED and "it gives no reason" in error.sentence
    assert error.param == param
    assert read_back(proxied, draft.id).stage is Stage.REFUSED
    assert truth.jobs() == []


@pytest.mark.parametrize("status", [b'"PROCESSED"', b'"ready"', b"null"])
def test_a_file_in_a_state_that_does_not_say_not_now_is_tried_again(
    impatient: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path, status: bytes
) -> None:
    fault_proxy.script(CREATE, UNREADY)
    told = b'{"id": "file-1", "status": %s}' % status
    fault_proxy.always("GET /files/file-", Fault("answer", False, body=told))
    with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
        job_of(impatient, draft)
    assert len(truth.jobs()) == 1


@pytest.mark.parametrize("status", [b'"Pending"', b'"RUNNING"'])
def test_a_file_that_is_being_read_in_any_case_of_letters_is_waited_for(
    impatient: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path, status: bytes
) -> None:
    fault_proxy.script(CREATE, UNREADY)
    told = b'{"id": "file-1", "status": %s}' % status
    fault_proxy.always("GET /files/file-", Fault("answer", False, body=told))
    with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
        failure_of(impatient, draft)
    assert truth.jobs() == [] and fault_proxy.seen["POST /fine_tuning/jobs"] == 1


def test_a_file_that_failed_in_another_word_ends_the_wait(
    impatient: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
) -> None:
    fault_proxy.script(CREATE, UNREADY)
    told = b'{"id": "file-1", "status": "FAILED"}'
    fault_proxy.always("GET /files/file-", Fault("answer", False, body=told))
    with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
        error = failure_of(impatient, draft)
    assert "cannot use" in error.sentence and truth.jobs() == []
