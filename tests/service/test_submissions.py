"""Submissions against the sandbox over a real socket: uploads, the create call, what stays open."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from faults.harness import (
    IN_PARTS,
    MODEL,
    Truth,
    draft_of,
    drop_metadata,
    hasty,
    skip_silence,
    write_rows,
)
from faults.harness import failure_of as _fail
from faults.harness import job_of as _submit
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.server import ManualClock, SandboxServer
from fttui.services.endpoint.errors import (
    NotSentError,
    Outcome,
    RedirectError,
    RefusedError,
    ServiceError,
)
from fttui.services.endpoint.models import Job
from fttui.services.job_form import SUBMISSION_TAG, JobRequest
from fttui.services.session import Session
from fttui.services.submission.create_call import SendOptions
from fttui.services.submission.submissions import (
    BusySubmissionError,
    Draft,
    Stage,
    SubmissionProgress,
    UploadCancelledError,
)
from fttui.services.submission.types import UnknownOutcomeError
from waiting import PATIENCE, wait_until

MIB = 1024 * 1024
CREATE = "POST /fine_tuning/jobs$"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class TestWhatIsSent:
    def test_the_job_is_the_one_that_was_confirmed(
        self, session: Session, truth: Truth, tmp_path: Path
    ) -> None:
        request = JobRequest(
            MODEL,
            hyperparameters={"n_epochs": 2, "learning_rate_multiplier": 0.5},
            seed=7,
            suffix="orders",
            metadata={"team": "blue"},
        )
        path, held_out = write_rows(tmp_path / "a.jsonl"), write_rows(tmp_path / "v.jsonl", 11)
        with draft_of(path, held_out, request=request) as draft:
            told = _submit(session, draft)
        (job,) = truth.jobs()
        assert job.id == told.id
        assert (job.seed, job.suffix, job.model) == (7, "orders", MODEL)
        assert job.hyperparameters.as_dict()["n_epochs"] == 2
        assert dict(job.metadata) == {"team": "blue", SUBMISSION_TAG: draft.id}
        assert _sha256(truth.content(job.training_file or "")) == _sha256(path.read_bytes())
        assert _sha256(truth.content(job.validation_file or "")) == _sha256(held_out.read_bytes())

    def test_the_journal_has_the_whole_story_and_no_key(
        self, session: Session, sandbox: SandboxServer, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            _submit(session, draft)
        entries = session.journal.entries(session.submissions._account, draft.id)
        assert [entry.kind for entry in entries] == [
            "drafted", "confirmed", "uploading", "file", "uploaded", "intent", "sending", "created",
            "told",
        ]  # fmt: skip
        folder = session.journal.folder
        assert folder is not None
        content = b"".join(path.read_bytes() for path in folder.glob("journal.db*"))
        assert sandbox.api_key.encode() not in content
        assert session.submissions.unfinished_items() == []

    def test_progress_counts_only_what_the_endpoint_has_acknowledged(
        self, in_parts: Session, fault_proxy: FaultProxy, big: Path
    ) -> None:
        told: list[SubmissionProgress] = []
        fault_proxy.script("/parts$", None, Fault("reset", commit=False))
        with draft_of(big) as draft:
            in_parts.thread.wait(in_parts.submissions.submit(draft, told.append))
        sizes = [p.bytes_acknowledged for p in told if p.file == "training"]
        assert sizes == sorted(sizes)
        assert sizes[-1] == big.stat().st_size == told[0].bytes_total
        last = big.stat().st_size % MIB
        steps = {after - before for before, after in pairwise(sizes)}
        assert steps <= {0, MIB, last} and {MIB, last} <= steps
        assert any("Trying again" in p.note for p in told)
        assert [p.stage for p in told][-1] is Stage.CREATED

    def test_the_same_content_is_not_uploaded_twice(
        self, session: Session, truth: Truth, tmp_path: Path
    ) -> None:
        for name in ("a.jsonl", "b.jsonl"):
            with draft_of(write_rows(tmp_path / name)) as draft:
                _submit(session, draft)
        assert len(truth.jobs()) == 2
        assert len(truth.files()) == 1
        with draft_of(tmp_path / "a.jsonl", reuse=False) as draft:
            _submit(session, draft)
        assert len(truth.files()) == 2
        digest = _sha256((tmp_path / "a.jsonl").read_bytes())
        found = session.thread.wait(session.submissions.find_uploaded(digest))
        assert found is not None

    def test_a_deleted_file_is_uploaded_again(
        self, session: Session, truth: Truth, tmp_path: Path
    ) -> None:
        path = write_rows(tmp_path / "a.jsonl")
        with draft_of(path) as draft:
            first = _submit(session, draft)
        truth.session.thread.wait(truth.session.handle.delete_file(first.training_file or ""))
        with draft_of(path) as draft:
            second = _submit(session, draft)
        assert second.training_file != first.training_file


class TestPresses:
    def test_three_presses_on_one_draft_make_one_job(
        self, session: Session, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            futures = [session.thread.start(session.submissions.submit(draft)) for _ in range(3)]
            told = {future.result(PATIENCE).id for future in futures}
            told.add(_submit(session, draft).id)
        assert told == {job.id for job in truth.jobs()}
        assert len(told) == 1

    def test_a_waiter_that_goes_away_does_not_take_the_call_along(
        self,
        proxied: Session,
        open_session: Callable[..., Session],
        fault_proxy: FaultProxy,
        truth: Truth,
        journal: Path,
        tmp_path: Path,
    ) -> None:
        other = open_session(fault_proxy.base_url, hasty(journal))
        fault_proxy.script(CREATE, Fault("held"))
        gone = threading.Event()

        async def wait_for(draft: Draft) -> None:
            try:
                await proxied.submissions.submit(draft)
            finally:
                gone.set()

        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            waiter = proxied.thread.start(wait_for(draft))
            wait_until(lambda: fault_proxy.seen["POST /fine_tuning/jobs"], "nothing was sent")
            waiter.cancel()
            assert gone.wait(PATIENCE)
            assert [item.busy for item in other.submissions.unfinished_items()] == [True]
            fault_proxy.let_go()
            proxied.thread.wait(proxied.submissions.settle())
        (job,) = truth.jobs(draft.id)
        again = _submit(proxied, draft)
        assert again.id == job.id
        assert fault_proxy.seen["POST /fine_tuning/jobs"] == 1

    def test_two_instances_never_work_on_one_submission(
        self,
        in_parts: Session,
        open_session: Callable[..., Session],
        fault_proxy: FaultProxy,
        truth: Truth,
        journal: Path,
        big: Path,
    ) -> None:
        other = open_session(fault_proxy.base_url, hasty(journal, **IN_PARTS))
        started = threading.Event()

        def told(progress: SubmissionProgress) -> None:
            if progress.bytes_acknowledged and not started.is_set():
                in_parts.submissions.pause(progress.submission_id)
                started.set()

        with draft_of(big) as draft:
            future = in_parts.thread.start(in_parts.submissions.submit(draft, told))
            assert started.wait(PATIENCE)
            (item,) = other.submissions.unfinished_items()
            assert item.busy and item.actions == ()
            for action in ("resume", "forget"):
                with pytest.raises(BusySubmissionError):
                    other.thread.wait(other.submissions.recover(draft.id, action))
            assert in_parts.submissions.unfinished_items() == []
            assert in_parts.submissions.at_work == (draft.id,)
            in_parts.submissions.resume(draft.id)
            future.result(PATIENCE)
        assert len(truth.jobs()) == 1
        assert other.submissions.unfinished_items() == []


class TestProgress:
    def test_bytes_are_told_when_they_have_left_and_before_the_endpoint_has_answered(
        self, session: Session, tmp_path: Path
    ) -> None:
        told: list[SubmissionProgress] = []
        with draft_of(write_rows(tmp_path / "small.jsonl", 12)) as draft:
            session.thread.wait(session.submissions.submit(draft, told.append))
        assert any(one.awaits_answer for one in told)

    def test_of_a_part_too(self, in_parts: Session, big: Path) -> None:
        told: list[SubmissionProgress] = []
        with draft_of(big) as draft:
            in_parts.thread.wait(in_parts.submissions.submit(draft, told.append))
        assert any(one.bytes_sent > one.bytes_acknowledged for one in told)


class TestSteering:
    def test_a_pause_stops_new_parts_until_resume(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        paused = threading.Event()

        def told(progress: SubmissionProgress) -> None:
            if progress.bytes_acknowledged and not progress.paused and not paused.is_set():
                in_parts.submissions.pause(progress.submission_id)
            if progress.paused:
                paused.set()

        with draft_of(big) as draft:
            future = in_parts.thread.start(in_parts.submissions.submit(draft, told))
            assert paused.wait(PATIENCE)
            for _ in range(10):  # what would be sent in spite of the pause is sent by then
                in_parts.thread.wait(in_parts.handle.list_jobs())
            parts = sum(n for route, n in fault_proxy.seen.items() if route.endswith("/parts"))
            assert parts <= 1 + IN_PARTS["window"]  # the first, and what was on its way by then
            assert not future.done()
            in_parts.submissions.resume(draft.id)
            assert isinstance(future.result(PATIENCE), Job)

    def test_a_cancelled_upload_leaves_no_file_no_job_and_nothing_open(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        def told(progress: SubmissionProgress) -> None:
            if progress.bytes_acknowledged:
                in_parts.submissions.cancel(progress.submission_id)

        with draft_of(big) as draft, pytest.raises(UploadCancelledError):
            in_parts.thread.wait(in_parts.submissions.submit(draft, told))
        assert truth.jobs() == [] and truth.files() == []
        assert sum(n for route, n in fault_proxy.seen.items() if route.endswith("/cancel")) == 1
        assert in_parts.submissions.unfinished_items() == []

    def test_a_cancelled_upload_in_one_piece_deletes_the_file_if_it_arrived(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        fault_proxy.script("POST /files$", Fault("held"))
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            future = proxied.thread.start(proxied.submissions.submit(draft))
            wait_until(truth.files, "no file arrived")
            proxied.submissions.cancel(draft.id)
            with pytest.raises(UploadCancelledError):
                future.result(PATIENCE)
        assert truth.files() == [] and truth.jobs() == []

    def test_the_create_call_cannot_be_cancelled_as_an_upload(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        fault_proxy.script(CREATE, Fault("held"))

        def told(progress: SubmissionProgress) -> None:
            if progress.stage is Stage.SENDING:
                proxied.submissions.cancel(progress.submission_id)

        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            future = proxied.thread.start(proxied.submissions.submit(draft, told))
            wait_until(truth.jobs, "no job was created")
            proxied.submissions.cancel(draft.id)
            assert proxied.submissions.has_paid_calls
            fault_proxy.let_go()
            job = future.result(PATIENCE)
        assert [found.id for found in truth.jobs()] == [job.id]


class TestChangedSources:
    def test_a_file_that_grows_during_the_upload_is_sent_as_it_was_checked(
        self, in_parts: Session, truth: Truth, big: Path
    ) -> None:
        before = big.read_bytes()

        def told(progress: SubmissionProgress) -> None:
            with big.open("ab") as file:
                file.write(b"more\n")

        with draft_of(big) as draft:
            job = in_parts.thread.wait(in_parts.submissions.submit(draft, told))
        assert truth.content(job.training_file or "") == before

    @pytest.mark.parametrize("options", [{}, IN_PARTS], ids=["whole", "in parts"])
    def test_a_file_that_changes_after_its_check_makes_no_file_and_no_job(
        self,
        options: dict[str, int],
        fault_proxy: FaultProxy,
        open_session: Callable[..., Session],
        journal: Path,
        truth: Truth,
        big: Path,
    ) -> None:
        session = open_session(fault_proxy.base_url, hasty(journal, **options))
        digests = {
            "training_sha256": _sha256(big.read_bytes()),
            "training_md5": hashlib.md5(big.read_bytes()).hexdigest(),
        }
        with draft_of(big, **digests) as draft:
            with big.open("r+b") as file:
                file.seek(-1000, os.SEEK_END)
                file.write(b"#")
            error = _fail(session, draft)
        assert error.code == "source_changed"
        assert truth.files() == [] and truth.jobs() == []
        assert fault_proxy.seen["POST /fine_tuning/jobs"] == 0

    def test_a_file_that_was_cut_is_refused(
        self, in_parts: Session, truth: Truth, big: Path
    ) -> None:
        with draft_of(big) as draft:
            os.truncate(big, 2 * MIB)
            error = _fail(in_parts, draft)
        assert error.code == "source_changed"
        assert truth.files() == []

    def test_an_interrupted_upload_does_not_go_on_with_another_content(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.script("/parts$", None, None, *[Fault("reset", commit=False)] * 20)
        with draft_of(big) as draft:
            error = _fail(in_parts, draft)
        assert error.outcome is Outcome.NOT_SENT
        (item,) = in_parts.submissions.unfinished_items()
        assert item.kind == "upload" and "is uploaded to 46 %" in item.sentence
        fault_proxy.calm()
        with big.open("r+b") as file:
            file.write(b"#")
        with pytest.raises(ServiceError) as refused:
            in_parts.thread.wait(in_parts.submissions.recover(draft.id, "resume"))
        assert refused.value.code == "source_changed"
        assert truth.files() == [] and truth.jobs() == []

    def test_a_vanished_file_is_a_sentence(
        self, in_parts: Session, fault_proxy: FaultProxy, big: Path
    ) -> None:
        fault_proxy.always("/parts$", Fault("reset", commit=False))
        with draft_of(big) as draft:
            _fail(in_parts, draft)
        big.unlink()
        with pytest.raises(ServiceError) as refused:
            in_parts.thread.wait(in_parts.submissions.recover(draft.id, "resume"))
        assert "no such file" in refused.value.sentence


class TestUploads:
    def test_after_a_lost_connection_only_the_missing_parts_are_sent(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.script("/parts$", None, None, None, *[Fault("reset", commit=False)] * 20)
        with draft_of(big) as draft:
            _fail(in_parts, draft)
        fault_proxy.calm()
        job = in_parts.thread.wait(in_parts.submissions.recover(draft.id, "resume"))
        assert job is not None
        parts = sum(n for route, n in fault_proxy.seen.items() if route.endswith("/parts"))
        assert parts == 2
        assert truth.content(job.training_file or "") == big.read_bytes()
        assert in_parts.submissions.unfinished_items() == []

    def test_an_expired_upload_starts_again_and_says_so(
        self,
        in_parts: Session,
        fault_proxy: FaultProxy,
        truth: Truth,
        clock: ManualClock,
        big: Path,
    ) -> None:
        fault_proxy.script("/parts$", None, None, *[Fault("reset", commit=False)] * 20)
        with draft_of(big) as draft:
            _fail(in_parts, draft)
        fault_proxy.calm()
        clock.advance(3700)
        notes: list[str] = []
        job = in_parts.thread.wait(
            in_parts.submissions.recover(
                draft.id, "resume", on_progress=lambda progress: notes.append(progress.note)
            )
        )
        assert job is not None
        assert truth.content(job.training_file or "") == big.read_bytes()
        assert any("starts again" in note for note in notes)

    def test_an_endpoint_without_uploads_gets_the_file_in_one_piece(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.always("POST /uploads", error_answer(404, commit=False))
        notes: list[str] = []
        with draft_of(big) as draft:
            job = in_parts.thread.wait(
                in_parts.submissions.submit(draft, lambda progress: notes.append(progress.note))
            )
        assert truth.content(job.training_file or "") == big.read_bytes()
        assert any("cannot be resumed" in note for note in notes)

    @pytest.mark.parametrize("how", ["reset", "close", "hang", "truncate"])
    def test_a_lost_answer_to_the_joining_of_parts_leaves_one_file(
        self,
        how: str,
        fault_proxy: FaultProxy,
        open_session: Callable[..., Session],
        journal: Path,
        truth: Truth,
        big: Path,
    ) -> None:
        session = open_session(fault_proxy.base_url, hasty(journal, **IN_PARTS))
        skip_silence(fault_proxy, session)
        fault_proxy.script("/complete$", Fault(how))
        with draft_of(big) as draft:
            job = _submit(session, draft)
        (file,) = truth.files()
        assert file.id == job.training_file
        assert truth.content(file.id) == big.read_bytes()

    def test_a_lost_answer_to_an_upload_in_one_piece_leaves_one_file(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        fault_proxy.script("POST /files$", Fault("reset"), Fault("hang"))
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            job = _submit(proxied, draft)
        (file,) = truth.files()
        assert file.id == job.training_file

    def test_another_file_of_the_same_name_and_size_is_not_taken_for_the_lost_one(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        path = write_rows(tmp_path / "a.jsonl", mark="one")
        with draft_of(path) as draft:
            truth.session.thread.wait(truth.session.submissions.submit(draft))
        write_rows(path, mark="two")
        fault_proxy.script("POST /files$", Fault("reset", commit=False))
        with draft_of(path) as draft:
            job = _submit(proxied, draft)
        assert truth.content(job.training_file or "") == path.read_bytes()

    def test_a_part_that_arrived_twice_is_joined_once(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.script("/parts$", Fault("reset"), Fault("close"), Fault("truncate"))
        with draft_of(big) as draft:
            job = _submit(in_parts, draft)
        assert truth.content(job.training_file or "") == big.read_bytes()


class TestRefusals:
    def test_a_refused_job_keeps_its_file_for_the_next_try(
        self, proxied: Session, truth: Truth, tmp_path: Path
    ) -> None:
        path = write_rows(tmp_path / "a.jsonl")
        with draft_of(path, request=JobRequest("no-such-model")) as draft:
            error = _fail(proxied, draft)
        assert isinstance(error, RefusedError) and error.param == "model"
        (item,) = proxied.submissions.unfinished_items()
        assert item.kind == "file" and item.actions == ("create", "delete_file", "forget")
        assert "no job uses it" in item.sentence
        with draft_of(path) as draft:
            _submit(proxied, draft)
        assert len(truth.files()) == 1
        assert proxied.submissions.unfinished_items() == []

    def test_a_kept_file_can_be_deleted(
        self, proxied: Session, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl"), request=JobRequest("nope")) as draft:
            _fail(proxied, draft)
        proxied.thread.wait(proxied.submissions.recover(draft.id, "delete_file"))
        assert truth.files() == []
        assert proxied.submissions.unfinished_items() == []
        with pytest.raises(ServiceError) as stale:
            proxied.thread.wait(proxied.submissions.recover(draft.id, "create"))
        assert stale.value.code == "stale"

    def test_an_unreachable_endpoint_is_certain_and_the_same_draft_can_be_sent_again(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            target, fault_proxy._target = fault_proxy._target, ("127.0.0.1", 9)
            fault_proxy.base_url, proxied_url = "", fault_proxy.base_url
            error = _fail(proxied, draft)
            assert error.outcome is Outcome.NOT_SENT
            fault_proxy._target, fault_proxy.base_url = target, proxied_url
            _submit(proxied, draft)
        assert len(truth.jobs()) == 1 and len(truth.files()) == 1

    def test_a_closed_port_is_told_as_not_sent(
        self, sandbox: SandboxServer, open_session: Callable[..., Session], journal: Path
    ) -> None:
        session = open_session("http://127.0.0.1:9/v1", hasty(journal))
        with draft_of("file-abc") as draft:
            error = _fail(session, draft)
        assert isinstance(error, NotSentError)
        assert "nothing was sent" in error.sentence

    def test_a_redirect_takes_neither_key_nor_request_elsewhere(
        self,
        proxied: Session,
        fault_proxy: FaultProxy,
        sandbox: SandboxServer,
        truth: Truth,
        tmp_path: Path,
    ) -> None:
        with FaultProxy(sandbox.base_url) as elsewhere:
            location = (("location", f"{elsewhere.base_url}/fine_tuning/jobs"),)
            for status in (301, 302, 303, 307, 308):
                answer = error_answer(status, commit=False, headers=location)
                fault_proxy.script(CREATE, answer)
                with draft_of(write_rows(tmp_path / f"{status}.jsonl", mark=str(status))) as draft:
                    error = _fail(proxied, draft)
                # A 302 or 303 may well be the answer of one who has made the job.
                may_be_done = status in {302, 303}
                assert isinstance(error, UnknownOutcomeError if may_be_done else RedirectError)
                assert elsewhere.base_url.split("/")[2] in error.sentence
            assert elsewhere.seen.total() == 0
        assert truth.jobs() == []

    def test_an_exhausted_quota_is_not_tried_again(
        self, proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
    ) -> None:
        answer = error_answer(429, commit=False, code="insufficient_quota")
        fault_proxy.always(CREATE, answer)
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            error = _fail(proxied, draft)
        assert error.outcome is Outcome.REFUSED and "quota" in error.sentence
        assert fault_proxy.seen["POST /fine_tuning/jobs"] == 1

    def test_a_file_that_is_still_being_read_is_waited_for(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        unready = error_answer(400, commit=False, message="File is still being processed.")
        reading = Fault("answer", False, body=b'{"id": "file-1", "status": "uploaded"}')
        fault_proxy.script(CREATE, unready, unready)
        fault_proxy.script("GET /files/file-", reading, reading)
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            _submit(proxied, draft)
        assert len(truth.jobs()) == 1
        assert fault_proxy.seen["POST /fine_tuning/jobs"] == 3

    def test_the_wait_for_a_file_can_be_cancelled(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        unready = error_answer(400, commit=False, message="File is still being processed.")
        reading = Fault("answer", False, body=b'{"id": "file-1", "status": "uploaded"}')
        fault_proxy.script(CREATE, unready)
        fault_proxy.always("GET /files/file-", reading)

        def told(progress: SubmissionProgress) -> None:
            if "still reading" in progress.note:
                proxied.submissions.cancel(progress.submission_id)

        with (
            draft_of(write_rows(tmp_path / "a.jsonl")) as draft,
            pytest.raises(UploadCancelledError),
        ):
            proxied.thread.wait(proxied.submissions.submit(draft, told))
        assert truth.files() == [] and truth.jobs() == []

    def test_a_file_that_the_endpoint_cannot_read_ends_the_wait(
        self, proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
    ) -> None:
        unready = error_answer(400, commit=False, message="File is still being processed.")
        broken = b'{"id": "file-1", "status": "error", "status_details": "line 3 is bad"}'
        fault_proxy.script(CREATE, unready)
        fault_proxy.always("GET /files/file-", Fault("answer", False, body=broken))
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            error = _fail(proxied, draft)
        assert "line 3 is bad" in error.sentence and error.outcome is Outcome.REFUSED


class TestUnknownOutcomes:
    def test_an_endpoint_that_drops_metadata_is_asked_by_file_model_and_time(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        drop_metadata(fault_proxy)
        fault_proxy.script(CREATE, Fault("reset"))
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            job = _submit(proxied, draft)
        assert [found.id for found in truth.jobs()] == [job.id]
        assert SUBMISSION_TAG not in job.metadata

    def test_an_older_job_on_the_same_file_is_not_taken_for_the_lost_one(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        drop_metadata(fault_proxy)
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            older = _submit(proxied, draft)
        plain = JobRequest(MODEL, training_file=older.training_file or "")
        truth.session.thread.wait(truth.session.handle.create_fine_tuning_job(plain))
        fault_proxy.script(CREATE, Fault("reset", commit=False))
        with draft_of(older.training_file or "") as draft:
            error = _fail(proxied, draft)
        assert error.outcome is Outcome.UNKNOWN
        assert len(truth.jobs()) == 2

    def test_somebody_else_s_job_on_the_same_file_is_not_taken_for_the_lost_one(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            first = _submit(proxied, draft)
        handle = truth.session.handle

        def told(progress: SubmissionProgress) -> None:
            if progress.stage is Stage.SENDING:
                plain = JobRequest(MODEL, training_file=first.training_file or "")
                truth.session.thread.wait(handle.create_fine_tuning_job(plain))

        fault_proxy.script(CREATE, Fault("reset", commit=False))
        with draft_of(first.training_file or "") as draft, pytest.raises(ServiceError) as error:
            proxied.thread.wait(proxied.submissions.submit(draft, told))
        assert error.value.outcome is Outcome.UNKNOWN
        assert truth.jobs(draft.id) == []

    def test_two_jobs_with_one_mark_are_both_told_and_the_extra_one_can_be_cancelled(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        notes: list[str] = []
        fault_proxy.script(CREATE, Fault("hang"))

        def told(progress: SubmissionProgress) -> None:
            notes.append(progress.note)
            if progress.stage is Stage.UNKNOWN and len(truth.jobs()) == 1:
                (first,) = truth.jobs()
                twin = JobRequest(MODEL, first.training_file or "").tagged(draft.id)
                truth.session.thread.wait(truth.session.handle.create_fine_tuning_job(twin))

        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            job = proxied.thread.wait(proxied.submissions.submit(draft, told))
        assert "2 jobs carry the mark" in notes[-1]
        (item,) = proxied.submissions.unfinished_items()
        assert item.kind == "duplicate" and job.id in item.sentence
        proxied.thread.wait(proxied.submissions.recover(draft.id, "cancel_extra"))
        statuses = {found.id: found.status.word for found in truth.jobs(draft.id)}
        assert statuses.pop(job.id) != "cancelled"
        assert list(statuses.values()) == ["cancelled"]
        assert proxied.submissions.unfinished_items() == []

    def test_an_unknown_outcome_is_looked_up_again_by_itself(
        self,
        fault_proxy: FaultProxy,
        open_session: Callable[..., Session],
        journal: Path,
        truth: Truth,
        tmp_path: Path,
    ) -> None:
        send = SendOptions(look_after=(0.0,), look_later=(0.1, 0.1))
        session = open_session(fault_proxy.base_url, hasty(journal, send=send, tries=1))
        fault_proxy.script(CREATE, Fault("reset"))
        fault_proxy.script("GET /fine_tuning/jobs$", None, Fault("reset", False))
        found = threading.Event()

        def told(progress: SubmissionProgress) -> None:
            if progress.stage is Stage.CREATED:
                found.set()

        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            with pytest.raises(ServiceError) as unknown:
                session.thread.wait(session.submissions.submit(draft, told))
            assert unknown.value.outcome is Outcome.UNKNOWN
            assert found.wait(PATIENCE)
        assert len(truth.jobs()) == 1

    def test_another_key_sees_nothing_of_this_one_s_open_items(
        self, proxied: Session, tmp_path: Path
    ) -> None:
        from fttui.storage.secrets import Secret

        with draft_of(write_rows(tmp_path / "a.jsonl"), request=JobRequest("nope")) as draft:
            _fail(proxied, draft)
        assert len(proxied.submissions.unfinished_items()) == 1
        proxied.with_key(Secret("sk-another-account-1234"))
        assert proxied.submissions.unfinished_items() == []
        with pytest.raises(ServiceError):
            proxied.thread.wait(proxied.submissions.recover(draft.id, "create"))

    def test_nothing_is_sent_when_the_intent_cannot_be_written_down(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        def told(progress: SubmissionProgress) -> None:
            if progress.stage is Stage.UPLOADED:
                proxied.journal.close()

        with (
            draft_of(write_rows(tmp_path / "a.jsonl")) as draft,
            pytest.raises(ServiceError) as error,
        ):
            proxied.thread.wait(proxied.submissions.submit(draft, told))
        assert error.value.code == "journal" and error.value.outcome is Outcome.NOT_SENT
        assert fault_proxy.seen["POST /fine_tuning/jobs"] == 0
        assert truth.jobs() == []

    def test_a_journal_that_fails_after_the_call_does_not_hide_the_job(
        self, proxied: Session, truth: Truth, tmp_path: Path
    ) -> None:
        def told(progress: SubmissionProgress) -> None:
            if progress.stage is Stage.SENDING:
                proxied.journal.close()

        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            job = proxied.thread.wait(proxied.submissions.submit(draft, told))
        assert [found.id for found in truth.jobs()] == [job.id]
        with pytest.raises(ServiceError, match="could not be read"):
            proxied.submissions.unfinished_items()
