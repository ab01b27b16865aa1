"""What the app says and does before the first key: the key, the journal, the endpoint."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from tests.interface.seen import toast
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Static

from archive_folder import write_archive
from faults.harness import draft_of, hasty, outcome_of, write_rows
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.kit.inputs import KeyInput
from fttui.interface.kit.keys import KeyLine
from fttui.interface.screens.first_run import FirstRun
from fttui.interface.screens.recovery import RecoveryList
from fttui.server import SandboxServer, fill_with_samples
from fttui.services.endpoint.errors import ServiceError
from fttui.services.session import Session
from fttui.storage.folders import state_folder
from recording_endpoint import recording_endpoint
from settling import later, press, settled, until

LIST = "GET /fine_tuning/jobs$"


@pytest.fixture
def keyless(fault_proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A session without a key."""
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    session = Session.open(environ=os.environ, options=hasty(tries=1))
    yield session
    session.close()


@asynccontextmanager
async def started(session: Session) -> AsyncIterator[tuple[OpenAIInterfaceFT, Pilot[str]]]:
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        yield app, pilot


def painted(app: OpenAIInterfaceFT) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def connection(app: OpenAIInterfaceFT) -> str:
    return str(app.query_one("#connection", Static).render())


async def give_key(pilot: Pilot[str], key: str) -> None:
    await press(pilot, "i")
    pilot.app.post_message(Paste(key))
    await press(pilot, "enter")


async def test_a_key_typed_at_the_first_screen_loads_all_that_a_kept_one_would(
    keyless: Session, sandbox: SandboxServer, fault_proxy: FaultProxy
):
    count = fill_with_samples(sandbox)
    async with started(keyless) as (app, pilot):
        assert isinstance(app.screen, FirstRun)
        assert "key …" not in connection(app)
        assert fault_proxy.seen == {}
        await give_key(pilot, sandbox.api_key)
        await until(pilot, lambda: len(app.jobs_pane.table.jobs) == count)
        await until(pilot, lambda: fault_proxy.seen["GET /models"])
        assert not app.screen.is_modal
        assert f"key …{sandbox.api_key[-4:]}" in connection(app)
        assert app.keys.is_empty


async def test_what_was_left_open_is_told_once_the_key_is_given(
    keyless: Session,
    sandbox: SandboxServer,
    fault_proxy: FaultProxy,
    open_session: Callable[..., Session],
    tmp_path: Path,
):
    earlier = open_session(fault_proxy.base_url, hasty())
    fault_proxy.script("POST /fine_tuning/jobs$", error_answer(403, commit=False))
    with draft_of(write_rows(tmp_path / "rows.jsonl")) as draft:
        assert isinstance(outcome_of(earlier, draft), ServiceError)
    async with started(keyless) as (app, pilot):
        await give_key(pilot, sandbox.api_key)
        await until(pilot, lambda: "One thing was left open" in toast(app))
        await press(pilot, "f3", "u")
        await until(pilot, lambda: isinstance(app.screen, RecoveryList))


async def test_who_goes_on_without_a_key_is_told_what_that_means(
    keyless: Session, fault_proxy: FaultProxy
):
    async with started(keyless) as (app, pilot):
        await press(pilot, "escape")
        assert "Without a key nothing can be loaded or sent." in toast(app)
        assert not app.screen.is_modal
        assert app.is_running
        await press(pilot, "f3", "r")
        await later(pilot, 1.0)
        assert app.query_one("#connection").has_class("-error")
        assert fault_proxy.seen == {}
        assert not (state_folder() / "reports").exists()


async def test_the_wish_for_the_sandbox_ends_the_app_with_it(keyless: Session):
    async with started(keyless) as (app, pilot):
        await press(pilot, "t")
        assert not app.is_running
        assert app.return_value == "demo"


