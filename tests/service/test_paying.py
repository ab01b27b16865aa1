"""The rule for money: what must be so before a create call goes out, and what may be waived."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from faults.harness import HASTY_SEND, MODEL, Truth, draft_of, hasty, outcome_of, write_rows
from faults.proxy import Fault, FaultProxy
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.endpoint.models import Job
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.services.submission.submissions import Consent, Draft, SubmissionProgress
from fttui.storage.journal import Account, Journal, JournalError
from waiting import wait_until

CREATE = "POST /fine_tuning/jobs$"
STYLES = "GET /fine_tuning/jobs$"
LOST = Fault("reset", commit=True)
NEVER_SENT_ON = Fault("reset", commit=False)


@pytest.fixture
def training(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "train.jsonl")


@pytest.fixture
def proxied(
    fault_proxy: FaultProxy, open_session: Callable[..., Session], journal: Path
) -> Session:
    return open_session(fault_proxy.base_url, hasty(journal, tries=1))


@pytest.fixture
def quick_to_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that another program holds is done without at once."""
    monkeypatch.setattr("fttui.storage.journal.OPEN_SECONDS", 0.0)


def lose_the_answer(session: Session, proxy: FaultProxy, draft: Draft, fault: Fault = LOST) -> None:
    """Submit `draft` so that nobody knows whether it made a job; `fault` decides whether it did."""
    proxy.calm()
    proxy.script(CREATE, fault)
    proxy.always(STYLES, Fault("reset", commit=False))
    told = outcome_of(session, draft)
    assert isinstance(told, ServiceError) and told.code == "unknown_outcome"
    proxy.calm()


def ask(session: Session, draft: Draft, **consent: bool) -> Job | ServiceError:
    try:
        return session.thread.wait(session.submissions.submit(draft, None, Consent(**consent)))
    except ServiceError as error:
        return error


def posts(proxy: FaultProxy) -> int:
    return proxy.seen["POST /fine_tuning/jobs"]


