"""Keys act in the order in which they were typed, in the screen that they were meant for."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from tests.faults.proxy import Fault, FaultProxy
from tests.interface.create.create_app import write_examples
from tests.interface.held_check import HeldCheck
from textual.containers import Vertical
from textual.events import AppBlur, AppFocus, Paste
from textual.pilot import Pilot
from textual.widgets import Input

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.create.field import Field
from fttui.interface.create.file_field import FileField
from fttui.interface.guard.typing_ahead import OrderedApp, is_at_work
from fttui.interface.jobs.details import JobDetails
from fttui.interface.kit.keys import KeyLine
from fttui.interface.screens.confirm import DEAF_SECONDS, Confirm
from fttui.interface.screens.file_picker import FilePicker
from fttui.interface.screens.first_run import FirstRun
from fttui.interface.screens.help import Help
from fttui.server import SandboxServer, fill_with_samples
from fttui.services.session import Session
from fttui.storage.folders import state_folder
from settling import AppClock, key_event, later, press, press_at_once, settled, until
from waiting import PATIENCE

Run = tuple[OpenAIInterfaceFT, Pilot[str]]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_examples(tmp_path / "good.jsonl")


@asynccontextmanager
async def running(session: Session, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Run]:
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=size) as pilot:
        yield app, pilot


class Gate:
    """Folders are read only while it is open."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate, scandir = Gate(), os.scandir

    def slow_scandir(path: Any = ".") -> Any:
        if threading.current_thread().name == "list-folder":
            gate.open.wait()
        return scandir(path)

    monkeypatch.setattr("os.scandir", slow_scandir)
    yield gate
    gate.open.set()


def training(app: OpenAIInterfaceFT) -> FileField:
    return app.create_pane.query_one("#field-training", FileField)


def hint(app: OpenAIInterfaceFT) -> str:
    return str(app.screen.query_one(KeyLine).render())


async def test_text_and_tabs_in_one_read_reach_one_field_after_the_other(session: Session):
    async with running(session, (120, 40)) as (app, pilot):
        await settled(pilot)
        fields = {field.id: field for field in app.create_pane.query(Field)}
        epochs = app.create_pane.query_one("#field-n-epochs", Field).query_one(Input)
        app.screen.set_focus(epochs)
        press_at_once(pilot, "5", "tab", "4", "tab", "3")
        await settled(pilot)
        found = [f.query_one(Input).value for f in fields.values() if f.query(Input)]
        assert [value for value in found if value in {"5", "4", "3"}] == ["5", "4", "3"]


async def test_what_follows_the_filter_key_in_one_read_is_filter_text(
    session: Session, sandbox: SandboxServer
):
    fill_with_samples(sandbox)
    async with running(session, (120, 40)) as (app, pilot):
        press_at_once(pilot, "f3", *"/xq")
        await settled(pilot)
        assert not app.screen.is_modal
        assert app.jobs_pane.filter_bar.text == "xq"


async def test_keys_typed_before_the_first_paint_reach_the_form(session: Session, good: Path):
    async with running(session) as (app, pilot):
        press_at_once(pilot, *str(good), "enter")
        await settled(pilot)
        assert training(app).path == good
        assert training(app).check.report is not None


@pytest.mark.parametrize("gap", [0.0, 0.02, 0.1])
async def test_tabs_picker_and_path_in_a_row_choose_the_typed_file(
    session: Session, good: Path, gap: float
):
    keys = ("f3", "f2", "ctrl+o", *str(good), "enter")
    async with running(session) as (app, pilot):
        if gap:
            for key in keys:
                pilot.app.post_message(key_event(key))
                await later(pilot, gap, besides=("list-folder", "check"))
        else:
            press_at_once(pilot, *keys)
        await settled(pilot)
        assert not app.screen.is_modal
        assert training(app).path == good
        assert app.tabs.active == "create"


