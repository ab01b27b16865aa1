"""The repaired copy: one at a time, given up by Esc, refused with a sentence, never imposed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.interface.create.create_app import Form, form, write_examples
from tests.interface.seen import asked, toast, words

import fttui.training_data.repair as repairing
from fttui.interface.actions.repair import CopyOrder
from fttui.interface.screens.check_report import CheckReport
from fttui.interface.screens.save_copy import SaveCopy
from fttui.services.session import Session
from fttui.training_data.report import Report


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A file with a duplicate and a blank line, which a repair takes out."""
    path = write_examples(tmp_path / "bad.jsonl", 40)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines, "\n", lines[0]]))
    return path


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Copies are written only while it is set."""
    opened, repair = threading.Event(), repairing.repair

    def waiting(*args: Any, **options: Any) -> Any:
        opened.wait()
        return repair(*args, **options)

    monkeypatch.setattr(repairing, "repair", waiting)
    yield opened
    opened.set()


async def save_copy(it: Form, bad: Path) -> Path:
    """Ask for the copy that is offered; its path."""
    if it.file().path != bad:
        await it.choose(bad)
    await it.press("ctrl+r")
    assert isinstance(it.app.screen, CheckReport)
    await it.press("f")
    assert isinstance(it.app.screen, SaveCopy)
    copy = bad.with_name("bad.fixed.jsonl")
    await it.press("enter")
    return copy


async def test_who_wants_no_copy_is_in_the_report_again(session: Session, bad: Path):
    async with form(session) as it:
        await it.choose(bad)
        await it.press("ctrl+r")
        await it.press("f")
        assert isinstance(it.app.screen, SaveCopy)
        await it.press("escape")
        assert isinstance(it.app.screen, CheckReport)
        await it.press("escape")
        assert not it.app.screen.is_modal


async def test_who_keeps_the_original_finds_the_copy_beside_it(session: Session, bad: Path):
    async with form(session) as it:
        copy = await save_copy(it, bad)
        await asked(it.pilot)
        assert "Use the copy as the training file?" in words(it.app)
        await it.press("enter")
        assert it.file().path == bad
        assert len(copy.read_text().splitlines()) == 40


async def test_escape_gives_the_copy_up_and_leaves_nothing_of_it(
    session: Session, bad: Path, gate: threading.Event
):
    async with form(session) as it:
        it.besides = ("repair",)
        copy = await save_copy(it, bad)
        assert "Writing the copy bad.fixed.jsonl" in toast(it.app)
        it.app.utils.repair.stop()
        gate.set()
        it.besides = ()
        await it.until(lambda: "The copy was given up; nothing of it is left." in toast(it.app))
        assert sorted(bad.parent.glob("*fixed*")) == []
        assert not it.app.screen.is_modal
        copy = await save_copy(it, bad)
        await asked(it.pilot)
        assert copy.exists()


async def test_who_went_on_typing_is_told_of_the_copy_and_not_asked(
    session: Session, bad: Path, gate: threading.Event
):
    async with form(session) as it:
        it.besides = ("repair",)
        copy = await save_copy(it, bad)
        await it.go_to("suffix")
        await it.press("x")
        gate.set()
        it.besides = ()
        await it.until(lambda: "The repaired copy is written:" in toast(it.app))
        assert copy.name in toast(it.app)
        assert "Choose it to use it." in toast(it.app)
        assert not it.app.screen.is_modal
        assert it.file().path == bad
        assert it.field("suffix").value == "x"


async def test_a_second_copy_does_not_begin_while_one_is_written(
    session: Session, bad: Path, gate: threading.Event
):
    async with form(session) as it:
        it.besides = ("repair",)
        copy = await save_copy(it, bad)
        other = bad.with_name("other.jsonl")
        it.app.utils.repair.start(CopyOrder("training", bad, other))
        gate.set()
        it.besides = ()
        await asked(it.pilot)
        assert copy.exists()
        assert not other.exists()


@pytest.mark.parametrize("way", ["taken", "vanished", "broken"])
async def test_a_copy_that_cannot_be_written_is_a_sentence_and_the_file_stays_chosen(
    session: Session,
    bad: Path,
    gate: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
):
    breaks: dict[str, Callable[[Path], object]] = {
        "taken": lambda copy: copy.write_text("precious"),
        "vanished": lambda copy: bad.unlink(),
        "broken": lambda copy: monkeypatch.setattr(repairing, "check_file", None),
    }
    async with form(session) as it:
        it.besides = ("repair",)
        copy = await save_copy(it, bad)
        breaks[way](copy)
        gate.set()
        it.besides = ()
        await it.until(lambda: toast(it.app).startswith("No copy"))
        said = {"taken": "exists", "vanished": "no such file", "broken": "The copy failed ("}
        assert said[way] in toast(it.app)
        assert not it.app.screen.is_modal
        assert it.file().path == bad
        if way != "broken":  # there the copy is whole, and only its own check failed
            assert [path.read_text() for path in bad.parent.glob("*fixed*")] == {
                "taken": ["precious"],
                "vanished": [],
            }[way]


async def test_an_error_in_the_check_is_a_sentence_in_the_form(
    session: Session, bad: Path, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: Any, **__: Any) -> Report:
        raise ZeroDivisionError

    async with form(session) as it:
        with monkeypatch.context() as patch:
            patch.setattr("fttui.training_data.check.check_file", broken)
            await it.choose(bad)
            assert "The file could not be checked (ZeroDivisionError)." in it.file().message
            assert not it.can_send
        await it.press("enter")
        await it.until(lambda: it.file().check.report is not None)
