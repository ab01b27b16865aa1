"""The last line of every screen: keys and what they do, from the bindings, in one look."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from tests.interface.dialog_host import DialogHost
from tests.interface.jobs.jobs_host import NOW, make_events, make_job, screen_text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.jobs.details import JobDetails
from fttui.interface.kit.inputs import AnswerButton
from fttui.interface.kit.keys import MOST_KEYS, KeyLine, Waits
from fttui.interface.screens.check_report import CheckReport
from fttui.interface.screens.choose_columns import ChooseColumns
from fttui.interface.screens.confirm import DEAF_SECONDS, Confirm
from fttui.interface.screens.copied_text import CopiedText
from fttui.interface.screens.file_picker import FilePicker
from fttui.interface.screens.first_run import FirstRun
from fttui.interface.screens.guide import KeyPlace
from fttui.interface.screens.help import Help
from fttui.interface.screens.preview import ExamplePreview
from fttui.interface.screens.recovery import RecoveryList
from fttui.interface.screens.save_copy import SaveCopy
from fttui.services.job_files import NO_FILES
from fttui.services.job_history import JobHistory
from fttui.services.retirement_clock import RetirementClock
from fttui.training_data.check import check_file
from fttui.training_data.files import open_checked
from fttui.training_data.profile import Recognition
from fttui.training_data.repair_plan import plan_of
from settling import later, press, settled

FACTS = [("Job", "ftjob-a1b2")]


class Host(DialogHost):
    """A dialog over the smallest app that has help."""

    def __init__(self, make: Callable[[], Screen[Any]]) -> None:
        super().__init__(Screen())
        self._make = make
        facts = SimpleNamespace(files_of=lambda _job: NO_FILES, cost_of=lambda _job: None)
        self.utils = SimpleNamespace(job_facts=facts)

    def on_mount(self) -> None:  # Textual calls the base's after it
        self.dialog = self._make()

    def action_help(self) -> None:
        self.push_screen(Help(KeyPlace()))

    def action_quit(self) -> None:  # type: ignore[override]
        self.exit()


def example(folder: Path) -> Path:
    path = folder / "train.jsonl"
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]
    path.write_text((json.dumps({"messages": turns}) + "\n") * 12)
    return path


def details(_: Path) -> Screen[Any]:
    return JobDetails(
        make_job(1), JobHistory(make_events(9, 9)), clock=lambda: NOW, retirement=RetirementClock()
    )


def report(folder: Path) -> Screen[Any]:
    path = example(folder)
    return CheckReport(path, check_file(path), [], lambda *_: None)


def copy(folder: Path) -> Screen[Any]:
    path = example(folder)
    with open_checked(path) as file:
        return SaveCopy(path, plan_of(file), check_file(path))


def columns(_: Path) -> Screen[Any]:
    found = Recognition("rows", "", None, is_certain=False, columns=("a", "b"))
    return ChooseColumns("rows.jsonl", found, {"a": "x", "b": "y"}, lambda *_: None)


SCREENS: dict[str, Callable[[Path], Screen[Any]]] = {
    "confirm": lambda _: Confirm("Cancel Job", FACTS, "Cancel it?", "Cancel the job"),
    "typed": lambda _: Confirm("Cancel Job", FACTS, "Sure?", "Cancel", must_type="a1b2"),
    "picker": lambda folder: FilePicker(folder),
    "report": report,
    "preview": lambda folder: ExamplePreview(example(folder)),
    "copy": copy,
    "columns": columns,
    "recovery": lambda _: RecoveryList(None, lambda *_: None),
    "first-run": lambda _: FirstRun(KeyPlace("api.example.com")),
    "copied": lambda _: CopiedText("some text"),
    "help": lambda _: Help(KeyPlace()),
    "details": details,
}
"""Every screen that stands in front of the tabs."""


def line_of(screen: Screen[Any]) -> KeyLine:
    return screen.query_one(KeyLine)


def text_of(screen: Screen[Any]) -> str:
    return str(line_of(screen).render()).rstrip()


async def in_front(pilot: Any) -> Screen[Any]:
    await settled(pilot)
    await later(pilot, DEAF_SECONDS)
    return pilot.app.screen  # type: ignore[no-any-return]


@pytest.mark.parametrize("size", [(60, 16), (80, 24)], ids=["60x16", "80x24"])
@pytest.mark.parametrize("name", SCREENS)
async def test_each_screen_names_its_way_back_and_help_in_its_last_line(
    name: str, size: tuple[int, int], tmp_path: Path
):
    app = Host(lambda: SCREENS[name](tmp_path))
    async with app.run_test(size=size) as pilot:
        screen = await in_front(pilot)
        line = line_of(screen)
        assert line.region.y == size[1] - 1
        assert line.region.height == 1
        text = screen_text(app).split("\n")[-1].strip()
        assert 2 <= len(line.keys) <= MOST_KEYS
        assert len(text) <= line.size.width
        assert "esc " in text
        if name != "help":
            assert text.endswith(("? Help", "f1 Help"))
        assert all(f"{each.display} {each.meaning}" in text for each in line.keys)


@pytest.mark.parametrize("name", [name for name in SCREENS if name != "help"])
async def test_f1_shows_help_on_each_screen_and_its_own_keys_first(name: str, tmp_path: Path):
    app = Host(lambda: SCREENS[name](tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        dialog = await in_front(pilot)
        await press(pilot, "f1")
        assert isinstance(app.screen, Help)
        assert app.screen._commands[0].group == dialog.TITLE
        assert dialog.TITLE
        await press(pilot, "f1")
        assert app.screen is dialog


@pytest.mark.parametrize("name", ["confirm", "report", "preview", "recovery", "copied", "details"])
async def test_where_no_text_is_typed_a_question_mark_shows_help_too(name: str, tmp_path: Path):
    app = Host(lambda: SCREENS[name](tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await in_front(pilot)
        await press(pilot, "question_mark")
        assert isinstance(app.screen, Help)
        await press(pilot, "question_mark")
        assert app.screen is app.dialog


@pytest.mark.parametrize(
    ("name", "field"),
    [("picker", "#path-input"), ("copy", "#copy-name"), ("typed", "#confirm-text")],
)
async def test_where_text_is_typed_no_letter_is_named_as_a_key_and_each_is_text(
    name: str, field: str, tmp_path: Path
):
    app = Host(lambda: SCREENS[name](tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await in_front(pilot)
        assert text_of(screen).endswith("f1 Help")
        assert not [
            each for each in line_of(screen).keys if len(each.display) == 1 and each.key != "enter"
        ]
        before = screen.query_one(field, Input).value
        await press(pilot, "question_mark")
        assert screen.query_one(field, Input).value == f"{before}?"
        assert app.screen is screen


async def test_the_field_of_a_key_makes_letters_text_and_leaving_it_makes_them_keys_again():
    app = Host(lambda: FirstRun(KeyPlace("api.example.com")))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await in_front(pilot)
        assert text_of(screen).startswith("t Sandbox  i Key")
        await press(pilot, "i")
        assert text_of(screen) == "^q Quit  esc Without a key  f1 Help"
        await press(pilot, "escape")
        assert text_of(screen).startswith("t Sandbox")


class Many(Dialog[None]):
    """More keys than there is room for, one of them for what cannot be done now."""

    TITLE = "Many"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(f"f{n}", f"note({n})", f"Action {n}", id=f"many.{n}") for n in range(5, 12)),
        Binding("x,f12", "never", "Never", id="many.never"),
        Binding("H", "hidden", "Hidden", id="many.hidden"),
        Binding("escape,q", "dismiss(None)", "Back", id="many.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.done: list[int] = []

    def compose(self) -> ComposeResult:
        yield AnswerButton("Yes")
        yield KeyLine()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return {"never": None, "hidden": False}.get(action, True)

    def action_note(self, number: int) -> None:
        self.done.append(number)


async def test_six_keys_are_named_the_nearest_first_and_back_and_help_at_the_end():
    app = Host(Many)
    async with app.run_test(size=(120, 24)) as pilot:
        screen = await in_front(pilot)
        assert (
            text_of(screen) == "⏎ Choose  f5 Action 5  f6 Action 6  f7 Action 7  esc Back  ? Help"
        )


async def test_only_whole_keys_are_named_where_room_is_short():
    app = Host(Many)
    async with app.run_test(size=(60, 16)) as pilot:
        screen = await in_front(pilot)
        line_of(screen).show_sentence("A sentence of thirty letters.")
        assert text_of(screen) == "A sentence of thirty letters.  ⏎ Choose  esc Back  ? Help"
        line_of(screen).show_sentence("")
        assert "Action 6" in text_of(screen)


async def test_a_click_presses_the_key_that_is_under_it_whatever_stands_in_front():
    app = Host(Many)
    async with app.run_test(size=(120, 24)) as pilot:
        dialog: Any = await in_front(pilot)
        line = line_of(dialog)
        for sentence in ("", "日本語 says so."):
            line.show_sentence(sentence)
            await settled(pilot)
            dialog.done.clear()
            start = 1 + (17 if sentence else 0)
            for before, number in (("⏎ Choose  ", 5), ("⏎ Choose  f5 Action 5  ", 6)):
                await pilot.click(KeyLine, offset=(start + len(before), 0))
                await pilot.click(KeyLine, offset=(start + len(before) + 10, 0))
                assert dialog.done == [number, number]
                dialog.done.clear()
            await pilot.click(KeyLine, offset=(100, 0))
            if sentence:
                await pilot.click(KeyLine, offset=(2, 0))
            assert dialog.done == []


async def test_an_action_that_cannot_be_done_now_is_dim_and_one_that_is_not_there_is_not_named():
    class Few(Many):
        BINDINGS: ClassVar[list[BindingType]] = []

        def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
            return False if action == "note" else super().check_action(action, parameters)

    app = Host(Few)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await in_front(pilot)
        content = line_of(screen).render()
        assert str(content).rstrip() == "⏎ Choose  x Never  esc Back  ? Help"
        styles = {str(content)[span.start : span.end].strip(): span.style for span in content.spans}
        assert styles["x"] == styles["Never"] == "$text-disabled"
        assert "bold" in str(styles["esc"]) and "disabled" not in str(styles["esc"])


async def test_a_key_of_the_settings_is_named_and_pressed_in_a_dialog():
    app = Host(lambda: Confirm("Cancel Job", FACTS, "Cancel it?", "Cancel the job"))
    app.set_keymap({"dialog.back": "f9", "app.help": "f8", "dialog.next": "n"})
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await in_front(pilot)
        assert text_of(screen) == "⏎ Choose  n Next answer  f9 Go back  f8 Help"
        await press(pilot, "n")
        assert app.focused is screen.query_one("#confirm-yes")
        await press(pilot, "f9")
        assert app.answer is False


async def test_what_is_waited_for_stands_before_a_sentence_and_the_keys():
    app = Host(lambda: Confirm("Cancel Job", FACTS, "Cancel it?", "Cancel the job"))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await in_front(pilot)
        with Waits(app).named("api.example.com"):
            await later(pilot, 3.1)
            line_of(screen).show_sentence("A sentence.")
            assert text_of(screen).startswith("Waiting for api.example.com…  A sentence.  ⏎ Choose")
        assert text_of(screen).startswith("A sentence.  ⏎ Choose")


async def test_the_keys_of_a_tab_of_the_details_are_named_there_alone():
    app = Host(lambda: details(Path()))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await in_front(pilot)
        assert "Use checkpoint" not in text_of(screen)
        await press(pilot, "3")
        assert "Use checkpoint" in text_of(screen)
        await press(pilot, "4")
        assert "Use checkpoint" not in text_of(screen)
        focus_now(screen.query_one("#details-metrics"))


@pytest.mark.parametrize("is_opaque", [True, False])
async def test_what_changes_below_an_opaque_screen_paints_nothing(is_opaque: bool):
    class Above(Many):
        pass

    above = Above()
    app = Host(lambda: CopiedText("below"))
    async with app.run_test(size=(80, 24)) as pilot:
        below = await in_front(pilot)
        app.push_screen(above)
        await settled(pilot)
        above.styles.background = "black" if is_opaque else "black 50%"
        await settled(pilot)
        assert below.is_current is not is_opaque
        assert above.is_current
        painted: list[object] = []
        show = app._display
        app._display = lambda screen, update: (painted.append(screen), show(screen, update))  # type: ignore[method-assign, func-returns-value, assignment]
        line_of(below).show_sentence("Something is new.")
        await settled(pilot)
        assert bool(painted) is not is_opaque
        above.dismiss()
        await settled(pilot)
        assert below.is_current
        assert text_of(below).startswith("Something is new.")