async def test_an_enter_that_waits_for_a_folder_holds_the_keys_behind_it(
    session: Session, good: Path, folders: Gate
):
    async with running(session) as (app, pilot):
        await settled(pilot)
        folders.open.clear()
        press_at_once(pilot, "ctrl+o", *str(good), "enter", "tab", "tab", *"x")
        await settled(pilot, besides=("list-folder",))
        assert isinstance(app.screen, FilePicker)
        folders.open.set()
        await settled(pilot)
        assert training(app).path == good
        assert app.create_pane.query_one("#field-validation", FileField).value == "x"


async def test_escape_takes_back_an_enter_that_waits_and_then_leaves_the_picker(
    session: Session, good: Path, folders: Gate
):
    async with running(session) as (app, pilot):
        await settled(pilot)
        folders.open.clear()
        reading = ("list-folder",)
        press_at_once(pilot, "ctrl+o", *str(good), "enter", "x", "escape")
        await settled(pilot, reading)
        picker = app.screen
        assert isinstance(picker, FilePicker)
        assert not picker.keys_wait
        await press(pilot, "escape", "escape", besides=reading)
        assert not app.screen.is_modal
        folders.open.set()
        await settled(pilot)
        assert training(app).value == ""
        assert app.is_running


async def test_send_waits_for_the_check_and_its_confirmation_takes_no_key_typed_before(
    session: Session, good: Path
):
    async with running(session) as (app, pilot):
        press_at_once(pilot, *str(good), "enter", "ctrl+s", "tab", "enter")
        await settled(pilot)
        assert isinstance(app.screen, Confirm)
        assert app.focused is app.screen.query_one("#confirm-no")
        assert "Early keys were thrown away" in hint(app)
        await later(pilot, DEAF_SECONDS)
        await press(pilot, "tab", "enter")
        assert app.tabs.active == "jobs"
        assert len(app.jobs_pane.table.jobs) == 1


async def test_escape_takes_a_waiting_send_back_and_a_second_one_stops_the_check(
    session: Session, held_check: HeldCheck
):
    checking = ("check",)
    async with running(session) as (app, pilot):
        press_at_once(pilot, *str(held_check.path), "enter", "ctrl+s", "tab", "tab")
        await settled(pilot, checking)
        assert app.create_pane.send_waits
        reason = str(app.create_pane.query_one("#create-reason").render())  # type: ignore[attr-defined]
        assert reason == "Send waits for the check, Esc takes it back"
        press_at_once(pilot, "escape")
        await settled(pilot, checking)
        assert not app.create_pane.send_waits
        assert training(app).check.running
        assert app.focused is training(app).control_widget
        press_at_once(pilot, "escape")
        await settled(pilot)
        assert "was stopped" in training(app).message
        assert not app.screen.is_modal


async def test_keys_behind_a_send_that_is_refused_act_on_the_form_however_long_the_check_takes(
    session: Session, tmp_path: Path
):
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\n" * 20)
    async with running(session) as (app, pilot):
        press_at_once(pilot, *str(bad), "enter", "ctrl+s", "tab", "tab", "7")
        await settled(pilot)
        assert not app.screen.is_modal
        assert app.create_pane.query_one("#field-validation", FileField).value == "7"
        app.screen.set_focus(app.create_pane.query_one("#field-seed", Field).control_widget)
        press_at_once(pilot, "ctrl+s", "f3")
        await settled(pilot)
        assert app.tabs.active == "jobs"


async def test_a_key_right_after_enter_acts_in_the_details(
    session: Session, sandbox: SandboxServer
):
    fill_with_samples(sandbox)
    async with running(session) as (app, pilot):
        await press(pilot, "f3")
        press_at_once(pilot, "enter", "3")
        await settled(pilot)
        assert isinstance(app.screen, JobDetails)
        assert app.screen.view.id == "details-checkpoints"
        assert app.focused is app.screen.view
        press_at_once(pilot, "tab", "escape", "j", "enter", "escape", "j")
        await settled(pilot)
        assert not app.screen.is_modal
        assert app.jobs_pane.table.cursor_row == 2


