"""Paying from the command line: what is told, and what it takes beyond `--yes`."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.conftest import MODEL, Run

from faults.harness import draft_of, hasty, outcome_of
from faults.proxy import Fault, FaultProxy
from fttui.cli.interrupted import what_is_left
from fttui.server import SandboxServer
from fttui.services.endpoint.transport import Timeouts
from fttui.services.session import Session
from fttui.services.submission.create_call import SendOptions
from waiting import PATIENCE, wait_until

CREATE = "POST /fine_tuning/jobs$"
STYLES = "GET /fine_tuning/jobs$"


@pytest.fixture(autouse=True)
def proxied(sandbox: SandboxServer, fault_proxy: FaultProxy, environment, monkeypatch) -> None:
    """Commands go through the proxy, and do not wait long."""
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", sandbox.api_key)
    monkeypatch.setattr(SendOptions, "__init__", _hasty(SendOptions.__init__, look_after=(0.0,)))
    monkeypatch.setattr(Timeouts, "__init__", _hasty(Timeouts.__init__, tries=1))


def _hasty(init, **values):
    def hasty_init(self, **given):
        init(self, **{**values, **given})

    return hasty_init


@pytest.fixture
def wanted(training_file) -> tuple[object, ...]:
    """The arguments of a good job."""
    return ("create", "--training-file", training_file, "--model", MODEL, "--yes", "--detach")


@pytest.fixture
def state(fttui_home: Path) -> Path:
    return fttui_home / "state" / "fttui"


def lose_an_answer(run: Run, wanted, proxy: FaultProxy, *, commit: bool) -> None:
    proxy.script(CREATE, Fault("reset", commit=commit))
    proxy.always(STYLES, Fault("reset", commit=False))
    assert run(*wanted).status == 3
    proxy.calm()


def jobs(run: Run) -> list[str]:
    return [job["id"] for job in run("jobs", "--json").document]


def test_the_same_create_after_a_lost_answer_names_the_job_that_it_made(
    run: Run, wanted, fault_proxy: FaultProxy
) -> None:
    lose_an_answer(run, wanted, fault_proxy, commit=True)
    (made,) = jobs(run)
    result = run(*wanted)
    assert result.status == 0
    assert result.out.startswith(made) and "earlier call" in result.err
    assert jobs(run) == [made]
    assert run("recover", "--json").document == []


def test_the_same_create_while_the_first_is_unanswered_is_refused_with_3(
    run: Run, wanted, fault_proxy: FaultProxy
) -> None:
    lose_an_answer(run, wanted, fault_proxy, commit=False)
    result = run(*wanted)
    assert (result.status, result.out) == (3, "")
    assert "--again" in result.err and "recover" in result.err
    document = run(*wanted, "--json").document
    assert document["error"]["code"] == "earlier_call"
    assert jobs(run) == []
    assert run(*wanted, "--again").status == 0
    assert len(jobs(run)) == 1


def test_the_same_create_after_the_journal_was_lost_takes_more_than_a_yes(
    run: Run, wanted, fault_proxy: FaultProxy, state: Path
) -> None:
    lose_an_answer(run, wanted, fault_proxy, commit=True)
    (state / "journal.db").unlink()
    result = run(*wanted)
    assert result.status == 1 and "--without-journal" in result.err
    assert "The journal is gone" in result.err
    assert run("recover").status == 1
    assert len(jobs(run)) == 1


def test_the_same_create_by_another_spelling_of_the_server_is_the_same(
    run: Run, wanted, fault_proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fault_proxy.base_url.replace("127.0.0.1", "localhost")
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    lose_an_answer(run, wanted, fault_proxy, commit=True)
    monkeypatch.setenv("OPENAI_BASE_URL", url.replace("localhost", "LOCALHOST"))
    result = run(*wanted)
    assert result.status == 0
    assert jobs(run) == [result.out.split()[0]]


def test_a_record_that_cannot_be_read_holds_back_every_create_until_it_is_let_go(
    run: Run, wanted, fault_proxy: FaultProxy, state: Path
) -> None:
    lose_an_answer(run, wanted, fault_proxy, commit=True)
    with closing(sqlite3.connect(state / "journal.db")) as journal:
        journal.execute("UPDATE entries SET data = '{' WHERE kind = 'drafted'")
        journal.commit()
    result = run(*wanted)
    assert result.status == 3
    assert "cannot be read" in result.err and "forget" in result.err and "--again" in result.err
    assert len(jobs(run)) == 1
    (item,) = run("recover", "--json").document
    assert run("recover", item["submission_id"], "forget", "--yes").status == 0
    assert run(*wanted).status == 0


def test_a_create_without_a_journal_takes_more_than_a_yes(run: Run, wanted, state: Path) -> None:
    state.mkdir(parents=True, mode=0o700)
    (state / "journal.db").mkdir()
    result = run(*wanted)
    assert (result.status, result.out) == (1, "")
    assert "--without-journal" in result.err
    assert jobs(run) == []
    result = run(*wanted, "--without-journal")
    assert result.status == 0 and "Warning: The journal" in result.err
    assert len(jobs(run)) == 1


def test_recover_says_that_it_does_not_know_when_the_journal_cannot_be_read(
    run: Run, state: Path
) -> None:
    state.mkdir(parents=True, mode=0o700)
    (state / "journal.db").symlink_to(state / "other.db")
    result = run("recover")
    assert result.status == 1
    assert "not known" in result.err and "Nothing is left open" not in result.err
    result = run("recover", "--json")
    assert result.status == 1 and "not known" in result.document["error"]["message"]
    assert run("recover", "12345678", "look_up").status == 1


def test_recover_reads_a_journal_that_another_program_holds(
    run: Run, wanted, fault_proxy: FaultProxy, state: Path, monkeypatch
) -> None:
    lose_an_answer(run, wanted, fault_proxy, commit=False)
    monkeypatch.setattr("fttui.storage.journal.OPEN_SECONDS", 0.0)
    with closing(sqlite3.connect(state / "journal.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        result = run("recover", "--json")
    assert [item["kind"] for item in result.document] == ["unknown"]
    assert "another program" in result.err


def test_recover_of_a_damaged_journal_lists_what_is_left_and_fails(
    run: Run, wanted, fault_proxy: FaultProxy, state: Path
) -> None:
    lose_an_answer(run, wanted, fault_proxy, commit=False)
    with closing(sqlite3.connect(state / "journal.db", isolation_level=None)) as database:
        database.execute("DROP TABLE files")
    result = run("recover", "--json")
    assert result.status == 1
    assert [item["kind"] for item in result.document] == ["unknown"]
    assert run("recover").status == 1  # until the user has agreed to it
    assert run(*wanted).status == 1
    assert run(*wanted, "--without-journal", "--again").status == 0
    assert run("recover").status == 0
    assert len(jobs(run)) == 1


def test_a_job_that_is_taken_up_later_names_its_cost_again(
    run: Run, wanted, fault_proxy: FaultProxy
) -> None:
    fault_proxy.script(CREATE, Fault("answer", False, 401, b"{}"))
    assert run(*wanted).status == 1
    (item,) = run("recover", "--json").document
    result = run("recover", item["submission_id"], "create", "--yes")
    assert result.status == 0 and "Cost: ≈ $" in result.err
    assert len(jobs(run)) == 1


class TestAnInterruptedCreate:
    """What is told after Ctrl+C, by how far the submission was."""

    @pytest.fixture
    def session(self, open_session: Callable[..., Session], fault_proxy: FaultProxy) -> Session:
        return open_session(fault_proxy.base_url, hasty(tries=1))

    def test_that_had_sent_nothing_says_so(self, session: Session, training_file: Path) -> None:
        with draft_of(training_file) as draft:
            assert "Nothing was sent" in what_is_left(session, draft.id)

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (Fault("answer", False, 401, b"{}"), "No job was asked for"),
            (Fault("reset", commit=False), "not known"),
        ],
        ids=["refused", "lost"],
    )
    def test_that_got_no_job_says_whether_there_may_be_one(
        self,
        fault: Fault,
        words: str,
        session: Session,
        fault_proxy: FaultProxy,
        training_file: Path,
    ) -> None:
        fault_proxy.script(CREATE, fault)
        fault_proxy.always(STYLES, Fault("reset", commit=False))
        with draft_of(training_file) as draft:
            outcome_of(session, draft)
            assert words in what_is_left(session, draft.id)

    def test_whose_call_is_answered_meanwhile_names_the_job(
        self, session: Session, fault_proxy: FaultProxy, training_file: Path, run: Run
    ) -> None:
        fault_proxy.script(CREATE, Fault("held"))
        with draft_of(training_file) as draft:
            asked = session.thread.start(session.submissions.submit(draft, report=False))
            wait_until(lambda: session.submissions.has_paid_calls, "no call went out")
            asked.cancel()
            fault_proxy.let_go()
            session.settle(PATIENCE)
            told = what_is_left(session, draft.id)
        (made,) = jobs(run)
        assert f"created all the same: {made}" in told and f"fttui cancel {made}" in told


class TestAMachineAtItsEnd:
    """What a create says when the system gives no more threads or memory, at any moment."""

    def test_that_has_made_the_job_ends_well(
        self, run: Run, wanted, fault_proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        start = threading.Thread.start

        def refuse(thread: threading.Thread) -> None:
            if thread.name in {"waiting", "fttui-worker"}:
                raise RuntimeError("can't start new thread")
            start(thread)

        with monkeypatch.context() as patched:

            def no_more() -> None:
                patched.setattr(threading.Thread, "start", refuse)

            fault_proxy.rewrite = _before(CREATE, no_more)
            result = run(*wanted)
        assert result.status == 0 and result.out.startswith("ftjob-"), result.err
        assert jobs(run) == [result.out.split()[0]]

    def test_that_may_have_made_the_job_ends_with_3(
        self, run: Run, wanted, fault_proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise MemoryError

        monkeypatch.setattr("fttui.services.submission.create_call.find_job", fail)
        fault_proxy.script(CREATE, Fault("reset", commit=True))
        result = run(*wanted)
        assert result.status == 3
        assert "MemoryError" in result.err and "is not known" in result.err
        (item,) = run("recover", "--json").document
        assert run("recover", item["submission_id"], "look_up").status == 3

    def test_that_has_sent_nothing_ends_with_1(
        self, run: Run, wanted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise MemoryError

        monkeypatch.setattr("fttui.services.submission.create_call.CreateCall.announce", fail)
        assert run(*wanted).status == 1


def _before(route: str, act: Callable[[], None]) -> Callable[[str, bytes], bytes]:
    """A proxy's `rewrite` that acts before the endpoint gets what goes to `route`."""

    def rewrite(request: str, body: bytes) -> bytes:
        if re.search(route, request):
            act()
        return body

    return rewrite
