"""The confirmation: nothing but a deliberate yes counts as one."""

import os
from typing import Any

import pytest
from tests.interface.dialog_host import UNANSWERED, DialogHost
from textual.geometry import Region
from textual.widgets import Button, Input, Static

from fttui.interface.guard.terminal_input import ResilientParser
from fttui.interface.kit.keys import KeyLine
from fttui.interface.screens.confirm import DEAF_SECONDS, Confirm
from settling import later, press, press_at_once, settled


def confirm(**options: object) -> Confirm:
    facts = [("Job", "ftjob-a1b2"), ("Name", "ft:gpt-3.5-turbo:acme::x1")]
    return Confirm("Cancel Job", facts, "Cancel it?", "Cancel the job", **options)  # type: ignore[arg-type]


def hint(app: DialogHost) -> str:
    return str(app.dialog.query_one(KeyLine).render())


async def test_the_safe_answer_has_the_focus_and_enter_takes_it():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        assert app.focused is app.dialog.query_one("#confirm-no")
        await press(pilot, "enter")
        assert app.answer is False


async def test_tab_and_enter_say_yes():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        await press(pilot, "tab", "enter")
        assert app.answer is True


async def test_an_arrow_reaches_the_other_answer_too():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        await press(pilot, "right", "enter")
        assert app.answer is True


async def test_escape_goes_back():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        await press(pilot, "escape")
        assert app.answer is False


async def test_keys_typed_before_it_could_be_read_are_thrown_away_and_told():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        press_at_once(pilot, "tab", "enter", "right", "enter")
        await settled(pilot)
        await press(pilot, "tab", "enter", gap=DEAF_SECONDS / 3)
        assert app.answer is UNANSWERED
        assert app.focused is app.dialog.query_one("#confirm-no")
        assert hint(app).startswith("Early keys were thrown away.  ⏎ Choose")
        await later(pilot, DEAF_SECONDS)
        await press(pilot, "tab", "enter")
        assert app.answer is True


async def test_escape_goes_back_even_before_it_could_be_read():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        press_at_once(pilot, "tab", "enter", "escape")
        await settled(pilot)
        assert app.answer is False


async def test_an_enter_that_came_with_other_keys_is_no_yes_and_is_told():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        press_at_once(pilot, "tab", "enter")
        await settled(pilot)
        assert app.answer is UNANSWERED
        assert app.focused is app.dialog.query_one("#confirm-yes")
        assert hint(app).startswith("Enter in a burst is no yes.  ⏎ Choose")
        await press(pilot, "enter")
        assert app.answer is True


async def test_a_fact_that_comes_late_takes_the_place_of_what_was_told():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        app.dialog.post_message(Confirm.Fact("Name", "[b]another\x1b[c"))
        await settled(pilot)
        values = [str(each.render()) for each in app.dialog.query(".fact-value")]
        assert values == ["ftjob-a1b2", "[b]another␛[c"]


async def test_no_letter_is_an_answer():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        await press(pilot, *"yYnjo", "space")
        assert app.answer is UNANSWERED


async def test_a_click_that_comes_too_early_is_ignored():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.click("#confirm-yes")
        await settled(pilot)
        assert app.answer is UNANSWERED


async def test_a_click_counts_once_the_question_has_been_seen():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        await pilot.click("#confirm-yes")
        await settled(pilot)
        assert app.answer is True