async def test_two_letters_in_one_read_leaf_two_examples(session: Session, good: Path):
    async with running(session) as (app, pilot):
        press_at_once(pilot, *str(good), "enter")
        await settled(pilot)
        press_at_once(pilot, "ctrl+r", "e", "n", "n", "n", "p")
        await settled(pilot)
        assert "line 3 of 60" in str(app.screen.query_one("#example-place").render())


async def test_ctrl_q_overtakes_ten_thousand_keys(session: Session):
    async with running(session) as (app, pilot):
        await settled(pilot)
        press_at_once(pilot, *["tab"] * 10_000, "ctrl+q")
        await until(pilot, lambda: not app.is_running)
        assert app.return_code == 0


async def test_the_first_run_screen_takes_no_key_typed_before_it_could_be_read(
    monkeypatch: pytest.MonkeyPatch, sandbox: SandboxServer
):
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)
    session = Session.open()

    class TypedAhead(OpenAIInterfaceFT):
        def on_load(self) -> None:
            for key in (*"tqi", "escape"):
                self.post_message(key_event(key))

    app = TypedAhead(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, FirstRun)
        assert training(app).value == "", "the form behind it took what was typed"
        await press(pilot, "t")
        assert app.return_value == "demo"
    session.close()


@pytest.fixture
def held(open_session: Callable[..., Session], fault_proxy: FaultProxy) -> Session:
    """A session whose create calls are answered when the proxy lets go."""
    fault_proxy.always("POST /fine_tuning/jobs$", Fault("held"))
    return open_session(fault_proxy.base_url)


async def send_and_press(pilot: Pilot[str], good: Path, *keys: str) -> None:
    """Send the form and say yes; press `keys` in one read with that yes."""
    press_at_once(pilot, *str(good), "enter", "ctrl+s")
    await settled(pilot)
    await later(pilot, DEAF_SECONDS)
    await press(pilot, "tab")
    await later(pilot, 0.1)
    press_at_once(pilot, "enter", *keys)
    await settled(pilot, besides=("submit",))


async def test_a_dialog_opened_meanwhile_keeps_its_focus_when_the_job_is_made(
    held: Session, fault_proxy: FaultProxy, good: Path
):
    async with running(held) as (app, pilot):
        await send_and_press(pilot, good, "question_mark")
        assert isinstance(app.screen, Help)
        fault_proxy.let_go()
        await settled(pilot)
        assert isinstance(app.screen, Help)
        assert app.focused is None, "what is below it has not taken the focus"
        assert len(app.jobs_pane.table.jobs) == 1
        await press(pilot, "escape")
        assert app.tabs.active == "create"
        assert app.focused is not None
        assert app.create_pane in app.focused.ancestors
        await press(pilot, "f3")
        assert app.focused is app.jobs_pane.table


async def test_who_goes_to_the_list_meanwhile_keeps_the_row_under_the_cursor(
    held: Session, sandbox: SandboxServer, fault_proxy: FaultProxy, good: Path
):
    fill_with_samples(sandbox)
    async with running(held) as (app, pilot):
        await send_and_press(pilot, good, "f3", "j", "j")
        (job,) = app.jobs_pane.selected_jobs()
        assert app.jobs_pane.table.cursor_row == 2
        fault_proxy.let_go()
        await settled(pilot)
        assert len(app.jobs_pane.table.jobs) == 15
        assert app.jobs_pane.selected_jobs() == [job]


async def test_who_types_into_the_form_meanwhile_is_left_there(
    held: Session, fault_proxy: FaultProxy, good: Path
):
    async with running(held) as (app, pilot):
        await send_and_press(pilot, good, "f2")
        suffix = app.create_pane.query_one("#field-suffix", Field)
        app.screen.set_focus(suffix.control_widget)
        press_at_once(pilot, *"next")
        await settled(pilot, besides=("submit",))
        fault_proxy.let_go()
        await settled(pilot)
        press_at_once(pilot, *"-x")
        await settled(pilot)
        assert app.tabs.active == "create"
        assert suffix.value == "next-x"
        assert len(app.jobs_pane.table.jobs) == 1
        await press(pilot, "ctrl+s")
        assert isinstance(app.screen, Confirm)


