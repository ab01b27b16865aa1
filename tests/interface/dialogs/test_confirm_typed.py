"""A yes that must be typed, and what a paste may not do in a confirmation."""

from __future__ import annotations

from tests.interface.dialog_host import UNANSWERED, DialogHost
from textual.events import Paste
from textual.widgets import Button, Input

from fttui.interface.kit.keys import KeyLine
from fttui.interface.screens.confirm import DEAF_SECONDS, Confirm
from settling import key_event, later, press, settled


def asking(must_type: str | None = "a1b2") -> DialogHost:
    facts = [("Job", "ftjob-a1b2")]
    dialog = Confirm("Cancel Job", facts, "Cancel it?", "Cancel the job", must_type=must_type)
    return DialogHost(dialog)


def yes(app: DialogHost) -> Button:
    return app.dialog.query_one("#confirm-yes", Button)


def field(app: DialogHost) -> Input:
    return app.dialog.query_one("#confirm-text", Input)


def hint(app: DialogHost) -> str:
    return str(app.dialog.query_one(KeyLine).render())


async def test_nothing_but_the_typed_text_lets_yes_be_reached():
    app = asking()
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        assert yes(app).disabled
        for _ in range(3):
            await press(pilot, "tab")
            assert app.focused is not yes(app)
        assert app.focused is field(app)
        await pilot.click("#confirm-yes")
        await press(pilot, "enter")
        assert app.answer is UNANSWERED
        await press(pilot, "tab", "enter")
        assert app.answer is False


async def test_enter_on_a_wrong_text_says_what_is_wanted_and_answers_nothing():
    app = asking()
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        assert hint(app).startswith("Type it, then Enter twice.  ⏎ Choose  ")
        await press(pilot, *"a1b", "enter")
        assert hint(app).startswith("That is not it. Type a1b2.  ⏎ Go on  ")
        assert app.focused is field(app)
        await press(pilot, "enter")
        assert app.answer is UNANSWERED


async def test_the_text_counts_in_any_case_and_no_longer_once_it_is_changed():
    app = asking("aB12")
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        await press(pilot, *"Ab12", "space")
        assert not yes(app).disabled
        await press(pilot, "x")
        assert yes(app).disabled
        await press(pilot, "enter", "enter")
        assert app.answer is UNANSWERED
        await press(pilot, "backspace", "enter")
        assert app.focused is yes(app)
        await press(pilot, "enter")
        assert app.answer is True


async def test_a_paste_with_an_enter_at_its_end_is_no_yes():
    app = asking(None)
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        await press(pilot, "tab")
        assert app.focused is yes(app)
        await later(pilot, 1.0)
        app.post_message(Paste("ftjob-1"))
        app.post_message(key_event("enter"))
        await settled(pilot)
        assert app.answer is UNANSWERED
        assert hint(app).startswith("Enter in a burst is no yes.")
        await press(pilot, "enter")
        assert app.answer is True


async def test_a_pasted_text_with_its_enters_does_not_cancel_a_job():
    app = asking()
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        await press(pilot, "tab")
        assert app.focused is field(app)
        app.post_message(Paste("a1b2"))
        for _ in range(2):
            app.post_message(key_event("enter"))
        await settled(pilot)
        assert field(app).value == "a1b2"
        assert app.answer is UNANSWERED
        assert app.focused is field(app)
        await press(pilot, "enter", "enter")
        assert app.answer is True


async def test_a_letter_does_not_go_to_a_field_that_is_not_there():
    app = asking(None)
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        await press(pilot, *"a1b2")
        assert hint(app).rstrip() == "⏎ Choose  tab Next answer  esc Go back  ? Help"
        assert app.answer is UNANSWERED
        await press(pilot, "enter")
        assert app.answer is False


async def test_a_word_that_is_needed_meanwhile_takes_the_keys_off_yes():
    app = asking(must_type=None)
    async with app.run_test() as pilot:
        await later(pilot, DEAF_SECONDS)
        await press(pilot, "tab")
        assert app.focused is yes(app)
        app.dialog.post_message(Confirm.Needs("again", "There may be a job already."))
        await settled(pilot)
        assert app.focused is app.dialog.query_one("#confirm-no")
        assert yes(app).disabled
        await press(pilot, "enter")
        assert app.answer is False
