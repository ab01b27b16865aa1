"""An upload that the user gives up takes back what it sent, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.harness import Truth, draft_of, job_of, kinds_of, read_back, requests, write_rows
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.services.session import Session
from fttui.services.submission.submissions import (
    Draft,
    Stage,
    SubmissionProgress,
    UploadCancelledError,
)
from fttui.training_data.files import open_checked
from waiting import PATIENCE, wait_until

DOWN = error_answer(500, commit=False)


def _upload(truth: Truth, path: Path) -> str:
    """Put a file on the endpoint by hand; its id."""
    with open_checked(path) as file:
        stored = truth.session.thread.wait(truth.session.handle.upload_training_file(file))
    return stored.raw_id


def _cancel_while_sending(session: Session, proxy: FaultProxy, draft: Draft, count: int) -> None:
    """Give up when `count` files have been sent, the answer to the last being held back."""
    future = session.thread.start(session.submissions.submit(draft))
    wait_until(lambda: proxy.seen["POST /files"] == count, "nothing was sent")
    session.submissions.cancel(draft.id)
    with pytest.raises(UploadCancelledError):
        future.result(PATIENCE)


def test_a_file_that_was_on_the_endpoint_before_stays_there(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
) -> None:
    theirs = _upload(truth, write_rows(tmp_path / "a.jsonl"))
    fault_proxy.script("POST /files$", Fault("hang", commit=False))
    fault_proxy.on_silence = lambda share: None
    with draft_of(theirs, write_rows(tmp_path / "v.jsonl", 11)) as draft:
        _cancel_while_sending(proxied, fault_proxy, draft, 1)
    assert [file.id for file in truth.files()] == [theirs]
    assert not [request for request in fault_proxy.seen if request.startswith("DELETE")]
    assert proxied.submissions.unfinished_items() == []


def test_a_file_whose_content_was_there_before_stays_there(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "a.jsonl")
    with draft_of(path) as draft:
        used = job_of(proxied, draft).training_file
    fault_proxy.calm()
    fault_proxy.script("POST /files$", Fault("hang", commit=False))
    fault_proxy.on_silence = lambda share: None
    with draft_of(path, write_rows(tmp_path / "v.jsonl", 11)) as draft:
        _cancel_while_sending(proxied, fault_proxy, draft, 1)
    assert [file.id for file in truth.files()] == [used]


def test_every_file_that_was_sent_is_deleted_and_not_offered_again(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "a.jsonl")
    fault_proxy.script("POST /files$", None, Fault("held"))
    with draft_of(path, write_rows(tmp_path / "v.jsonl", 11)) as draft:
        future = proxied.thread.start(proxied.submissions.submit(draft))
        wait_until(lambda: len(truth.files()) == 2, "the files did not arrive")
        proxied.submissions.cancel(draft.id)
        with pytest.raises(UploadCancelledError):
            future.result(PATIENCE)
    assert truth.files() == []
    assert read_back(proxied, draft.id).stage is Stage.ABANDONED
    fault_proxy.calm()
    with draft_of(path) as again:
        job_of(proxied, again)
    assert fault_proxy.seen["POST /files"] == 1
    assert sum(request.startswith("GET /files/file-") for request in fault_proxy.seen) == 0


def test_it_is_given_up_also_where_the_endpoint_takes_nothing_back(
    in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
) -> None:
    fault_proxy.always("/cancel$", DOWN)
    stages: list[Stage] = []

    def told(progress: SubmissionProgress) -> None:
        stages.append(progress.stage)
        if progress.bytes_acknowledged:
            in_parts.submissions.cancel(progress.submission_id)

    with draft_of(big) as draft, pytest.raises(UploadCancelledError):
        in_parts.thread.wait(in_parts.submissions.submit(draft, told))
    assert requests(fault_proxy, "/cancel") == 1
    assert truth.jobs() == [] and in_parts.submissions.unfinished_items() == []
    assert kinds_of(in_parts, draft.id)[-1] == stages[-1] == Stage.ABANDONED


def test_one_that_is_given_up_before_it_began_sends_nothing(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
) -> None:
    with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
        proxied.submissions.cancel(draft.id)
        with pytest.raises(UploadCancelledError):
            proxied.thread.wait(proxied.submissions.submit(draft))
    assert fault_proxy.seen.total() == 0
    assert proxied.submissions.unfinished_items() == []


def test_one_that_is_given_up_while_its_content_is_looked_for_sends_nothing(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "a.jsonl")
    with draft_of(path) as draft:
        used = job_of(proxied, draft)
    fault_proxy.calm()
    fault_proxy.script("GET /files/file-", Fault("held"))
    with draft_of(path) as draft:
        future = proxied.thread.start(proxied.submissions.submit(draft))
        wait_until(fault_proxy.seen.total, "nothing was looked for")
        proxied.submissions.cancel(draft.id)
        fault_proxy.let_go()
        with pytest.raises(UploadCancelledError):
            future.result(PATIENCE)
    assert [job.id for job in truth.jobs()] == [used.id]
    assert [file.id for file in truth.files()] == [used.training_file]