async def test_keys_during_a_create_call_act_on_its_line_and_do_not_wait_for_it(
    held: Session, fault_proxy: FaultProxy, good: Path
):
    async with running(held) as (app, pilot):
        await send_and_press(pilot, good, "x")
        # asked while the upload was under way, the question goes away with it
        await until(pilot, lambda: not app.screen.is_modal, besides=("submit",))
        assert "create call is out" in str([one.message for one in app._notifications])
        assert app.focused is app.create_pane.query_one("#create-progress")
        fault_proxy.let_go()
        await settled(pilot)
        assert app.tabs.active == "jobs"
        assert app.focused is app.jobs_pane.table


async def test_the_confirmation_opens_at_once_while_the_endpoint_and_the_journal_are_silent(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, good: Path, tmp_path: Path
):
    fault_proxy.always("GET /", Fault("hang"))
    journal = state_folder() / "journal.db"
    journal.parent.mkdir(parents=True, exist_ok=True)
    silent = ("jobs", "models", "look", "start", "recovery")
    with closing(sqlite3.connect(journal)) as other:
        other.execute("create table held (x)")
        other.execute("begin exclusive")
        async with running(open_session(fault_proxy.base_url)) as (app, pilot):
            press_at_once(pilot, *str(good), "enter", "ctrl+s")
            await later(pilot, 1.0, silent)
            assert isinstance(app.screen, Confirm)
            await press(pilot, "escape", "ctrl+o", besides=silent)
            picker = app.screen
            assert isinstance(picker, FilePicker)
            await later(pilot, 100.0, silent)
            assert app.screen is picker
        other.rollback()


async def test_letters_that_come_while_others_are_handed_over_stay_behind_them(session: Session):
    async with running(session) as (app, pilot):
        await settled(pilot)
        app.utils.start.has_begun = False  # as at the start, when keys wait
        press_at_once(pilot, *"abc")
        await settled(pilot)
        go_on = asyncio.Event()
        app.call_later(go_on.wait)  # the app is busy with something else
        press_at_once(pilot, "d")
        app.utils.start.has_begun = True
        while app.keys.is_waited_for:
            await asyncio.sleep(0)
        go_on.set()
        await settled(pilot)
        assert training(app).value == "abcd"


async def test_a_terminal_that_is_left_and_come_back_to_keeps_the_focus(
    held: Session, fault_proxy: FaultProxy, good: Path
):
    async with running(held) as (app, pilot):
        await send_and_press(pilot, good, "f2")
        suffix = app.create_pane.query_one("#field-suffix", Field).control_widget
        app.screen.set_focus(suffix)
        app.post_message(AppBlur())
        await settled(pilot, besides=("submit",))
        app.post_message(Paste("pasted"))
        fault_proxy.let_go()
        await settled(pilot)
        app.post_message(AppFocus())
        await settled(pilot)
        assert app.tabs.active == "create"
        assert app.focused is suffix
        assert app.create_pane.query_one("#field-suffix", Field).value == "pasted"


async def test_the_model_list_stays_open_when_the_terminal_is_left(session: Session):
    async with running(session) as (app, pilot):
        await settled(pilot)
        model = app.create_pane.query_one("#field-model", Field)
        app.screen.set_focus(model.control_widget)
        await press(pilot, "down")
        app.post_message(AppBlur())
        app.post_message(AppFocus())
        await settled(pilot)
        shown = app.create_pane.query_one("#model-list")
        assert shown.display
        assert app.focused is shown


