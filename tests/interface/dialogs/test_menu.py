"""A choice among a few things, and one line of text."""

from tests.interface.dialog_host import UNANSWERED, DialogHost

from fttui.interface.kit.keys import KeyLine
from fttui.interface.screens.menu import Menu, MenuItem
from fttui.interface.screens.prompt import Prompt
from settling import press, settled

ITEMS = (
    MenuItem("none", "fine-tuned model", why_not="The job has none yet.", key="m"),
    MenuItem("id", "id", "ftjob-1", key="i"),
    MenuItem("curl", "curl", "curl " + "x" * 200, key="u"),
)


async def _answer(dialog: Menu | Prompt, *keys: str) -> object:
    app = DialogHost(dialog)
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, *keys)
        await settled(pilot)
        return app.answer


async def test_enter_takes_the_first_line_that_can_be_chosen() -> None:
    assert await _answer(Menu("Copy", ITEMS), "enter") == "id"


async def test_a_letter_chooses_its_line_at_once() -> None:
    assert await _answer(Menu("Copy", ITEMS), "u") == "curl"


async def test_esc_chooses_nothing() -> None:
    assert await _answer(Menu("Copy", ITEMS), "escape") is None


async def test_a_line_that_cannot_be_chosen_says_why_and_stays() -> None:
    app = DialogHost(Menu("Copy", ITEMS))
    async with app.run_test() as pilot:
        await settled(pilot)
        await press(pilot, "m")
        await settled(pilot)
        assert app.answer is UNANSWERED
        assert app.screen.query_one(KeyLine).sentence == "The job has none yet."


async def test_what_is_typed_is_answered_without_blanks_at_its_ends() -> None:
    assert await _answer(Prompt("Note", "Note", "good"), "space", "r", "space", "enter") == "good r"


async def test_a_text_with_a_problem_is_not_taken() -> None:
    dialog = Prompt("Note", "Note", check=lambda text: "" if text == "ab" else "Type ab.")
    assert await _answer(dialog, "a", "enter") is UNANSWERED
    assert await _answer(dialog_of_ab(), "a", "enter", "b", "enter") == "ab"


def dialog_of_ab() -> Prompt:
    return Prompt("Note", "Note", check=lambda text: "" if text == "ab" else "Type ab.")


async def test_tab_completes_the_last_word_and_goes_through_what_fits() -> None:
    words = ["alpha", "alps", "beta"]
    once = Prompt("Labels", "Labels", "beta al", suggestions=words)
    assert await _answer(once, "tab", "enter") == "beta alpha"
    twice = Prompt("Labels", "Labels", "beta al", suggestions=words)
    assert await _answer(twice, "tab", "tab", "enter") == "beta alps"
