"""The confirmation: nothing but a deliberate yes counts as one."""

import os

import pytest
from tests.interface.dialog_host import UNANSWERED, DialogHost, press_slowly
from textual.events import Key
from textual.geometry import Region
from textual.widgets import Button, Input, Static

from fttui.interface.dialogs.confirm import DEAF_SECONDS, Confirm

AWAKE = DEAF_SECONDS + 0.05


def confirm(**options: object) -> Confirm:
    facts = [("Job", "ftjob-a1b2"), ("Name", "ft:gpt-3.5-turbo:acme::x1")]
    return Confirm("Cancel Job", facts, "Cancel it?", "Cancel the job", **options)  # type: ignore[arg-type]


def press_at_once(app: DialogHost, *keys: str) -> None:
    """Hand keys to the app as one read of the terminal does: all before any is handled."""
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))


async def test_the_safe_answer_has_the_focus_and_enter_takes_it():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await pilot.pause(AWAKE)
        assert app.focused is app.dialog.query_one("#confirm-no")
        await press_slowly(pilot, "enter")
        assert app.answer is False


async def test_tab_and_enter_say_yes():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await pilot.pause(AWAKE)
        await press_slowly(pilot, "tab", "enter")
        assert app.answer is True


async def test_an_arrow_reaches_the_other_answer_too():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await pilot.pause(AWAKE)
        await press_slowly(pilot, "right", "enter")
        assert app.answer is True


async def test_escape_goes_back():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await pilot.pause(AWAKE)
        await press_slowly(pilot, "escape")
        assert app.answer is False


async def test_it_is_deaf_for_its_first_moment(monkeypatch: pytest.MonkeyPatch):
    # A longer moment than the real one, so that a slow machine cannot let it pass.
    monkeypatch.setattr("fttui.interface.dialogs.confirm.DEAF_SECONDS", 60.0)
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await pilot.pause()
        press_at_once(app, "tab", "enter", "escape", "right", "enter")
        await pilot.pause()
        assert app.answer is UNANSWERED
        assert app.focused is app.dialog.query_one("#confirm-no")


async def test_keys_that_arrive_in_one_read_never_say_yes():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await pilot.pause(AWAKE)
        press_at_once(app, "tab", "enter")
        await pilot.pause(0.1)
        assert app.answer is UNANSWERED


async def test_no_letter_is_an_answer():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await pilot.pause(AWAKE)
        await press_slowly(pilot, *"yYnjo", "space")
        assert app.answer is UNANSWERED


async def test_a_click_that_comes_too_early_is_ignored(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fttui.interface.dialogs.confirm.DEAF_SECONDS", 60.0)
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.click("#confirm-yes")
        await pilot.pause()
        assert app.answer is UNANSWERED


async def test_a_click_counts_once_the_question_has_been_seen():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await pilot.pause(AWAKE)
        await pilot.click("#confirm-yes")
        await pilot.pause()
        assert app.answer is True


async def test_yes_needs_the_text_to_be_typed_where_one_is_asked_for():
    app = DialogHost(confirm(danger=True, must_type="a1b2"))
    async with app.run_test() as pilot:
        await pilot.pause(AWAKE)
        yes = app.dialog.query_one("#confirm-yes", Button)
        await press_slowly(pilot, "shift+tab")
        assert isinstance(app.focused, Input)
        await press_slowly(pilot, *"a1b")
        assert yes.disabled
        await press_slowly(pilot, "enter")
        assert app.answer is UNANSWERED
        await press_slowly(pilot, "2")
        assert not yes.disabled
        await press_slowly(pilot, "enter")
        assert app.answer is UNANSWERED
        assert app.focused is yes
        await press_slowly(pilot, "enter")
        assert app.answer is True


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_question_and_answers_stay_in_sight_and_the_facts_scroll(size: tuple[int, int]):
    facts = [(f"Fact {number}", "value " * 20) for number in range(30)]
    app = DialogHost(Confirm("Title", facts, "Really?", "Yes", must_type="abcd", warning="Mind."))
    async with app.run_test(size=size) as pilot:
        await pilot.pause(AWAKE)
        screen = Region(0, 0, *size)
        for selector in ("#confirm-no", "#confirm-yes", "#confirm-text", ".dialog-question"):
            region = app.dialog.query_one(selector).region
            assert region.area and screen.contains_region(region)
        await press_slowly(pilot, "pagedown", "down")
        assert app.dialog.query_one("#confirm").scroll_y > 1


async def test_facts_are_shown_letter_for_letter():
    hostile = "x[/] [@click=app.bell]y[/] \x1b[c \u202e"
    app = DialogHost(Confirm(hostile, [(hostile, hostile)], hostile, hostile, hostile))
    async with app.run_test() as pilot:
        await pilot.pause()
        shown = [str(static.render()) for static in app.dialog.query(Static)]
        expected = "x[/] [@click=app.bell]y[/] ␛[c <U+202E>"
        assert shown.count(expected) == 4
        assert os.linesep not in expected


async def test_letters_reach_the_field_of_a_destructive_question_wherever_the_focus_is():
    app = DialogHost(confirm(must_type="a1b2", danger=True))
    async with app.run_test() as pilot:
        await pilot.pause(AWAKE)
        assert app.focused is app.dialog.query_one("#confirm-no")
        await press_slowly(pilot, "a", "1", "b", "2")
        assert app.dialog.query_one("#confirm-text", Input).value == "a1b2"
        await press_slowly(pilot, "enter", "enter")
        assert app.answer is True