async def test_a_key_that_cannot_be_one_is_refused_and_not_sent(
    keyless: Session, fault_proxy: FaultProxy
):
    async with started(keyless) as (app, pilot):
        await give_key(pilot, "x y")
        assert isinstance(app.screen, FirstRun)
        assert str(app.screen.query_one("#first-run-trouble", Static).render())
        assert fault_proxy.seen == {}
        await press(pilot, "z")
        assert str(app.screen.query_one("#first-run-trouble", Static).render()) == ""


def answer(app: OpenAIInterfaceFT) -> str:
    return str(app.screen.query_one("#first-run-trouble", Static).render())


async def test_a_key_that_the_endpoint_refuses_is_not_used_and_stays_to_be_mended(
    keyless: Session, fault_proxy: FaultProxy
):
    fault_proxy.always("GET /", error_answer(401, commit=False, message="no such key"))
    async with started(keyless) as (app, pilot):
        await give_key(pilot, "sk-not-the-one")
        await until(pilot, lambda: "no such key" in answer(app))
        await press(pilot, "enter")
        await until(pilot, lambda: sum(fault_proxy.seen.values()) > 1 and "✗" in answer(app))
        assert isinstance(app.screen, FirstRun) and keyless.credential is None
        assert app.screen.query_one(KeyInput).value == "sk-not-the-one"


async def test_a_key_that_could_not_be_asked_about_is_used_when_it_is_entered_once_more(
    keyless: Session, fault_proxy: FaultProxy
):
    fault_proxy.always("GET /", Fault("reset", commit=False))
    async with started(keyless) as (app, pilot):
        await give_key(pilot, "sk-unknown")
        await until(pilot, lambda: "Enter uses it all the same." in answer(app))
        assert keyless.credential is None
        await press(pilot, "x")
        assert answer(app) == "", "what was told of another key is taken away"
        await press(pilot, "backspace", "enter")
        await until(pilot, lambda: "Enter uses it all the same." in answer(app))
        await press(pilot, "enter")
        assert not isinstance(app.screen, FirstRun)
        assert keyless.credential is not None
        assert keyless.credential.secret.reveal() == "sk-unknown"


async def test_a_slow_endpoint_holds_neither_the_screen_nor_what_is_typed(
    keyless: Session, sandbox: SandboxServer, fault_proxy: FaultProxy
):
    asking = ("try-key",)
    fault_proxy.always("GET /", Fault("held"))
    async with started(keyless) as (app, pilot):
        await press(pilot, "i")
        app.post_message(Paste(sandbox.api_key))
        await press(pilot, "enter", besides=asking)
        assert "whether this key works" in answer(app)
        await press(pilot, "escape", besides=asking)
        assert answer(app) == "" and isinstance(app.screen, FirstRun)
        await press(pilot, "enter", besides=asking)
        await press(pilot, "f1", besides=asking)
        fault_proxy.let_go()
        await settled(pilot)
        assert keyless.credential is None, "what stands in front was not taken away"
        await press(pilot, "escape")
        assert "The key works." in answer(app)
        await press(pilot, "enter")
        assert keyless.credential is not None


async def test_another_server_and_an_archive_are_ways_to_go(keyless: Session, tmp_path: Path):
    archive = tmp_path / "saved"
    write_archive(archive)
    async with started(keyless) as (app, pilot):
        await press(pilot, "s")
        assert "fttui serve --models" in painted(app)
        await press(pilot, "escape", "a")
        app.post_message(Paste(str(tmp_path)))
        await press(pilot, "enter")
        assert "is not an archive" in toast(app)
        app.post_message(Paste("/saved"))
        await press(pilot, "enter")
        assert app.return_value == f"archive:{archive}"