async def test_yes_needs_the_text_to_be_typed_where_one_is_asked_for():
    app = DialogHost(confirm(danger=True, must_type="a1b2"))
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        yes = app.dialog.query_one("#confirm-yes", Button)
        await press(pilot, "shift+tab")
        assert isinstance(app.focused, Input)
        await press(pilot, *"a1b")
        assert yes.disabled
        await press(pilot, "enter")
        assert app.answer is UNANSWERED
        await press(pilot, "2")
        assert not yes.disabled
        await press(pilot, "enter")
        assert app.answer is UNANSWERED
        assert app.focused is yes
        await press(pilot, "enter")
        assert app.answer is True


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_question_and_answers_stay_in_sight_and_the_facts_scroll(size: tuple[int, int]):
    facts = [(f"Fact {number}", "value " * 20) for number in range(30)]
    app = DialogHost(Confirm("Title", facts, "Really?", "Yes", must_type="abcd", warning="Mind."))
    async with app.run_test(size=size) as pilot:
        await later(pilot, DEAF_SECONDS)
        screen = Region(0, 0, *size)
        for selector in ("#confirm-no", "#confirm-yes", "#confirm-text", ".dialog-question"):
            region = app.dialog.query_one(selector).region
            assert region.area and screen.contains_region(region)
        await press(pilot, "pagedown", "down")
        assert app.dialog.query_one("#confirm").scroll_y > 1


async def test_facts_are_shown_letter_for_letter():
    hostile = "x[/] [@click=app.bell]y[/] \x1b[c \u202e"
    app = DialogHost(Confirm(hostile, [(hostile, hostile)], hostile, hostile, hostile))
    async with app.run_test() as pilot:
        await settled(pilot)
        shown = [str(static.render()) for static in app.dialog.query(Static)]
        expected = "x[/] [@click=app.bell]y[/] ␛[c <U+202E>"
        assert shown.count(expected) == 4
        assert os.linesep not in expected


async def test_letters_reach_the_field_of_a_destructive_question_wherever_the_focus_is():
    app = DialogHost(confirm(must_type="a1b2", danger=True))
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        assert app.focused is app.dialog.query_one("#confirm-no")
        await press(pilot, "a", "1", "b", "2")
        assert app.dialog.query_one("#confirm-text", Input).value == "a1b2"
        await press(pilot, "enter", "enter")
        assert app.answer is True


async def test_a_window_too_small_to_read_it_in_takes_no_yes():
    app = DialogHost(confirm())
    async with app.run_test(size=(40, 8)) as pilot:
        await later(pilot, DEAF_SECONDS)
        await press(pilot, "tab", "enter")
        assert app.answer is UNANSWERED
        assert hint(app).startswith("This window is too small to read it.")
        await pilot.resize_terminal(80, 24)
        await later(pilot, 1.0)
        await press(pilot, "enter")
        assert app.answer is True


async def test_a_click_in_one_burst_with_a_key_is_no_yes():
    app = DialogHost(confirm())
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        press_at_once(pilot, "a")
        await pilot.click("#confirm-yes")
        await settled(pilot)
        assert app.answer is UNANSWERED
        await later(pilot, 1.0)
        await pilot.click("#confirm-yes")
        await settled(pilot)
        assert app.answer is True


@pytest.mark.parametrize("where", ["list", "field"])
async def test_a_key_that_moves_by_words_is_escape_and_a_letter_where_no_text_is(where: str):
    app = DialogHost(confirm(must_type="abcd") if where == "field" else confirm())
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        if where == "field":
            await press(pilot, "a", "b")
        (key,) = ResilientParser().feed("\x1bb")
        app.post_message(key)
        await settled(pilot)
        assert app.answer is (UNANSWERED if where == "field" else False)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_a_dialog_is_painted_at_its_height_from_the_first_time_on(size: tuple[int, int]):
    facts = [(f"fact {number}", "value " * 5) for number in range(12)]
    dialog = Confirm("Create", facts, "Really?", "Yes", warning="It is gone. " * 9)
    app = DialogHost(dialog)
    painted, paint = [], app._display

    def display(screen: Any, renderable: Any) -> None:
        if dialog.query(".dialog-foot"):
            parts = (".dialog-box", ".dialog-warning", ".dialog-foot")
            painted.append(tuple(dialog.query_one(part).region for part in parts))
        paint(screen, renderable)

    app._display = display  # type: ignore[method-assign]
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
    assert len(set(painted)) == 1
    box, warning, foot = painted[0]
    assert box.contains_region(warning)
    assert warning.bottom <= foot.y
