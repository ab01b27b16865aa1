"""What can be done about something that was left open, and what that does."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.harness import (
    MODEL,
    Truth,
    account_of,
    draft_of,
    failure_of,
    job_of,
    kinds_of,
    read_back,
    requests,
    write_rows,
)
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.endpoint.models import Job
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.services.submission.submissions import (
    ConsentNeededError,
    Draft,
    Stage,
    SubmissionProgress,
)

CREATE = "POST /fine_tuning/jobs$"
LIST_JOBS = "GET /fine_tuning/jobs$"
DOWN = error_answer(500, commit=False)
ACTIONS = ("resume", "create", "look_up", "resend", "delete_file", "cancel_extra", "forget")


def _recover(session: Session, draft: Draft, action: str) -> Job | None:
    work = session.submissions.recover(draft.id, action, consent=action == "resend")
    return session.thread.wait(work)


def _leave_unknown(session: Session, proxy: FaultProxy, draft: Draft, *, job: bool) -> None:
    """A create call that is never answered, with or without a job; then calm."""
    proxy.script(CREATE, Fault("reset", commit=job))
    proxy.always(LIST_JOBS, DOWN)
    assert failure_of(session, draft).outcome is Outcome.UNKNOWN
    proxy.calm()


def _leave_upload(session: Session, proxy: FaultProxy, draft: Draft) -> None:
    """An upload that stops after two parts; then calm."""
    proxy.script("/parts$", None, None, *[Fault("reset", commit=False)] * 20)
    assert failure_of(session, draft).outcome is Outcome.NOT_SENT
    proxy.calm()


def _leave_twins(session: Session, proxy: FaultProxy, draft: Draft, truth: Truth) -> list[str]:
    """A submission with three jobs; the ids of those that should not be, older first."""
    _leave_unknown(session, proxy, draft, job=True)
    (first,) = truth.jobs()
    twin = JobRequest(MODEL, first.training_file or "").tagged(draft.id)
    create = truth.session.handle.create_fine_tuning_job
    twins = [truth.session.thread.wait(create(twin)).id for _ in range(2)]
    found = _recover(session, draft, "look_up")
    assert found is not None and found.id == first.id
    return twins


class TestResend:
    def test_a_job_that_is_there_after_all_is_taken_and_nothing_is_sent(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            _leave_unknown(proxied, fault_proxy, draft, job=True)
        job = _recover(proxied, draft, "resend")
        assert job is not None
        assert [found.id for found in truth.jobs()] == [job.id]
        assert fault_proxy.seen["POST /fine_tuning/jobs"] == 0
        assert proxied.submissions.unfinished_items() == []

    def test_nothing_is_sent_while_nobody_can_look(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            _leave_unknown(proxied, fault_proxy, draft, job=True)
        fault_proxy.always(LIST_JOBS, DOWN)
        with pytest.raises(ServiceError):
            _recover(proxied, draft, "resend")
        assert fault_proxy.seen["POST /fine_tuning/jobs"] == 0
        assert [item.kind for item in proxied.submissions.unfinished_items()] == ["unknown"]
        assert "consent" not in kinds_of(proxied, draft.id)

    def test_the_journal_has_the_consent_before_the_second_call(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            _leave_unknown(proxied, fault_proxy, draft, job=False)
        assert _recover(proxied, draft, "resend") is not None
        kinds = kinds_of(proxied, draft.id)
        assert kinds[-5:] == ["consent", "intent", "sending", "created", "told"]
        assert len(truth.jobs()) == 1

    def test_without_consent_nothing_is_asked_and_nothing_noted(
        self, proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            _leave_unknown(proxied, fault_proxy, draft, job=False)
        before = kinds_of(proxied, draft.id)
        with pytest.raises(ConsentNeededError):
            proxied.thread.wait(proxied.submissions.recover(draft.id, "resend"))
        assert fault_proxy.seen.total() == 0
        assert kinds_of(proxied, draft.id) == before

    def test_a_call_that_a_run_died_in_is_noted_as_unknown_before_the_look(
        self, proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            _leave_unknown(proxied, fault_proxy, draft, job=False)
        proxied.journal.append(account_of(proxied), draft.id, Stage.SENDING)
        fault_proxy.always(LIST_JOBS, DOWN)
        with pytest.raises(ServiceError):
            _recover(proxied, draft, "look_up")
        assert kinds_of(proxied, draft.id)[-2:] == ["sending", "unknown"]


class TestForget:
    def test_an_unfinished_upload_is_cancelled_at_the_endpoint(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        with draft_of(big) as draft:
            _leave_upload(in_parts, fault_proxy, draft)
        assert _recover(in_parts, draft, "forget") is None
        assert requests(fault_proxy, "/cancel") == 1
        assert in_parts.submissions.unfinished_items() == []
        assert read_back(in_parts, draft.id).stage is Stage.ABANDONED

    def test_an_upload_is_let_go_also_where_the_endpoint_cannot_be_told(
        self, in_parts: Session, fault_proxy: FaultProxy, big: Path
    ) -> None:
        with draft_of(big) as draft:
            _leave_upload(in_parts, fault_proxy, draft)
        fault_proxy.always("/cancel$", DOWN)
        _recover(in_parts, draft, "forget")
        assert in_parts.submissions.unfinished_items() == []

    def test_a_file_stays_where_it_is(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl"), request=JobRequest("nope")) as draft:
            failure_of(proxied, draft)
        fault_proxy.calm()
        _recover(proxied, draft, "forget")
        assert len(truth.files()) == 1
        assert fault_proxy.seen.total() == 0
        assert proxied.submissions.unfinished_items() == []

    def test_an_upload_that_is_joined_already_is_not_cancelled(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        with draft_of(big, request=JobRequest("nope")) as draft:
            failure_of(in_parts, draft)
        fault_proxy.calm()
        _recover(in_parts, draft, "forget")
        assert len(truth.files()) == 1
        assert fault_proxy.seen.total() == 0

    def test_twins_keep_running_and_the_job_keeps_its_record(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            _leave_twins(proxied, fault_proxy, draft, truth)
            _recover(proxied, draft, "forget")
            assert proxied.submissions.unfinished_items() == []
            assert all(job.status.word != "cancelled" for job in truth.jobs())
            fault_proxy.calm()
            assert job_of(proxied, draft).id == truth.jobs()[-1].id
        assert fault_proxy.seen["POST /fine_tuning/jobs"] == 0


class TestTwins:
    def test_the_newer_jobs_are_cancelled_and_the_first_goes_on(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            twins = _leave_twins(proxied, fault_proxy, draft, truth)
        (item,) = proxied.submissions.unfinished_items()
        assert item.kind == "duplicate" and set(item.submission.extra_job_ids) == set(twins)
        kept = _recover(proxied, draft, "cancel_extra")
        cancelled = {job.id for job in truth.jobs() if job.status.word == "cancelled"}
        assert cancelled == set(twins)
        assert kept is not None and kept.id not in twins
        assert proxied.submissions.unfinished_items() == []

    def test_a_twin_that_could_not_be_cancelled_stays_open(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        with draft_of(write_rows(tmp_path / "a.jsonl")) as draft:
            _leave_twins(proxied, fault_proxy, draft, truth)
        fault_proxy.script("/cancel$", error_answer(401, commit=False))
        with pytest.raises(ServiceError):
            _recover(proxied, draft, "cancel_extra")
        assert [item.kind for item in proxied.submissions.unfinished_items()] == ["duplicate"]
        assert _recover(proxied, draft, "cancel_extra") is not None
        assert proxied.submissions.unfinished_items() == []


class TestActionsThatDoNotFit:
    def _left(
        self, kind: str, session: Session, proxy: FaultProxy, truth: Truth, path: Path
    ) -> Draft:
        request = JobRequest("nope") if kind == "file" else JobRequest(MODEL)
        with draft_of(path, request=request) as draft:
            if kind == "upload":
                proxy.always("POST /files$", Fault("reset", commit=False))
                failure_of(session, draft)
            elif kind == "file":
                failure_of(session, draft)
            elif kind == "unknown":
                _leave_unknown(session, proxy, draft, job=False)
            else:
                _leave_twins(session, proxy, draft, truth)
        return draft

    @pytest.mark.parametrize(
        ("kind", "fitting"),
        [
            ("upload", {"resume", "create", "forget"}),
            ("file", {"create", "delete_file", "forget"}),
            ("unknown", {"look_up", "resend", "forget"}),
            ("duplicate", {"cancel_extra", "forget"}),
        ],
    )
    def test_nothing_is_asked_and_nothing_noted(
        self,
        proxied: Session,
        fault_proxy: FaultProxy,
        truth: Truth,
        tmp_path: Path,
        kind: str,
        fitting: set[str],
    ) -> None:
        draft = self._left(kind, proxied, fault_proxy, truth, write_rows(tmp_path / "a.jsonl"))
        (item,) = proxied.submissions.unfinished_items()
        assert item.kind == kind and set(item.actions) <= fitting
        before = kinds_of(proxied, draft.id)
        fault_proxy.calm()
        for action in (*(set(ACTIONS) - fitting), "an action of the future"):
            with pytest.raises(ServiceError) as stale:
                _recover(proxied, draft, action)
            assert stale.value.code == "stale", action
        assert fault_proxy.seen.total() == 0
        assert kinds_of(proxied, draft.id) == before

    @pytest.mark.parametrize("action", ACTIONS)
    def test_an_unknown_submission_is_left_alone(
        self, proxied: Session, fault_proxy: FaultProxy, action: str
    ) -> None:
        with pytest.raises(ServiceError) as stale:
            work = proxied.submissions.recover("no-such-id", action, consent=True)
            proxied.thread.wait(work)
        assert stale.value.code == "stale"
        assert fault_proxy.seen.total() == 0


class TestResume:
    def test_a_file_that_has_grown_since_is_not_sent(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        with draft_of(big) as draft:
            _leave_upload(in_parts, fault_proxy, draft)
        with big.open("a") as file:
            file.write("\n")
        with pytest.raises(ServiceError) as gone:
            _recover(in_parts, draft, "resume")
        assert gone.value.code == "source_gone" and gone.value.outcome is Outcome.NOT_SENT
        assert "was changed after its upload began" in gone.value.sentence
        assert fault_proxy.seen.total() == 0

    def test_a_file_that_is_uploaded_already_need_not_be_there_any_more(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
    ) -> None:
        path = write_rows(tmp_path / "a.jsonl")
        fault_proxy.script(CREATE, error_answer(401, commit=False))
        with draft_of(path) as draft:
            failure_of(proxied, draft)
        path.unlink()
        job = _recover(proxied, draft, "create")
        assert [found.id for found in truth.jobs()] == [job and job.id]

    def test_a_joining_that_nobody_saw_the_end_of_is_looked_for_and_not_done_twice(
        self, in_parts: Session, fault_proxy: FaultProxy, truth: Truth, big: Path
    ) -> None:
        fault_proxy.script("/complete$", Fault("reset"))
        fault_proxy.always("GET /files$", DOWN)
        with draft_of(big) as draft:
            failure_of(in_parts, draft)
        assert read_back(in_parts, draft.id).files["training"].completing is True
        fault_proxy.calm()
        notes: list[SubmissionProgress] = []
        work = in_parts.submissions.recover(draft.id, "resume", on_progress=notes.append)
        job = in_parts.thread.wait(work)
        (file,) = truth.files()
        assert job is not None and job.training_file == file.id
        assert requests(fault_proxy, "/parts") == requests(fault_proxy, "POST /uploads") == 0
