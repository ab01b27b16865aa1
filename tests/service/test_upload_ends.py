"""How an upload ends: joined, given up, or begun anew, and what the journal keeps of it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.harness import (
    IN_PARTS,
    Truth,
    draft_of,
    failure_of,
    hasty,
    job_of,
    kinds_of,
    read_back,
    requests,
    write_rows,
)
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.server import ManualClock, SandboxServer
from fttui.services.endpoint.errors import NotSentError, Outcome
from fttui.services.session import Session
from fttui.services.submission.submissions import Stage, SubmissionProgress
from waiting import wait_until

DOWN = error_answer(500, commit=False)
GONE = error_answer(404, commit=False)
REFUSED = error_answer(400, commit=False, message="The upload has no such part.")
TRIES = 3


YEARS = 20 * 365 * 86_400.0


class TestPartsThatFail:
    @pytest.mark.parametrize(("years", "uploads"), [(-YEARS, 2), (YEARS, 1)])
    def test_an_upload_whose_parts_fail_is_begun_anew_once_its_hour_is_over(
        self,
        in_parts: Session,
        fault_proxy: FaultProxy,
        clock: ManualClock,
        big: Path,
        years: float,
        uploads: int,
    ) -> None:
        clock.advance(years)
        fault_proxy.always("/parts$", DOWN)
        with draft_of(big) as draft:
            failure_of(in_parts, draft)
        assert requests(fault_proxy, "POST /uploads") == uploads

    def test_a_part_with_an_answer_that_says_nothing_is_sent_again(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.script("/parts$", *[Fault("answer", commit=False, body=b"[]")] * (TRIES - 1))
        with draft_of(big) as draft:
            job = job_of(in_parts, draft)
        assert truth.content(job.training_file or "") == big.read_bytes()


class TestJoining:
    def test_a_joining_that_fails_is_tried_as_often_as_everything_else(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.script("/complete$", *[DOWN] * (TRIES - 1))
        with draft_of(big) as draft:
            job = job_of(in_parts, draft)
        assert requests(fault_proxy, "/complete") == TRIES
        assert requests(fault_proxy, "POST /uploads") == 1
        assert truth.content(job.training_file or "") == big.read_bytes()

    def test_a_joining_that_always_fails_ends_and_keeps_the_parts_for_the_next_try(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.script("/complete$", *[DOWN] * TRIES)
        with draft_of(big) as draft:
            error = failure_of(in_parts, draft)
            assert error.outcome is Outcome.NOT_SENT
            assert requests(fault_proxy, "/complete") == TRIES
            job = job_of(in_parts, draft)
        assert requests(fault_proxy, "/parts") == 5
        assert requests(fault_proxy, "POST /uploads") == 1
        (file,) = truth.files()
        assert job.training_file == file.id

    def test_a_joining_that_is_refused_outright_gives_the_upload_up(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.script("/complete$", error_answer(403, commit=False))
        with draft_of(big) as draft:
            error = failure_of(in_parts, draft)
        assert error.status == 403
        file = read_back(in_parts, draft.id).files["training"]
        assert (file.upload_id, dict(file.parts)) == ("", {})
        assert requests(fault_proxy, "/cancel") == 1
        assert truth.files() == []

    def test_an_upload_that_is_gone_when_it_is_to_be_joined_is_begun_anew_once(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.script("/complete$", REFUSED)
        with draft_of(big) as draft:
            job_of(in_parts, draft)
            assert requests(fault_proxy, "POST /uploads") == 2
            assert len(truth.files()) == 1
        fault_proxy.calm()
        fault_proxy.always("/complete$", REFUSED)
        with draft_of(big, reuse=False) as draft:
            error = failure_of(in_parts, draft)
        assert error.status == 400 and "no such part" in error.sentence
        assert requests(fault_proxy, "POST /uploads") == 2
        assert len(truth.jobs()) == 1

    def test_a_joining_that_names_no_file_is_believed_only_when_one_is_there(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        nameless = b'{"id": "upload-1", "status": "completed"}'
        fault_proxy.script("/complete$", Fault("answer", commit=True, body=nameless))
        with draft_of(big) as draft:
            job = job_of(in_parts, draft)
        (file,) = truth.files()
        assert job.training_file == file.id
        assert requests(fault_proxy, "/complete") == 1
        fault_proxy.calm()
        fault_proxy.always("/complete$", Fault("answer", commit=False, body=nameless))
        with draft_of(big, reuse=False) as draft:
            error = failure_of(in_parts, draft)
        assert error.code == "no_file_id" and error.outcome is Outcome.NOT_SENT
        assert requests(fault_proxy, "/complete") == 2 * TRIES
        assert len(truth.jobs()) == 1


class TestParts:
    def test_an_upload_that_cannot_be_announced_is_tried_some_times(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.script("POST /uploads$", DOWN, DOWN)
        with draft_of(big) as draft:
            job_of(in_parts, draft)
        assert requests(fault_proxy, "POST /uploads") == TRIES
        fault_proxy.calm()
        fault_proxy.always("POST /uploads$", DOWN)
        with draft_of(big, reuse=False) as draft:
            error = failure_of(in_parts, draft)
        assert error.status == 500 and error.outcome is Outcome.NOT_SENT
        assert requests(fault_proxy, "POST /uploads") == TRIES
        assert len(truth.jobs()) == 1

    def test_a_part_that_is_refused_is_not_tried_again(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.always("/parts$", error_answer(403, commit=False))
        with draft_of(big) as draft:
            error = failure_of(in_parts, draft)
        assert error.status == 403
        assert requests(fault_proxy, "/parts") <= IN_PARTS["window"]
        assert truth.jobs() == []

    def test_a_part_that_always_fails_is_told_where_no_end_of_the_upload_is_known(
        self, in_parts: Session, fault_proxy: FaultProxy, big: Path
    ) -> None:
        nameless = b'{"id": "upload-1", "object": "upload", "status": "pending"}'
        fault_proxy.always("POST /uploads$", Fault("answer", commit=False, body=nameless))
        fault_proxy.always("/parts$", DOWN)
        with draft_of(big) as draft:
            error = failure_of(in_parts, draft)
        assert error.status == 500 and error.outcome is Outcome.NOT_SENT
        assert requests(fault_proxy, "POST /uploads") == 1
        (item,) = in_parts.submissions.unfinished_items()
        assert item.kind == "upload" and error.sentence in item.sentence

    def test_an_upload_that_the_endpoint_has_forgotten_is_begun_anew(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.script("/parts$", None, GONE)
        notes: list[str] = []
        with draft_of(big) as draft:
            job = in_parts.thread.wait(
                in_parts.submissions.submit(draft, lambda progress: notes.append(progress.note))
            )
        assert requests(fault_proxy, "POST /uploads") == 2
        assert any("starts again" in note for note in notes)
        assert truth.content(job.training_file or "") == big.read_bytes()

    def test_a_pause_that_the_endpoint_asks_for_is_kept(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        asks = error_answer(429, commit=False, headers=(("retry-after-ms", "20"),))
        fault_proxy.script("/parts$", asks)
        notes: list[str] = []
        with draft_of(big) as draft:
            in_parts.thread.wait(
                in_parts.submissions.submit(draft, lambda progress: notes.append(progress.note))
            )
        assert any("asks to wait" in note and "in 0 s" in note for note in notes)


class TestChangedFiles:
    def test_nothing_is_kept_of_the_upload_of_a_file_that_has_changed(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        digests = {
            "training_sha256": hashlib.sha256(big.read_bytes()).hexdigest(),
            "training_md5": hashlib.md5(big.read_bytes()).hexdigest(),
        }
        with draft_of(big, **digests) as draft:
            with big.open("r+b") as file:
                file.seek(-1000, os.SEEK_END)
                file.write(b"#")
            assert failure_of(in_parts, draft).code == "source_changed"
        kept = read_back(in_parts, draft.id).files["training"]
        assert (kept.upload_id, kept.file_id, dict(kept.parts)) == ("", "", {})
        assert requests(fault_proxy, "/cancel") == 1
        assert requests(fault_proxy, "/complete") == 0

    def test_a_file_that_was_closed_before_it_was_sent_is_a_sentence(
        self, proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            pass
        error = failure_of(proxied, draft)
        assert error.code == "source_gone" and error.outcome is Outcome.NOT_SENT
        assert "is not open any more" in error.sentence
        assert fault_proxy.seen.total() == 0
        assert proxied.submissions.unfinished_items() == []

    def test_a_draft_that_cannot_be_written_down_is_not_sent(
        self, proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            proxied.journal.close()
            error = failure_of(proxied, draft)
        assert error.code == "journal" and error.outcome is Outcome.NOT_SENT
        assert fault_proxy.seen.total() == 0

    def test_a_draft_that_cannot_be_the_first_entry_is_not_sent(
        self, proxied: Session, fault_proxy: FaultProxy, journal: Path, tmp_path: Path
    ) -> None:
        assert proxied.journal.is_durable
        outside = sqlite3.connect(journal / "journal.db")
        outside.execute(
            "CREATE TRIGGER refusal BEFORE INSERT ON entries BEGIN SELECT RAISE(FAIL, 'sick'); END"
        )
        outside.close()
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            error = failure_of(proxied, draft)
        assert error.code == "journal" and "sick" in error.sentence
        assert fault_proxy.seen.total() == 0


class TestQuitting:
    def test_an_upload_is_kept_for_the_next_run_and_not_taken_back(
        self,
        in_parts: Session,
        open_session: Callable[..., Session],
        fault_proxy: FaultProxy,
        truth: Truth,
        journal: Path,
        big: Path,
    ) -> None:
        fault_proxy.script("/parts$", None, Fault("held"), Fault("held"))
        with draft_of(big) as draft:
            future = in_parts.thread.start(in_parts.submissions.submit(draft))
            wait_until(lambda: requests(fault_proxy, "/parts") == 3, "no part was sent")
            in_parts.close(grace=0.0)
            assert future.cancelled()
        fault_proxy.let_go()
        fault_proxy.calm()
        again = open_session(fault_proxy.base_url, hasty(journal, **IN_PARTS))
        (item,) = again.submissions.unfinished_items()
        assert item.kind == "upload" and item.actions[0] == "resume" and not item.busy
        job = again.thread.wait(again.submissions.recover(draft.id, "resume"))
        assert job is not None
        assert truth.content(job.training_file or "") == big.read_bytes()
        assert requests(fault_proxy, "/cancel") == requests(fault_proxy, "POST /uploads") == 0

    def test_a_create_call_without_an_answer_is_looked_for_by_the_next_run(
        self,
        proxied: Session,
        open_session: Callable[..., Session],
        fault_proxy: FaultProxy,
        truth: Truth,
        journal: Path,
        tmp_path: Path,
    ) -> None:
        fault_proxy.script("POST /fine_tuning/jobs$", Fault("held"))
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            proxied.thread.start(proxied.submissions.submit(draft))
            wait_until(truth.jobs, "nothing was sent")
            proxied.close(grace=0.0)
        fault_proxy.let_go()
        again = open_session(fault_proxy.base_url, hasty(journal))
        (item,) = again.submissions.unfinished_items()
        assert item.kind == "unknown" and item.actions[0] == "look_up"
        job = again.thread.wait(again.submissions.recover(draft.id, "look_up"))
        assert [found.id for found in truth.jobs()] == [job and job.id]
        assert fault_proxy.seen["POST /fine_tuning/jobs"] == 1

    def test_a_create_call_that_never_left_is_certain_and_can_be_made_later(
        self,
        sandbox: SandboxServer,
        open_session: Callable[..., Session],
        truth: Truth,
        journal: Path,
        tmp_path: Path,
    ) -> None:
        with contextlib.ExitStack() as network:
            proxy = network.enter_context(FaultProxy(sandbox.base_url))
            session = open_session(proxy.base_url, hasty(journal))

            def told(progress: SubmissionProgress) -> None:
                if progress.stage is Stage.UPLOADED:
                    network.close()

            with draft_of(write_rows(tmp_path / "a.jsonl")) as draft, pytest.raises(NotSentError):
                session.thread.wait(session.submissions.submit(draft, told))
            assert kinds_of(session, draft.id)[-2:] == ["uploaded", "not sent"]
            (item,) = session.submissions.unfinished_items()
            assert item.kind == "file" and item.actions[0] == "create"
            assert "nothing was sent" in item.sentence
        assert truth.jobs() == []


class TestWhole:
    def test_a_file_that_always_fails_is_tried_some_times_and_looked_for_each_time(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        fault_proxy.always("POST /files$", Fault("reset", commit=False))
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            error = failure_of(proxied, draft)
        assert error.outcome is Outcome.NOT_SENT
        assert fault_proxy.seen["POST /files"] == TRIES
        assert fault_proxy.seen["GET /files"] == TRIES - 1
        assert truth.files() == []

    def test_a_refused_file_is_sent_once(
        self, proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
    ) -> None:
        fault_proxy.always("POST /files$", error_answer(400, commit=False))
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            error = failure_of(proxied, draft)
        assert error.outcome is Outcome.REFUSED
        assert fault_proxy.seen["POST /files"] == 1

    def test_a_file_that_its_disk_does_not_give_is_not_asked_for_again(
        self,
        proxied: Session,
        fault_proxy: FaultProxy,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        path = write_rows(tmp_path / "a.jsonl")
        content = path.read_bytes()
        digests = hashlib.sha256(content).hexdigest(), hashlib.md5(content).hexdigest()
        reads: list[int] = []

        def fail(descriptor: int, size: int, position: int) -> bytes:
            reads.append(position)
            raise OSError(errno.EIO, "Input/output error")

        with draft_of(path, training_sha256=digests[0], training_md5=digests[1]) as draft:
            monkeypatch.setattr(os, "pread", fail)
            error = failure_of(proxied, draft)
        assert error.code == "source_unreadable" and error.outcome is Outcome.NOT_SENT
        assert len(reads) == 1

    def test_a_lost_upload_of_an_earlier_run_is_looked_for_before_it_is_sent_again(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        fault_proxy.script("POST /files$", *[Fault("reset")] * TRIES)
        fault_proxy.always("GET /files$", DOWN)
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            failure_of(proxied, draft)
            fault_proxy.calm()
            job = job_of(proxied, draft)
        assert fault_proxy.seen["POST /files"] == 0
        (file,) = truth.files()
        assert job.training_file == file.id


class TestListeners:
    def test_a_listener_that_fails_stops_nothing(
        self, session: Session, truth: Truth, tmp_path: Path
    ) -> None:
        def told(progress: SubmissionProgress) -> None:
            raise ZeroDivisionError

        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            job = session.thread.wait(session.submissions.submit(draft, told))
        assert [found.id for found in truth.jobs()] == [job.id]
