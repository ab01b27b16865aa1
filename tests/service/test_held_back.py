"""A create call that is held back: what is told of it, and what lets it out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from faults.harness import Truth, draft_of, failure_of, hasty, kinds_of, write_rows
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.endpoint.models import Job
from fttui.services.session import Session
from fttui.services.submission.submissions import Consent, Draft, SubmissionProgress

CREATE = "POST /fine_tuning/jobs$"
LIST_JOBS = "GET /fine_tuning/jobs$"
DOWN = error_answer(500, commit=False)
AGAIN = Consent(again=True)


@contextmanager
def _checked(path: Path | str, **values: Any) -> Iterator[Draft]:
    """A draft for the file at `path`, or a file id, as it is after a check: with its digests."""
    if isinstance(path, Path):
        content = path.read_bytes()
        values["training_sha256"] = hashlib.sha256(content).hexdigest()
        values["training_md5"] = hashlib.md5(content).hexdigest()
    with draft_of(path, **values) as draft:
        yield draft


def _submit(session: Session, draft: Draft, consent: Consent | None = None) -> Job:
    return session.thread.wait(session.submissions.submit(draft, None, consent or Consent()))


def _leave_unanswered(session: Session, proxy: FaultProxy, path: Path, *, job: bool) -> Draft:
    """A call for `path` that is never answered, with or without a job; then calm."""
    proxy.script(CREATE, Fault("reset", commit=job))
    proxy.always(LIST_JOBS, DOWN)
    with _checked(path) as draft:
        assert failure_of(session, draft).outcome is Outcome.UNKNOWN
    proxy.calm()
    return draft


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "a.jsonl")


def test_what_is_held_back_right_before_its_call_says_why_and_can_be_made_later(
    proxied: Session,
    open_session: Callable[..., Session],
    fault_proxy: FaultProxy,
    truth: Truth,
    journal: Path,
    path: Path,
) -> None:
    other = open_session(fault_proxy.base_url, hasty(journal))
    lost: list[str] = []

    def told(progress: SubmissionProgress) -> None:
        if progress.stage == "uploaded" and not lost:  # meanwhile another fttui loses an answer
            lost.append(_leave_unanswered(other, fault_proxy, path, job=False).id)

    with _checked(path) as draft, pytest.raises(ServiceError) as error:
        proxied.thread.wait(proxied.submissions.submit(draft, told))
    assert error.value.code == "earlier_call"
    assert kinds_of(proxied, draft.id)[-1] == "not sent"
    (item,) = [i for i in proxied.submissions.unfinished_items() if i.submission_id == draft.id]
    assert "never answered" in item.sentence and item.actions[0] == "create"
    proxied.thread.wait(proxied.submissions.recover(lost[0], "forget"))
    proxied.thread.wait(proxied.submissions.recover(draft.id, "create"))
    assert len(truth.jobs()) == 1


def test_a_call_that_the_user_let_go_of_holds_nothing_back(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, path: Path
) -> None:
    earlier = _leave_unanswered(proxied, fault_proxy, path, job=False)
    proxied.thread.wait(proxied.submissions.recover(earlier.id, "forget"))
    with _checked(path) as draft:
        _submit(proxied, draft)
    assert len(truth.jobs()) == 1


def test_an_untold_job_that_is_gone_lets_nothing_out(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, path: Path
) -> None:
    with _checked(path) as draft:
        job = proxied.thread.wait(proxied.submissions.submit(draft, report=False))
    gone = error_answer(404, commit=False, message=f"There is no job {job.id}.")
    fault_proxy.script("GET /fine_tuning/jobs/", gone)
    with _checked(path) as draft:
        error = failure_of(proxied, draft)
    assert error.code == "earlier_call" and "does not know now" in error.sentence
    assert len(truth.jobs()) == 1


def test_a_journal_that_has_lost_what_was_open_lets_nothing_out(
    open_session: Callable[..., Session],
    fault_proxy: FaultProxy,
    journal: Path,
    path: Path,
) -> None:
    journal.mkdir(mode=0o700)
    (journal / "journal.db").write_bytes(b"garbage" * 1000)
    session = open_session(fault_proxy.base_url, hasty(journal))
    with _checked(path) as draft:
        error = failure_of(session, draft)
    assert error.code == "journal_needed" and "damaged" in error.sentence
    assert fault_proxy.seen.total() == 0


def test_a_journal_that_is_moved_away_before_the_call_lets_nothing_out(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, journal: Path, path: Path
) -> None:
    def told(progress: SubmissionProgress) -> None:
        if progress.stage == "uploaded" and (journal / "journal.db").exists():
            (journal / "journal.db").rename(journal / "elsewhere.db")

    with _checked(path) as draft, pytest.raises(ServiceError) as error:
        proxied.thread.wait(proxied.submissions.submit(draft, told))
    assert error.value.outcome is Outcome.NOT_SENT
    assert "moved or deleted" in error.value.sentence
    assert truth.jobs() == [] and fault_proxy.seen["POST /fine_tuning/jobs"] == 0


def test_the_user_can_be_told_before_the_yes_what_would_hold_the_call_back(
    proxied: Session, fault_proxy: FaultProxy, truth: Truth, path: Path
) -> None:
    with _checked(path) as draft:
        assert proxied.thread.wait(proxied.submissions.require(draft)) is None
        assert fault_proxy.seen.total() == 0
    _leave_unanswered(proxied, fault_proxy, path, job=False)
    (stored,) = truth.files()
    with _checked(stored.raw_id) as draft:
        require = proxied.submissions.require
        with pytest.raises(ServiceError) as error:
            proxied.thread.wait(require(draft))
        assert error.value.code == "earlier_call"
        assert proxied.thread.wait(require(draft, consent=AGAIN)) is None
    assert fault_proxy.seen["POST /fine_tuning/jobs"] == 0