async def test_the_longest_key_is_taken_whole_and_a_longer_one_is_not_cut_to_pass(
    monkeypatch: pytest.MonkeyPatch,
):
    with recording_endpoint() as place:
        monkeypatch.setenv("OPENAI_BASE_URL", place.base_url)
        with closing(Session.open(environ=os.environ, options=hasty(tries=1))) as session:
            async with started(session) as (app, pilot):
                await give_key(pilot, "k" * 9000)
                assert isinstance(app.screen, FirstRun) and place.requests == []
                await press(pilot, "ctrl+u")
                app.post_message(Paste("k" * 8192))
                await press(pilot, "enter")
                await until(pilot, lambda: bool(place.requests))
    assert place.requests[0].headers["authorization"] == f"Bearer {'k' * 8192}"


async def test_a_pause_that_the_endpoint_asks_for_is_told_and_ended_by_escape(
    open_session: Callable[..., Session], fault_proxy: FaultProxy
):
    wait = error_answer(429, commit=False, headers=(("retry-after", "90"),))
    fault_proxy.always(LIST, wait)
    app = OpenAIInterfaceFT(open_session(fault_proxy.base_url, hasty(tries=3)))
    loading, told = ("jobs",), "Again in 90 s (try 2 of 3, Esc stops)"
    async with app.run_test(size=(160, 40)) as pilot:
        await until(pilot, lambda: told in connection(app), loading)
        await press(pilot, "f3", besides=loading)
        await press(pilot, "escape", besides=loading)
        await settled(pilot)
        assert "Again in" not in connection(app)
        banner = app.jobs_pane.query_one("#jobs-banner", Static)
        assert "Loading the jobs was stopped." in str(banner.render())
        assert banner.display


async def test_a_load_that_fails_stays_on_the_connection_line_until_one_works(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, sandbox: SandboxServer
):
    count = fill_with_samples(sandbox)
    fault_proxy.always(LIST, error_answer(500, commit=False, message="no luck"))
    async with started(open_session(fault_proxy.base_url, hasty(tries=1))) as (app, pilot):
        await until(pilot, lambda: "no luck" in connection(app) or "500" in connection(app))
        assert app.query_one("#connection").has_class("-error")
        fault_proxy.calm()
        await press(pilot, "f3", "r")
        await until(pilot, lambda: len(app.jobs_pane.table.jobs) == count)
        await until(pilot, lambda: not app.query_one("#connection").has_class("-error"))


async def test_a_journal_that_was_broken_is_told_at_the_start(
    open_session: Callable[..., Session], fault_proxy: FaultProxy
):
    first = open_session(fault_proxy.base_url, hasty())
    assert first.journal.folder is not None
    database = first.journal.folder / "journal.db"
    first.close()
    for path in database.parent.glob("journal.db*"):
        path.unlink()
    database.write_bytes(b"not a database " * 500)
    async with started(open_session(fault_proxy.base_url, hasty())) as (app, _):
        assert "journal" in toast(app).lower()
        assert app.is_running


async def test_an_endpoint_without_a_list_of_models_suggests_what_is_known(
    open_session: Callable[..., Session], fault_proxy: FaultProxy
):
    fault_proxy.always("GET /models", Fault("reset", commit=False))
    async with started(open_session(fault_proxy.base_url, hasty(tries=1))) as (app, pilot):
        await later(pilot, 1.0)
        assert toast(app) == ""
        model = app.create_pane.query_one("#field-model")
        assert [choice.id for choice in model._choices]
        assert state_folder().exists()


async def test_the_last_line_of_the_first_screen_is_in_the_language_of_its_guide(
    keyless: Session,
):
    async with started(keyless) as (app, pilot):
        line = app.screen.query_one(KeyLine)
        await press(pilot, "f")
        french = "t Bac à sable  i Clé  s Votre serveur  a Archive  esc Sans clé  ? Aide"
        await until(pilot, lambda: str(line.render()).strip() == french)
        assert "f English" in str(app.screen.query_one("#first-run-title").render())
        await press(pilot, "f")
        await until(pilot, lambda: "esc Without a key  ? Help" in str(line.render()))
        assert "f Français" in str(app.screen.query_one("#first-run-title").render())
