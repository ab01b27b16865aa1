"""Paying in the app: what the confirmation says and takes when more than a yes is needed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faults.harness import draft_of, hasty, outcome_of
from tests.faults.proxy import Fault, FaultProxy
from tests.interface.create.create_app import Form, form, write_examples
from textual.widgets import Button

from fttui.interface.screens.confirm import DEAF_SECONDS, Confirm
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.services.submission.types import NO_CONSENT, Consent
from settling import later

CREATE = "POST /fine_tuning/jobs$"
STYLES = "GET /fine_tuning/jobs$"
MODEL = "gpt-4.1-mini-2025-04-14"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_examples(tmp_path / "good.jsonl")


@pytest.fixture
def proxied(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, tmp_path: Path
) -> Session:
    return open_session(fault_proxy.base_url, hasty(tmp_path / "journal", tries=1))


def lose_an_answer(
    session: Session,
    proxy: FaultProxy,
    path: Path,
    *,
    commit: bool,
    consent: Consent = NO_CONSENT,
) -> None:
    """Leave a create call for `path` behind of which nobody knows what came of it."""
    proxy.script(CREATE, Fault("reset", commit=commit))
    proxy.always(STYLES, Fault("reset", commit=False))
    with draft_of(path, request=JobRequest(MODEL)) as draft:
        outcome_of(session, draft, consent)
    proxy.calm()


async def fill_in(it: Form, path: Path) -> None:
    await it.press("escape")  # what is offered at the start
    await it.choose(path)
    await it.go_to("model")
    await it.press("ctrl+u")
    await it.paste(MODEL)


async def asked(it: Form) -> Confirm:
    await it.press("ctrl+s")
    await it.until(lambda: isinstance(it.app.screen, Confirm))
    assert isinstance(it.app.screen, Confirm)
    return it.app.screen


def warnings(dialog: Confirm) -> str:
    return "\n".join(str(line.render()) for line in dialog.query(".dialog-warning"))


async def jobs_of(it: Form) -> list[str]:
    session = it.app.session
    return [job.id for job in (await session.thread.read(session.handle.list_jobs())).items]


async def test_an_unanswered_call_for_the_file_is_told_and_wants_a_word_typed(
    proxied: Session, fault_proxy: FaultProxy, good: Path
):
    lose_an_answer(proxied, fault_proxy, good, commit=False)
    async with form(proxied) as it:
        await fill_in(it, good)
        dialog = await asked(it)
        await it.until(lambda: dialog.must_type == "again")
        assert "never answered" in warnings(dialog)
        assert dialog.query_one("#confirm-yes", Button).disabled
        await later(it.pilot, DEAF_SECONDS)
        await it.press(*"agai", "enter")
        assert dialog.query_one("#confirm-yes", Button).disabled
        assert await jobs_of(it) == []
        await it.say_yes(typed="n")
        await it.until(lambda: it.app.query_one("#tabs").active == "jobs")
        assert len(await jobs_of(it)) == 1


async def test_the_job_of_an_earlier_call_is_told_and_is_the_outcome(
    proxied: Session, fault_proxy: FaultProxy, good: Path
):
    lose_an_answer(proxied, fault_proxy, good, commit=True)
    async with form(proxied) as it:
        (made,) = await jobs_of(it)
        await fill_in(it, good)
        dialog = await asked(it)
        await it.until(lambda: made in warnings(dialog))
        await it.say_yes()
        await it.until(lambda: it.app.query_one("#tabs").active == "jobs")
        assert await jobs_of(it) == [made]
        await it.until(lambda: "earlier call" in it.notices)
        assert proxied.submissions.unfinished_items() == []


async def test_without_a_journal_the_yes_takes_words(
    open_session: Callable[..., Session], good: Path, tmp_path: Path
):
    folder = tmp_path / "journal"
    (folder / "journal.db").mkdir(parents=True)
    folder.chmod(0o700)
    async with form(open_session(options=hasty(folder))) as it:
        await fill_in(it, good)
        dialog = await asked(it)
        await it.until(lambda: dialog.must_type == "without journal")
        assert "journal" in warnings(dialog)
        await it.say_yes(typed="without journal")
        await it.until(lambda: it.app.query_one("#tabs").active == "jobs")
        assert len(await jobs_of(it)) == 1


async def test_a_yes_before_the_earlier_call_is_looked_up_pays_nothing_and_asks_again(
    proxied: Session, fault_proxy: FaultProxy, good: Path
):
    lose_an_answer(proxied, fault_proxy, good, commit=False)
    async with form(proxied) as it:
        await fill_in(it, good)
        fault_proxy.always(STYLES, Fault("held"))
        it.besides = ("look", "submit", "jobs", "list")
        dialog = await asked(it)
        await it.say_yes()
        await it.until(lambda: it.app.screen is not dialog)
        fault_proxy.let_go()
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        second = it.app.screen
        assert second is not dialog and second.must_type == "again"
        assert await jobs_of(it) == []
        await it.press("escape")
        assert await jobs_of(it) == []
        await asked(it)  # the form is as it was


async def test_without_a_journal_and_with_an_unanswered_call_each_word_is_typed_once(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, good: Path, tmp_path: Path
):
    folder = tmp_path / "journal"
    (folder / "journal.db").mkdir(parents=True)
    folder.chmod(0o700)
    session = open_session(fault_proxy.base_url, hasty(folder, tries=1))
    lose_an_answer(session, fault_proxy, good, commit=False, consent=Consent(without_journal=True))
    async with form(session) as it:
        await fill_in(it, good)
        first = await asked(it)
        await it.until(lambda: first.must_type == "without journal")
        await it.say_yes(typed="without journal")
        await it.until(lambda: isinstance(it.app.screen, Confirm) and it.app.screen is not first)
        second = it.app.screen
        assert isinstance(second, Confirm)
        assert second.must_type == "again"
        assert await jobs_of(it) == []
        await it.say_yes(typed="again")
        await it.until(lambda: it.app.query_one("#tabs").active == "jobs")
        assert len(await jobs_of(it)) == 1