async def test_what_follows_an_escape_that_takes_send_back_acts_on_the_form(
    session: Session, good: Path
):
    async with running(session) as (app, pilot):
        press_at_once(pilot, *str(good), "enter", "ctrl+s", "tab", "escape", "ctrl+s")
        await settled(pilot)
        assert isinstance(app.screen, Confirm)
        assert "Early keys" not in hint(app)
        await press(pilot, "escape")
        press_at_once(pilot, "enter", "ctrl+s", "escape", "f3")
        await settled(pilot)
        assert app.tabs.active == "jobs"


@pytest.mark.parametrize("key", ["f1", "ctrl+o", "ctrl+s"])
async def test_ctrl_q_ends_the_app_from_every_dialog(session: Session, good: Path, key: str):
    async with running(session) as (app, pilot):
        press_at_once(pilot, *str(good), "enter", key)
        await settled(pilot)
        assert app.screen.is_modal
        press_at_once(pilot, "ctrl+q")
        await until(pilot, lambda: not app.is_running)
        assert app.return_code == 0


async def test_a_key_that_overtakes_throws_away_what_waits_and_not_what_follows(
    session: Session, app_clock: AppClock
):
    async with running(session) as (app, pilot):
        await settled(pilot)
        press_at_once(pilot, *"abc" * 50)
        for letter in "def":  # these were handed over already
            app.keys._send(key_event(letter))
        old = key_event("h")
        app_clock.advance_to(app_clock.now + 0.001)
        app.keys.overtake(key_event("f2"))
        assert not app.keys.may_act(old)
        assert not app.keys.is_waited_for
        press_at_once(pilot, "g")
        await settled(pilot)
        assert training(app).query_one(Input).value == "g"


async def test_a_burst_of_refused_keys_rings_once(
    session: Session, app_clock: AppClock, monkeypatch: pytest.MonkeyPatch
):
    rings: list[float] = []
    monkeypatch.setattr("textual.app.App.bell", lambda _: rings.append(app_clock.now))
    async with running(session) as (app, pilot):
        field = app.create_pane.query_one("#field-suffix", Field).query_one(Input)
        app.screen.set_focus(field)
        field.value = "x" * (field.max_length or 0)
        press_at_once(pilot, *"abc" * 50)
        await settled(pilot)
        assert len(rings) == 1
        await press(pilot, "d", gap=1.0)
        assert len(rings) == 2


async def test_a_click_on_a_tab_gives_it_the_keys(session: Session, sandbox: SandboxServer):
    fill_with_samples(sandbox)
    async with running(session) as (app, pilot):
        await settled(pilot)
        await pilot.click("#--content-tab-jobs")
        await settled(pilot)
        press_at_once(pilot, "j", "j")
        await settled(pilot)
        assert app.tabs.active == "jobs"
        assert app.jobs_pane.table.cursor_row == 2


async def test_keys_on_another_tab_do_not_wait_for_a_send(session: Session, held_check: HeldCheck):
    async with running(session) as (app, pilot):
        press_at_once(pilot, *str(held_check.path), "enter", "ctrl+s")
        await settled(pilot, besides=("check",))
        assert app.create_pane.send_waits
        app.action_show_tab("jobs")
        press_at_once(pilot, *"/ab")
        await settled(pilot, besides=("check",))
        assert app.jobs_pane.filter_bar.text == "ab"
        held_check.goes_on.set()
        await settled(pilot)
        assert not app.screen.is_modal
        assert app.jobs_pane.filter_bar.text == "ab"


async def test_an_app_is_at_work_while_any_widget_deep_down_handles_something():
    held = asyncio.Event()
    inner = Vertical()
    app = OrderedApp[None]()
    async with app.run_test():
        await app.mount(Vertical(Vertical(inner)))
        await settled_plainly(app)
        assert not is_at_work(app)
        inner.call_next(held.wait)
        for _ in range(20):
            await asyncio.sleep(0)
        was_at_work = is_at_work(app)
        held.set()
        assert was_at_work


async def settled_plainly(app: OrderedApp[None]) -> None:
    async with asyncio.timeout(PATIENCE):
        while is_at_work(app):
            await asyncio.sleep(0)
