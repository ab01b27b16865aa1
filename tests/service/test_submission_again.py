"""A draft that is submitted a second time, or by two at once, is still one submission."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faults.harness import (
    IN_PARTS,
    Truth,
    account_of,
    draft_of,
    drop_metadata,
    failure_of,
    hasty,
    job_of,
    kinds_of,
    requests,
    skip_silence,
    write_rows,
)
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.services.endpoint.errors import Outcome
from fttui.services.endpoint.models import Job
from fttui.services.job_form import SUBMISSION_TAG, JobRequest
from fttui.services.session import Session
from fttui.services.submission.create_call import SendOptions
from fttui.services.submission.submissions import Draft, Stage, UploadCancelledError
from waiting import PATIENCE, wait_until

CREATE = "POST /fine_tuning/jobs$"
LIST_JOBS = "GET /fine_tuning/jobs$"
LOST = Fault("reset")
NOT_ARRIVED = Fault("reset", commit=False)
DOWN = error_answer(500, commit=False)


def _leave_unknown(session: Session, proxy: FaultProxy, draft: Draft, fault: Fault) -> None:
    """A create call that breaks by `fault`, while nothing can be looked up; then calm."""
    proxy.script(CREATE, fault)
    proxy.always(LIST_JOBS, DOWN)
    assert failure_of(session, draft).outcome is Outcome.UNKNOWN
    proxy.calm()


class TestUnknownOutcomes:
    def test_a_draft_whose_outcome_is_unknown_is_looked_for_and_not_sent_again(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            _leave_unknown(proxied, fault_proxy, draft, NOT_ARRIVED)
            error = failure_of(proxied, draft)
        assert error.outcome is Outcome.UNKNOWN
        assert fault_proxy.seen["POST /fine_tuning/jobs"] == 0
        assert fault_proxy.seen["GET /fine_tuning/jobs"] > 0
        assert truth.jobs() == []

    def test_a_draft_whose_job_shows_up_later_gives_that_job(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            _leave_unknown(proxied, fault_proxy, draft, LOST)
            job = job_of(proxied, draft)
        assert [found.id for found in truth.jobs()] == [job.id]
        assert fault_proxy.seen["POST /fine_tuning/jobs"] == 0
        assert proxied.submissions.unfinished_items() == []

    def test_a_draft_that_a_run_died_sending_is_looked_for_and_not_sent_again(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            _leave_unknown(proxied, fault_proxy, draft, NOT_ARRIVED)
            proxied.journal.append(account_of(proxied), draft.id, Stage.SENDING)
            error = failure_of(proxied, draft)
        assert error.outcome is Outcome.UNKNOWN
        assert fault_proxy.seen["POST /fine_tuning/jobs"] == 0
        assert truth.jobs() == []

    def test_a_draft_that_was_given_up_stays_given_up(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl"), request=JobRequest("nope")) as draft:
            failure_of(proxied, draft)
            proxied.thread.wait(proxied.submissions.recover(draft.id, "forget"))
            fault_proxy.calm()
            error = failure_of(proxied, draft)
        assert isinstance(error, UploadCancelledError)
        assert fault_proxy.seen.total() == 0

    def test_a_refusal_that_a_look_confirms_leaves_nothing_unknown(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        fault_proxy.script(CREATE, error_answer(413, commit=False))
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            error = failure_of(proxied, draft)
        assert error.outcome is Outcome.REFUSED
        (item,) = proxied.submissions.unfinished_items()
        assert item.kind == "file" and item.submission.stage is Stage.REFUSED
        assert "resend" not in item.actions
        assert truth.jobs() == []

    def test_a_job_that_an_endpoint_made_while_it_refused_is_found(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        fault_proxy.script(CREATE, error_answer(413, commit=True))
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            job = job_of(proxied, draft)
        assert [found.id for found in truth.jobs()] == [job.id]

    @pytest.mark.parametrize("status", [400, 403, 404, 405, 422])
    @pytest.mark.parametrize("body", [b"<html>Blocked</html>", b""], ids=["page", "nothing"])
    def test_a_gateway_s_refusal_does_not_hide_the_job_that_was_made(
        self,
        proxied: Session,
        fault_proxy: FaultProxy,
        truth: Truth,
        tmp_path: Path,
        status: int,
        body: bytes,
    ) -> None:
        fault_proxy.script(CREATE, Fault("answer", commit=True, status=status, body=body))
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            job = job_of(proxied, draft)
        assert [found.id for found in truth.jobs()] == [job.id]

    def test_an_endpoint_that_knows_no_jobs_at_all_has_certainly_made_none(
        self, proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
    ) -> None:
        absent = Fault("answer", commit=False, status=404, body=b"404 page not found")
        fault_proxy.script(CREATE, absent)
        fault_proxy.always(LIST_JOBS, absent)
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            error = failure_of(proxied, draft)
        assert error.outcome is Outcome.REFUSED
        (item,) = proxied.submissions.unfinished_items()
        assert item.kind == "file"

    @pytest.mark.parametrize(
        "other",
        [
            {"metadata": {SUBMISSION_TAG: "another"}},
            {"metadata": {}, "training_file": "file-of-another"},
        ],
        ids=["marked", "unmarked"],
    )
    def test_the_job_of_another_call_is_not_taken_for_the_one_that_was_asked_for(
        self,
        proxied: Session,
        fault_proxy: FaultProxy,
        truth: Truth,
        tmp_path: Path,
        other: dict[str, Any],
    ) -> None:
        kept = json.dumps({"object": "fine_tuning.job", "id": "ftjob-kept", **other}).encode()
        fault_proxy.script(CREATE, Fault("answer", commit=True, body=kept))
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            job = job_of(proxied, draft)
        assert [found.id for found in truth.jobs()] == [job.id]
        fault_proxy.script(CREATE, Fault("answer", commit=False, body=kept))
        with draft_of(write_rows(tmp_path / "b.jsonl", mark="b")) as draft:
            error = failure_of(proxied, draft)
        assert error.outcome is Outcome.UNKNOWN

    def test_the_kept_answer_of_an_earlier_call_for_the_file_names_no_new_job(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        drop_metadata(fault_proxy)
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            older = job_of(proxied, draft)
        file = older.training_file or ""
        kept = json.dumps({"id": older.raw_id, "training_file": file}).encode()
        fault_proxy.script(CREATE, Fault("answer", commit=True, body=kept))
        with draft_of(file) as draft:
            job = job_of(proxied, draft)
        assert {found.id for found in truth.jobs()} == {job.id, older.id}
        assert job.id != older.id

    def test_a_job_that_an_endpoint_made_while_it_still_read_the_file_is_not_made_twice(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        unready = error_answer(400, commit=True, message="File is still being processed.")
        fault_proxy.script(CREATE, unready)
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            job = job_of(proxied, draft)
        assert [found.id for found in truth.jobs()] == [job.id]
        assert fault_proxy.seen["POST /fine_tuning/jobs"] == 1

    @pytest.mark.parametrize("could_look", [True, False])
    def test_a_job_that_used_the_file_before_is_not_taken_for_the_lost_one(
        self,
        proxied: Session,
        fault_proxy: FaultProxy,
        truth: Truth,
        tmp_path: Path,
        could_look: bool,
    ) -> None:
        drop_metadata(fault_proxy)
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            older = job_of(proxied, draft)
        if not could_look:
            fault_proxy.script(LIST_JOBS, DOWN, DOWN)
        fault_proxy.script(CREATE, NOT_ARRIVED)
        with draft_of(older.training_file or "") as draft:
            error = failure_of(proxied, draft)
        assert error.outcome is Outcome.UNKNOWN
        assert [job.id for job in truth.jobs()] == [older.id]

    def test_a_job_that_shows_up_a_little_later_is_waited_for(
        self,
        open_session: Callable[..., Session],
        fault_proxy: FaultProxy,
        truth: Truth,
        journal: Path,
        tmp_path: Path,
    ) -> None:
        send = SendOptions(look_after=(0.0, PATIENCE / 2), look_later=())
        session = open_session(fault_proxy.base_url, hasty(journal, send=send))
        skip_silence(fault_proxy, session)
        fault_proxy.script(CREATE, LOST)
        fault_proxy.script(LIST_JOBS, None, DOWN, DOWN)  # the first is before the call
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            future = session.thread.start(session.submissions.submit(draft))
            wait_until(lambda: fault_proxy.seen["GET /fine_tuning/jobs"] == 3, "nobody looked")
            for _ in range(3):  # what would look at once has looked by then
                session.thread.wait(session.handle.list_models())
            assert fault_proxy.seen["GET /fine_tuning/jobs"] == 3
            fault_proxy.on_silence(1.0)
            job = future.result(PATIENCE)
        assert [found.id for found in truth.jobs()] == [job.id]

    def test_a_failure_of_fttui_itself_during_the_call_leaves_it_to_be_looked_for(
        self, proxied: Session, truth: Truth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = proxied.handle.create_fine_tuning_job

        async def fail_after(request: JobRequest) -> Job:
            await real(request)
            raise RuntimeError

        monkeypatch.setattr(proxied.handle, "create_fine_tuning_job", fail_after)
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            job = job_of(proxied, draft)
        assert [found.id for found in truth.jobs()] == [job.id]
        assert kinds_of(proxied, draft.id)[-4:] == ["sending", "unknown", "created", "told"]


class TestTwoAtOnce:
    def test_a_second_waiter_that_goes_away_does_not_stop_the_first_one_s_submission(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        fault_proxy.script("POST /files$", Fault("held"))
        gone = threading.Event()

        async def wait_for(draft: Draft) -> None:
            try:
                await proxied.submissions.submit(draft)
            finally:
                gone.set()

        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            first = proxied.thread.start(proxied.submissions.submit(draft))
            wait_until(lambda: fault_proxy.seen["POST /files"], "nothing was sent")
            second = proxied.thread.start(wait_for(draft))
            proxied.thread.wait(proxied.handle.list_models())  # by then the second one waits
            second.cancel()
            assert gone.wait(PATIENCE)
            fault_proxy.let_go()
            job = first.result(PATIENCE)
        assert [found.id for found in truth.jobs()] == [job.id]
        assert len(truth.files()) == 1

    def test_a_lock_that_cannot_be_made_keeps_everything_from_being_sent(
        self, proxied: Session, fault_proxy: FaultProxy, journal: Path, tmp_path: Path
    ) -> None:
        assert proxied.submissions.unfinished_items() == []
        (journal / "locks").rmdir()
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            error = failure_of(proxied, draft)
        assert error.outcome is Outcome.NOT_SENT and error.code == "journal"
        assert "lock cannot be made" in error.sentence
        assert fault_proxy.seen.total() == 0

    def test_what_is_open_is_listed_also_where_no_lock_can_be_made(
        self, proxied: Session, journal: Path, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl"), request=JobRequest("nope")) as draft:
            failure_of(proxied, draft)
        for lock in (journal / "locks").iterdir():
            lock.unlink()
        (journal / "locks").rmdir()
        (item,) = proxied.submissions.unfinished_items()
        assert item.submission_id == draft.id and not item.busy

    def test_the_lock_of_an_ended_submission_is_taken_away(
        self, proxied: Session, journal: Path, tmp_path: Path
    ) -> None:
        path = write_rows(tmp_path / "a.jsonl")
        with draft_of(path, request=JobRequest("nope")) as refused:
            failure_of(proxied, refused)
        with draft_of(path) as draft:
            job_of(proxied, draft)
        locks = [path.stem for path in (journal / "locks").iterdir()]
        assert [name for name in locks if not name.startswith("paying-")] == [refused.id]


class TestReuse:
    @pytest.mark.parametrize(
        "stored",
        [
            {"bytes": 5, "status": "processed"},
            {"bytes": 0, "status": "processed"},
            {"status": "deleted"},
            {"status": "error"},
        ],
        ids=str,
    )
    def test_a_stored_file_that_is_cut_or_unusable_is_not_taken_instead_of_an_upload(
        self,
        proxied: Session,
        fault_proxy: FaultProxy,
        truth: Truth,
        tmp_path: Path,
        stored: dict[str, object],
    ) -> None:
        path = write_rows(tmp_path / "a.jsonl")
        size = path.stat().st_size
        with draft_of(path) as draft:
            first = job_of(proxied, draft)
        body = json.dumps({"id": first.training_file, "bytes": size, **stored}).encode()
        fault_proxy.script("GET /files/file-", Fault("answer", commit=False, body=body))
        with draft_of(path) as draft:
            second = job_of(proxied, draft)
        assert second.training_file != first.training_file
        assert truth.content(second.training_file or "") == path.read_bytes()

    def test_a_stored_file_of_untold_size_is_taken(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        path = write_rows(tmp_path / "a.jsonl")
        with draft_of(path) as draft:
            first = job_of(proxied, draft)
        body = json.dumps({"id": first.training_file}).encode()
        fault_proxy.script("GET /files/file-", Fault("answer", commit=False, body=body))
        with draft_of(path) as draft:
            assert job_of(proxied, draft).training_file == first.training_file
        assert len(truth.files()) == 1

    def test_where_nobody_can_say_whether_the_content_is_there_it_is_uploaded(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        path = write_rows(tmp_path / "a.jsonl")
        with draft_of(path) as draft:
            job_of(proxied, draft)
        fault_proxy.always("GET /files/file-", DOWN)
        with draft_of(path) as draft:
            job_of(proxied, draft)
        assert len(truth.files()) == 2

    def test_a_journal_that_cannot_be_read_knows_no_uploaded_content(
        self, proxied: Session
    ) -> None:
        proxied.journal.close()
        assert proxied.thread.wait(proxied.submissions.find_uploaded("0" * 64)) is None

    def test_an_upload_that_has_begun_goes_on_although_the_content_came_another_way(
        self,
        in_parts: Session,
        open_session: Callable[..., Session],
        fault_proxy: FaultProxy,
        truth: Truth,
        journal: Path,
        big: Path,
    ) -> None:
        fault_proxy.script("/parts$", None, None, *[NOT_ARRIVED] * 20)
        other = open_session(fault_proxy.base_url, hasty(journal, **IN_PARTS))
        with draft_of(big) as draft:
            failure_of(in_parts, draft)
            fault_proxy.calm()
            with draft_of(big) as twin:
                used = job_of(other, twin)
            fault_proxy.calm()
            job = job_of(in_parts, draft)
        assert requests(fault_proxy, "/parts") == 3
        assert requests(fault_proxy, "/complete") == 1
        assert job.training_file != used.training_file
        assert truth.content(job.training_file or "") == big.read_bytes()