class TestAnEarlierCall:
    def test_that_made_a_job_is_the_answer_to_the_same_wish(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, training: Path
    ) -> None:
        with draft_of(training) as first:
            lose_the_answer(proxied, fault_proxy, first)
        notes: list[SubmissionProgress] = []
        with draft_of(training) as second:
            job = proxied.thread.wait(proxied.submissions.submit(second, notes.append))
        assert [made.id for made in truth.jobs()] == [job.id]
        assert posts(fault_proxy) == 0
        assert job.id in notes[-1].note and "another" in notes[-1].note
        assert proxied.submissions.unfinished_items() == []

    def test_that_is_unanswered_holds_back_the_next_until_the_user_says_again(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, training: Path
    ) -> None:
        with draft_of(training) as first:
            lose_the_answer(proxied, fault_proxy, first, NEVER_SENT_ON)
        with draft_of(training) as second:
            told = ask(proxied, second)
            assert isinstance(told, ServiceError)
            assert (told.code, told.outcome) == ("earlier_call", Outcome.UNKNOWN)
            assert first.id[:8] in told.hint and "train.jsonl" in told.sentence
            assert posts(fault_proxy) == 0 and truth.jobs() == []
            assert isinstance(ask(proxied, second, without_journal=True), ServiceError)
            job = ask(proxied, second, again=True)
        assert isinstance(job, Job)
        assert posts(fault_proxy) == 1
        assert [made.id for made in truth.jobs()] == [job.id]

    def test_is_looked_for_even_when_the_user_says_again(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, training: Path
    ) -> None:
        with draft_of(training) as first:
            lose_the_answer(proxied, fault_proxy, first)
        with draft_of(training) as second:
            assert isinstance(ask(proxied, second, again=True), Job)
        assert len(truth.jobs()) == 1

    def test_that_cannot_be_looked_up_counts_as_unanswered(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, training: Path
    ) -> None:
        with draft_of(training) as first:
            lose_the_answer(proxied, fault_proxy, first)
        fault_proxy.always(STYLES, Fault("reset", commit=False))
        with draft_of(training) as second:
            told = ask(proxied, second)
        assert isinstance(told, ServiceError) and told.code == "earlier_call"
        assert "could not be asked" in told.sentence
        assert posts(fault_proxy) == 0 and len(truth.jobs()) == 1

    @pytest.mark.parametrize("other", ["file", "model"])
    def test_of_another_file_or_model_holds_nothing_back(
        self,
        other: str,
        proxied: Session,
        fault_proxy: FaultProxy,
        truth: Truth,
        training: Path,
        tmp_path: Path,
    ) -> None:
        with draft_of(training) as first:
            lose_the_answer(proxied, fault_proxy, first, NEVER_SENT_ON)
        request = JobRequest("gpt-4.1-nano-2025-04-14" if other == "model" else MODEL)
        path = write_rows(tmp_path / "b.jsonl", mark="b") if other == "file" else training
        with draft_of(path, request=request) as second:
            assert isinstance(ask(proxied, second), Job)
        assert len(truth.jobs()) == 1

    def test_of_the_same_file_by_its_id_and_the_model_without_its_date_is_the_same(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, training: Path
    ) -> None:
        with draft_of(training) as first:
            lose_the_answer(proxied, fault_proxy, first, NEVER_SENT_ON)
        (file,) = truth.files()
        with draft_of(file.raw_id, request=JobRequest("GPT-4o-mini")) as second:
            told = ask(proxied, second)
        assert isinstance(told, ServiceError) and told.code == "earlier_call"
        with draft_of(file.raw_id, request=JobRequest("gpt-4o")) as third:
            assert not (
                isinstance(told := ask(proxied, third), ServiceError)
                and (told.code == "earlier_call")
            )

    def test_with_other_settings_is_the_answer_and_what_differs_is_told(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, training: Path
    ) -> None:
        with draft_of(training, request=JobRequest(MODEL, suffix="a", seed=1)) as first:
            lose_the_answer(proxied, fault_proxy, first)
        notes: list[SubmissionProgress] = []
        with draft_of(training, request=JobRequest(MODEL, suffix="b", seed=1)) as second:
            proxied.thread.wait(proxied.submissions.submit(second, notes.append))
        assert "another suffix" in notes[-1].note and "seed" not in notes[-1].note
        assert len(truth.jobs()) == 1

    def test_of_which_nobody_was_told_is_the_answer_until_somebody_is(
        self, session: Session, truth: Truth, training: Path
    ) -> None:
        submissions = session.submissions
        with draft_of(training) as first:
            made = session.thread.wait(submissions.submit(first, report=False))
        (item,) = submissions.unfinished_items()
        assert (item.kind, item.actions[0]) == ("untold", "look_up") and made.id in item.sentence
        with draft_of(training) as second:
            job = session.thread.wait(submissions.submit(second))
        assert job.id == made.id and len(truth.jobs()) == 1
        assert submissions.unfinished_items() == []
        with draft_of(training) as third:
            session.thread.wait(submissions.submit(third))
        assert len(truth.jobs()) == 2

    @pytest.mark.parametrize(("suffix", "jobs"), [("t", 1), ("other", 2)])
    def test_that_another_fttui_waits_for_is_waited_for_and_answers_the_very_same_wish(
        self,
        suffix: str,
        jobs: int,
        proxied: Session,
        open_session: Callable[..., Session],
        fault_proxy: FaultProxy,
        truth: Truth,
        training: Path,
        journal: Path,
    ) -> None:
        other = open_session(fault_proxy.base_url, hasty(journal))
        fault_proxy.script(CREATE, Fault("held"))
        notes: list[str] = []

        def told(progress: SubmissionProgress) -> None:
            notes.append(progress.note)
            if "waiting for its answer" in progress.note:
                fault_proxy.let_go()

        request = JobRequest(MODEL, suffix=suffix)
        with draft_of(training) as first, draft_of(training, request=request) as second:
            out = other.thread.start(other.submissions.submit(first))
            wait_until(lambda: posts(fault_proxy) == 1, "no call went out")
            job = proxied.thread.wait(proxied.submissions.submit(second, told))
            assert len({job.id, out.result().id}) == jobs
        assert any("waiting for its answer" in note for note in notes)
        assert len(truth.jobs()) == jobs

    def test_that_is_about_to_go_out_at_the_same_moment_is_let_out_first(
        self,
        proxied: Session,
        open_session: Callable[..., Session],
        fault_proxy: FaultProxy,
        truth: Truth,
        training: Path,
        journal: Path,
    ) -> None:
        other = open_session(fault_proxy.base_url, hasty(journal))
        fault_proxy.script(STYLES, Fault("held"))  # the look right before the first call

        def told(progress: SubmissionProgress) -> None:
            if "about to go out" in progress.note:
                fault_proxy.let_go()

        with draft_of(training) as first, draft_of(training) as second:
            out = other.thread.start(other.submissions.submit(first))
            wait_until(lambda: fault_proxy.seen["GET /fine_tuning/jobs"] == 1, "nobody looked")
            job = proxied.thread.wait(proxied.submissions.submit(second, told))
            assert out.result().id == job.id
        assert posts(fault_proxy) == 1 and len(truth.jobs()) == 1

    @pytest.mark.parametrize("is_ours", [True, False])
    def test_on_a_file_that_is_not_of_this_submission_may_be_there_when_nobody_can_be_asked(
        self, proxied: Session, fault_proxy: FaultProxy, training: Path, is_ours: bool
    ) -> None:
        with draft_of(training) as draft:
            if not is_ours:
                first = ask(proxied, draft)
                assert isinstance(first, Job) and first.training_file
                draft = Draft(JobRequest(MODEL, suffix="next"), first.training_file)
            fault_proxy.script(STYLES, NEVER_SENT_ON)
            assert isinstance(ask(proxied, draft), Job)
        noted = proxied.submissions.find(draft.id)
        assert noted is not None
        assert noted.earlier_job_ids == (frozenset() if is_ours else None)

    def test_lets_no_other_out_until_the_journal_says_that_it_leaves(
        self, proxied: Session, training: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        journal = proxied.journal
        append, others_turns = journal.append, []

        def watched(account: Account, name: str, kind: str, *data: Any, **how: Any) -> None:
            if kind == "sending":
                turn = journal.lock(f"paying-{account.key}")
                others_turns.append(turn.acquire())
                turn.release()
            append(account, name, kind, *data, **how)

        monkeypatch.setattr(journal, "append", watched)
        with draft_of(training) as draft:
            assert isinstance(ask(proxied, draft), Job)
        assert others_turns == [False]

    def test_whose_wish_cannot_be_read_any_more_holds_back_whatever_is_next(
        self, proxied: Session, fault_proxy: FaultProxy, training: Path, journal: Path
    ) -> None:
        with draft_of(training) as first:
            lose_the_answer(proxied, fault_proxy, first)
        with closing(sqlite3.connect(journal / "journal.db", isolation_level=None)) as database:
            database.execute("UPDATE entries SET data = '{' WHERE kind = 'drafted'")
        with draft_of(training) as second:
            told = ask(proxied, second)
            assert isinstance(told, ServiceError) and told.code == "earlier_call"
            assert posts(fault_proxy) == 0
            assert isinstance(ask(proxied, second, again=True), Job)

    def test_that_another_fttui_waits_for_too_long_holds_back_the_next(
        self,
        open_session: Callable[..., Session],
        fault_proxy: FaultProxy,
        training: Path,
        journal: Path,
    ) -> None:
        other = open_session(fault_proxy.base_url, hasty(journal))
        send = replace(HASTY_SEND, others_wait=0.0)
        mine = open_session(fault_proxy.base_url, hasty(journal, send=send))
        fault_proxy.script(CREATE, Fault("held"))
        with draft_of(training) as first, draft_of(training) as second:
            out = other.thread.start(other.submissions.submit(first))
            wait_until(lambda: posts(fault_proxy) == 1, "no call went out")
            told = ask(mine, second)
            assert isinstance(told, ServiceError) and told.code == "earlier_call"
            assert posts(fault_proxy) == 1
            fault_proxy.let_go()
            out.result()

    def test_holds_back_what_recovery_would_create_too(
        self, proxied: Session, fault_proxy: FaultProxy, truth: Truth, training: Path
    ) -> None:
        with draft_of(training) as uploaded:
            fault_proxy.script(CREATE, Fault("answer", False, 401, b"{}"))
            assert isinstance(ask(proxied, uploaded), ServiceError)
            with draft_of(training) as lost:
                lose_the_answer(proxied, fault_proxy, lost, NEVER_SENT_ON)
        with pytest.raises(ServiceError) as held:
            proxied.thread.wait(proxied.submissions.recover(uploaded.id, "create"))
        assert held.value.code == "earlier_call"
        assert truth.jobs() == [] and posts(fault_proxy) == 0
        kinds = {item.submission_id: item.kind for item in proxied.submissions.unfinished_items()}
        assert kinds == {uploaded.id: "file", lost.id: "unknown"}

    def test_stays_unanswered_when_a_second_call_of_it_is_refused(
        self, proxied: Session, fault_proxy: FaultProxy, training: Path
    ) -> None:
        with draft_of(training) as draft:
            lose_the_answer(proxied, fault_proxy, draft, NEVER_SENT_ON)
        for fault in (Fault("answer", False, 401, b"{}"), Fault("answer", False, 400, b"{}")):
            fault_proxy.script(CREATE, fault)
            with pytest.raises(ServiceError):
                proxied.thread.wait(proxied.submissions.recover(draft.id, "resend", consent=True))
            (item,) = proxied.submissions.unfinished_items()
            assert item.kind == "unknown"


class TestTheJournal:
    @pytest.mark.parametrize("error_text", ["symlink", "folder", "newer", "damaged", "tables"])
    def test_that_cannot_hold_the_call_needs_words_beyond_the_yes(
        self,
        error_text: str,
        open_session: Callable[..., Session],
        truth: Truth,
        training: Path,
        journal: Path,
    ) -> None:
        spoil(journal, error_text)
        session = open_session(options=hasty(journal))
        with draft_of(training) as draft:
            told = ask(session, draft, again=True)
            assert isinstance(told, ServiceError)
            assert (told.code, told.outcome) == ("journal_needed", Outcome.NOT_SENT)
            assert "--without-journal" in told.hint
            assert truth.files() == [] and truth.jobs() == []
            assert isinstance(ask(session, draft, without_journal=True), Job)
        assert len(truth.jobs()) == 1

    def test_that_has_a_gap_keeps_it_until_something_is_paid_for(
        self, open_session: Callable[..., Session], training: Path, journal: Path
    ) -> None:
        spoil(journal, "damaged")
        session = open_session(options=hasty(journal))
        agreed = Consent(without_journal=True)
        with draft_of(training) as draft:
            session.thread.wait(session.submissions.require(draft, consent=agreed))
            assert not open_session(options=hasty(journal)).journal.knows_earlier
            ask(session, draft, without_journal=True)
        assert open_session(options=hasty(journal)).journal.keeps_track

    def test_that_is_full_is_done_without_when_the_user_says_so(
        self, session: Session, truth: Truth, training: Path
    ) -> None:
        fill(session.journal)
        with draft_of(training) as draft:
            told = ask(session, draft)
            assert isinstance(told, ServiceError)
            assert (told.code, told.outcome) == ("journal", Outcome.NOT_SENT)
            assert truth.jobs() == []
            assert isinstance(ask(session, draft, without_journal=True), Job)
        assert len(truth.jobs()) == 1

    def test_whose_file_is_taken_away_is_done_without_when_the_user_says_so(
        self, session: Session, truth: Truth, training: Path
    ) -> None:
        folder = session.journal.folder
        assert folder is not None
        (folder / "journal.db").rename(folder / "elsewhere.db")
        with draft_of(training) as draft:
            assert isinstance(told := ask(session, draft), ServiceError)
            assert told.code == "journal_needed" and "moved or deleted" in told.sentence
            assert isinstance(ask(session, draft, without_journal=True), Job)
        assert len(truth.jobs()) == 1

    def test_whose_file_is_taken_away_lets_no_call_out(
        self, session: Session, truth: Truth, training: Path
    ) -> None:
        folder = session.journal.folder
        assert folder is not None
        (folder / "journal.db").rename(folder / "elsewhere.db")
        with draft_of(training) as draft:
            told = ask(session, draft)
        assert isinstance(told, ServiceError) and told.outcome is Outcome.NOT_SENT
        assert truth.jobs() == [] and truth.files() == []

    @pytest.mark.parametrize("error_text", ["symlink", "damaged"])
    def test_that_cannot_be_read_does_not_say_that_nothing_is_open(
        self, error_text: str, open_session: Callable[..., Session], journal: Path
    ) -> None:
        spoil(journal, error_text)
        with pytest.raises(ServiceError, match="not known"):
            open_session(options=hasty(journal)).submissions.unfinished_items()

    def test_that_cannot_be_written_still_tells_what_is_open(
        self,
        quick_to_open: None,
        proxied: Session,
        fault_proxy: FaultProxy,
        open_session: Callable[..., Session],
        training: Path,
        journal: Path,
    ) -> None:
        with draft_of(training) as draft:
            lose_the_answer(proxied, fault_proxy, draft, NEVER_SENT_ON)
        with closing(sqlite3.connect(journal / "journal.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            session = open_session(fault_proxy.base_url, hasty(journal))
            assert not session.journal.is_durable and "another program" in session.journal.warning
            (item,) = session.submissions.unfinished_items()
            assert item.submission_id == draft.id
            with draft_of(training) as second:
                told = ask(session, second, without_journal=True)
            assert isinstance(told, ServiceError) and told.code == "earlier_call"

    def test_with_one_unreadable_record_still_tells_of_the_others(
        self, proxied: Session, fault_proxy: FaultProxy, tmp_path: Path, journal: Path
    ) -> None:
        ids = []
        for name in ("a", "b", "c"):
            with draft_of(write_rows(tmp_path / f"{name}.jsonl", mark=name)) as draft:
                fault_proxy.script(CREATE, Fault("answer", False, 401, b"{}"))
                assert isinstance(ask(proxied, draft), ServiceError)
                ids.append(draft.id)
        with closing(sqlite3.connect(journal / "journal.db", isolation_level=None)) as database:
            spoil_entry = "UPDATE entries SET data = ? WHERE submission = ? AND kind = ?"
            database.execute(spoil_entry, ("{", ids[0], "drafted"))
            database.execute(spoil_entry, (b"\xff", ids[1], "sending"))
        kinds = {item.submission_id: item for item in proxied.submissions.unfinished_items()}
        assert [kinds[id_].kind for id_ in ids] == ["unreadable", "unknown", "file"]
        assert "cannot be read" in kinds[ids[0]].sentence
        proxied.thread.wait(proxied.submissions.recover(ids[0], "forget"))
        assert ids[0] not in {item.submission_id for item in proxied.submissions.unfinished_items()}

    def test_open_items_of_one_model_are_told_apart(
        self, proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
    ) -> None:
        for name, suffix, team in (("a.jsonl", "x", "red"), ("b.jsonl", "y", "blue")):
            request = JobRequest(MODEL, suffix=suffix, metadata={"team": team})
            with draft_of(write_rows(tmp_path / name, mark=name), request=request) as draft:
                lose_the_answer(proxied, fault_proxy, draft, NEVER_SENT_ON)
        first, second = (item.sentence for item in proxied.submissions.unfinished_items())
        assert all(word in first for word in ("a.jsonl", "suffix x", "team=red"))
        assert all(word in second for word in ("b.jsonl", "suffix y", "team=blue"))

    def test_held_by_another_program_is_tried_again_later(
        self,
        quick_to_open: None,
        open_session: Callable[..., Session],
        journal: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        Journal.open(journal).close()
        with closing(sqlite3.connect(journal / "journal.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            session = open_session(options=hasty(journal))
            assert not session.journal.is_durable
            other.execute("ROLLBACK")
        assert not session.journal.is_durable
        monkeypatch.setattr("fttui.storage.journal.REOPEN_SECONDS", 0.0)
        assert session.journal.is_durable
        assert session.submissions.journal is session.journal


class TestThisMachine:
    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("SSL_CERT_FILE", "/nowhere/at/all.pem"),
            ("SSL_CERT_FILE", "/etc"),
            ("HTTPS_PROXY", "gopher://proxy:70"),
            ("ALL_PROXY", "socks9://proxy:1"),
            ("HTTPS_PROXY", "http://[::1"),
        ],
    )
    def test_a_client_that_cannot_be_made_is_not_sent_and_names_its_variable(
        self,
        variable: str,
        value: str,
        open_session: Callable[..., Session],
        journal: Path,
        training: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv(variable, value)
        session = open_session("https://endpoint.invalid/v1", hasty(journal))
        with draft_of(training) as draft:
            told = ask(session, draft)
        assert isinstance(told, ServiceError)
        assert told.outcome is Outcome.NOT_SENT and not told.retryable
        assert variable in told.hint and "nothing was sent" in told.sentence
        assert session.submissions.unfinished_items() == []


def fill(journal: Journal) -> None:
    """Fill the journal, so that the next entry finds no room."""
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")
    for size in (1000, 100, 1):
        with pytest.raises(JournalError, match="full"):
            for _ in range(1000):
                journal.append(Account("host", "key"), "s1", "note", {"x": "y" * size})


def spoil(folder: Path, error_text: str) -> None:
    """Put in the journal's place what cannot be used as one."""
    folder.mkdir(mode=0o700)
    path = folder / "journal.db"
    if error_text == "symlink":
        path.symlink_to(folder / "target.db")
    elif error_text == "folder":
        path.mkdir()
    elif error_text == "damaged":
        path.write_bytes(b"no database, " * 300)
    else:
        Journal.open(folder).close()
        change: Any = {"newer": "PRAGMA user_version = 99", "tables": "DROP TABLE entries"}
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute(change[error_text])
