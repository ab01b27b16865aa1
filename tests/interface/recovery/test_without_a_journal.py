"""Where no journal can hold it, going on with what was left open takes words, not only a yes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.interface.recovery.left_open import CREATE, LeftOpen
from tests.interface.seen import asked, say_yes, toast, words
from textual.widgets import Button

from faults.harness import MODEL, Truth, draft_of, hasty, write_rows
from faults.proxy import FaultProxy, error_answer
from fttui.interface.app import OpenAIInterfaceFT
from fttui.services.endpoint.errors import ServiceError
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.services.submission.submissions import Consent


def refused_without_journal(session: Session, proxy: FaultProxy, path: Path) -> None:
    """Leave a file behind whose job was refused, known to this run alone."""
    proxy.script(f"{CREATE}$", error_answer(403, commit=False))
    with draft_of(write_rows(path), request=JobRequest(MODEL, suffix="refused")) as draft:
        agreed = Consent(without_journal=True)
        try:
            session.thread.wait(session.submissions.submit(draft, None, agreed))
        except ServiceError as error:
            assert error.status == 403


async def test_the_words_must_be_typed_before_an_old_one_is_paid_for(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
):
    folder = tmp_path / "journal"
    (folder / "journal.db").mkdir(parents=True)
    folder.chmod(0o700)
    session = open_session(fault_proxy.base_url, hasty(folder))
    refused_without_journal(session, fault_proxy, tmp_path / "rows.jsonl")
    app = OpenAIInterfaceFT(session)
    async with app.run_test() as pilot:
        it = LeftOpen(app, pilot, fault_proxy)
        await it.until(lambda: it.is_listed)
        fault_proxy.seen.clear()
        await it.choose("Create the job")
        question = await asked(pilot)
        assert "Type without journal to allow it" in words(app)
        assert "journal" in str(question.query_one(".dialog-warning").render())  # type: ignore[attr-defined]
        assert question.query_one("#confirm-yes", Button).disabled
        await it.press(*"without", "enter", "enter")
        assert it.creates == 0
        await it.press("escape")
        await it.choose("Create the job")
        await say_yes(pilot)
        await it.until(lambda: "Job ftjob-" in toast(app))
        assert it.creates == 1
    assert len(truth.jobs()) == 1


async def test_what_pays_nothing_takes_no_words(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, truth: Truth, tmp_path: Path
):
    folder = tmp_path / "journal"
    (folder / "journal.db").mkdir(parents=True)
    folder.chmod(0o700)
    session = open_session(fault_proxy.base_url, hasty(folder))
    refused_without_journal(session, fault_proxy, tmp_path / "rows.jsonl")
    app = OpenAIInterfaceFT(session)
    async with app.run_test() as pilot:
        it = LeftOpen(app, pilot, fault_proxy)
        await it.until(lambda: it.is_listed)
        await it.choose("Delete the file")
        question = await asked(pilot)
        assert not question.query_one("#confirm-yes", Button).disabled
        await say_yes(pilot)
        await it.until_told("Done.")
    assert truth.files() == []
