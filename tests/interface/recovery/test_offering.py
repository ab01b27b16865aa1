"""What was left open is offered, at the start and by a key, and looking at it changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from tests.interface.recovery.conftest import OpenRun
from tests.interface.recovery.left_open import EarlierRun
from tests.interface.seen import say_yes, toast, words
from textual.widgets import Button

from faults.harness import Truth, hasty
from faults.proxy import FaultProxy
from fttui.interface.app import OpenAIInterfaceFT
from fttui.services.session import Session
from settling import press, press_at_once, settled, until


async def test_what_was_left_open_is_the_first_screen_and_the_focus_is_on_later(
    earlier: EarlierRun, open_run: OpenRun
):
    earlier.file()
    earlier.unanswered()
    async with open_run() as it:
        assert it.is_listed
        for said in (
            "Left open by an earlier run",
            "gpt-4o-mini-2024-07-18 · refused",
            "is uploaded",
            "gpt-4o-mini-2024-07-18 · unanswered",
            "was never answered; there may be a job",
            "Nothing is sent or deleted until you choose it.",
        ):
            assert said in it.shown
        assert it.offered == [
            *("Create the job", "Delete the file", "Forget"),
            *("Look again", "Send again", "Forget"),
        ]
        assert it.app.focused is it.app.screen.query_one("#recovery-later", Button)
        await it.press("enter")
        assert not it.app.screen.is_modal
        assert it.app.focused is not None
        await it.press("u")
        assert not it.is_listed  # it is text in the field that has the focus
        await it.press("f3", "u")
        await it.until(lambda: len(it.offered) == 6)
        assert it.app.focused is it.app.screen.query_one("#recovery-later", Button)
        await it.press("escape")
        assert not it.app.screen.is_modal
        assert it.changes() == {}


async def test_arrows_and_letters_walk_through_the_buttons(earlier: EarlierRun, open_run: OpenRun):
    earlier.file()
    async with open_run() as it:
        for there, back in (("right", "left"), ("down", "up"), ("j", "k")):
            await it.press(there)
            assert it.app.focused is it.buttons()[0]
            await it.press(back)
            assert it.app.focused is it.app.screen.query_one("#recovery-later")
        await it.press("q")
        assert not it.app.screen.is_modal
        assert it.app.is_running


@pytest.mark.parametrize(("things", "said"), [(1, "One thing was"), (2, "2 things were")])
async def test_who_types_at_the_start_is_told_and_not_stopped(
    earlier: EarlierRun,
    open_session: Callable[..., Session],
    fault_proxy: FaultProxy,
    things: int,
    said: str,
):
    for _ in range(things):
        earlier.file()
    app = OpenAIInterfaceFT(open_session(fault_proxy.base_url, hasty()))
    async with app.run_test() as pilot:
        press_at_once(pilot, *"data")
        await settled(pilot)
        assert f"{said} left open by an earlier run. Press u to see." in toast(app)
        assert not app.screen.is_modal
        assert app.create_pane.query_one("#field-training").value == "data"
        await press(pilot, "f3", "u")
        await until(pilot, lambda: words(app).count("Delete the file") == things)


async def test_nothing_is_offered_where_nothing_is_open(open_run: OpenRun):
    async with open_run() as it:
        assert not it.app.screen.is_modal
        assert toast(it.app) == ""
        await it.press("f3", "u")
        await it.until(lambda: "Nothing is left open." in it.shown)
        assert "Looking for what was left open" not in it.shown
        await it.press("enter")
        assert not it.app.screen.is_modal


async def test_without_a_key_the_list_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, fault_proxy: FaultProxy, earlier: EarlierRun
):
    earlier.file()
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    session = Session.open(environ=os.environ)
    app = OpenAIInterfaceFT(session)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "escape", "f3", "u")
        await until(pilot, lambda: "Without a key there is nothing to go on with." in words(app))
        assert "is uploaded" not in words(app)
    session.close()


async def test_a_journal_that_cannot_be_read_is_told_in_the_list(open_run: OpenRun):
    async with open_run() as it:
        it.app.session.journal.close()
        await it.press("f3", "u")
        await it.until(lambda: "Looking for" not in it.shown)
        assert "Nothing is left open." not in it.shown
        assert "journal" in it.shown


async def test_what_another_fttui_works_on_has_no_buttons(
    earlier: EarlierRun, open_run: OpenRun, open_session: Callable[..., Session]
):
    busy = earlier.unanswered()
    lock = open_session().journal.lock(busy)
    assert lock.acquire()
    async with open_run() as it:
        assert "Another fttui is working on it." in it.shown
        assert it.offered == []
        lock.release()
        await it.press("escape", "f3", "u")
        await it.until(lambda: len(it.offered) == 3)


async def test_a_file_that_a_later_job_uses_is_not_offered(
    earlier: EarlierRun, open_run: OpenRun, truth: Truth
):
    earlier.file()
    (file,) = truth.files()
    earlier.confirmed(file.raw_id)
    async with open_run() as it:
        assert it.offered == [
            *("Create the job", "Delete the file", "Forget"),
            *("Create the job", "Forget"),
        ]
        await it.choose("Create the job", 1)
        await say_yes(it.pilot)
        await it.until_told("Job ftjob-")
        assert it.creates == 1
        await it.press("u")
        await it.until(lambda: "Nothing is left open." in it.shown)
    assert [job.training_file for job in truth.jobs()] == [file.raw_id]
