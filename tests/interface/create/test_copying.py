"""From a file in another format to a copy that can be sent, by keys alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.interface.create.create_app import Form, form, write_examples
from tests.interface.seen import asked, facts, toast, words
from textual.widgets import Static

import fttui.training_data.repair_plan as planning
from fttui.interface.kit.lines import LineView, plain_text
from fttui.interface.screens.check_report import CheckReport
from fttui.interface.screens.choose_columns import ChooseColumns
from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.save_copy import SaveCopy
from fttui.services.session import Session
from fttui.training_data.check import Progress
from settling import later, press_at_once


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A file of turns from a human and from gpt."""
    turns = [
        [{"from": "human", "value": f"Where is shelf {n}?"}, {"from": "gpt", "value": f"Up {n}."}]
        for n in range(12)
    ]
    return write(tmp_path / "shared.jsonl", [{"conversations": each} for each in turns])


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Rows whose columns only a person can tell apart."""
    return write(
        tmp_path / "rows.jsonl",
        [{"utterance": f"Where is {n}?", "reply": f"Up {n}.", "note": "x"} for n in range(12)],
    )


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Plans are made only while it is set."""
    opened, plan_of = threading.Event(), planning.plan_of

    def waiting(*args: Any, **options: Any) -> Any:
        opened.wait()
        return plan_of(*args, **options)

    monkeypatch.setattr(planning, "plan_of", waiting)
    yield opened
    opened.set()


async def report_of(it: Form, path: Path, *keys: str) -> CheckReport:
    await it.choose(path)
    await it.press("ctrl+r")
    report = it.app.screen
    assert isinstance(report, CheckReport)
    await it.press(*keys)
    return report


def to_do(report: CheckReport) -> str:
    return str(report.query_one("#report-to-do", Static).render())


def lines_of(it: Form, selector: str) -> list[str]:
    return [plain_text(line) for line in it.app.screen.query_one(selector, LineView).lines]


async def test_the_report_says_first_what_to_do_with_the_key_as_it_is_bound(
    session: Session, shared: Path
):
    async with form(session) as it:
        it.app.set_keymap({"report.repair": "F"})
        report = await report_of(it, shared)
        first, second = to_do(report).splitlines()
        assert first == "1 thing can be repaired for you: F"
        assert second == "ShareGPT: conversations → messages, human → user, gpt → assistant"
        assert "Fix: convert a copy: F" in lines_of(it, "#report-detail")
        await it.press("F")
        assert isinstance(it.app.screen, SaveCopy)


async def test_a_good_file_has_nothing_to_do(session: Session, tmp_path: Path):
    async with form(session) as it:
        report = await report_of(it, write_examples(tmp_path / "good.jsonl"))
        assert not report.query_one("#report-to-do").display


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (120, 40)])
async def test_the_line_stands_under_the_problem_with_a_caret_and_its_own_fix_in_sight(
    session: Session, tmp_path: Path, size: tuple[int, int]
):
    path = write_examples(tmp_path / "bad.jsonl", 60)
    lines = path.read_text().splitlines()
    lines[7] = lines[7].replace('"assistant"', "'assistant'")
    path.write_text("\n".join(lines) + "\n")
    async with form(session, size) as it:
        report = await report_of(it, path, "j")
        await later(it.pilot, 0.1)  # the pane grows with the next frame
        shown = lines_of(it, "#report-detail")
        at = next(index for index, line in enumerate(shown) if line.strip() == "^")
        excerpt, caret = shown[at - 1], shown[at].index("^")
        assert excerpt[caret] == "'"
        assert any(line.startswith("Fix: ") for line in shown[at + 1 :])
        detail = report.query_one("#report-detail", LineView)
        assert len(shown) <= detail.size.height
        assert report.query_one("#problem-table").size.height >= 3


async def test_a_conversion_is_shown_before_it_is_written_and_then_taken(
    session: Session, shared: Path
):
    before = shared.read_bytes()
    async with form(session) as it:
        await report_of(it, shared, "f")
        assert isinstance(it.app.screen, SaveCopy)
        assert "Conversion of ShareGPT: conversations → messages, human → user" in words(it.app)
        assert "shared.jsonl stays as it is." in words(it.app)
        changes = lines_of(it, "#copy-changes")
        assert [line[:3] for line in changes] == ["1 -", "  +", "2 -", "  +", "3 -", "  +"]
        assert '{"conversations": [{"from": "human"' in changes[0]
        assert '{"messages":[{"role":"user"' in changes[1]
        await it.press("enter")
        await asked(it.pilot)
        assert facts(it.app)["Result"] == "12 lines corrected, no error is left."
        await it.say_yes()
        copy = shared.with_name("shared.fixed.jsonl")
        await it.until(lambda: it.file().path == copy)
        await it.checked()
        assert it.file().check.report is not None
        assert it.file().check.report.ok
        assert shared.read_bytes() == before
        assert json.loads(copy.read_text().splitlines()[0])["messages"][0] == {
            "role": "user",
            "content": "Where is shelf 0?",
        }


async def test_a_tall_window_shows_more_of_each_line(session: Session, shared: Path):
    async with form(session, (120, 40)) as it:
        await report_of(it, shared, "f")
        changes = lines_of(it, "#copy-changes")
        assert len(changes) > 6
        assert changes[-1].endswith("}]}")


async def test_who_knows_the_columns_is_asked_for_them_and_sees_the_first_row(
    session: Session, rows: Path
):
    async with form(session) as it:
        report = await report_of(it, rows)
        assert to_do(report).splitlines() == [
            "1 thing to change in the file as a whole",
            "rows with the columns utterance, reply, note: f asks which column is which",
        ]
        await it.press("f")
        dialog = it.app.screen
        assert isinstance(dialog, ChooseColumns)
        problem = dialog.query_one("#columns-problem", Static)
        assert "Choose a column for user:" in str(problem.render())
        assert dialog.mapping is None
        await it.press("enter")
        assert it.app.screen is dialog
        await it.press("right")
        assert dialog.mapping is not None
        assert dialog.mapping.words == "utterance → user, reply → assistant"
        assert "user: Where is 0?\nassistant: Up 0.\nleft out: note" in words(it.app)
        await it.press("enter")
        assert isinstance(it.app.screen, SaveCopy)
        assert "utterance → user, reply → assistant" in words(it.app)
        await it.press("enter")
        await asked(it.pilot)
        first = rows.with_name("rows.fixed.jsonl").read_text().splitlines()[0]
        assert [each["content"] for each in json.loads(first)["messages"]] == [
            "Where is 0?",
            "Up 0.",
        ]


async def test_one_column_cannot_be_two_things(session: Session, rows: Path):
    async with form(session) as it:
        await report_of(it, rows, "f")
        dialog = it.app.screen
        assert isinstance(dialog, ChooseColumns)
        await it.press("right", "right", "enter")
        assert "✗ One column is chosen twice." in words(it.app)
        assert it.app.screen is dialog
        await it.press("escape")
        assert isinstance(it.app.screen, CheckReport)


async def test_a_system_prompt_may_have_a_column_too(session: Session, rows: Path):
    async with form(session) as it:
        await report_of(it, rows, "f", "right", "down", "down", "left")
        dialog = it.app.screen
        assert isinstance(dialog, ChooseColumns)
        assert dialog.mapping is not None
        assert dialog.mapping.words.endswith("note → system")
        assert "system: x\nuser: Where is 0?" in words(it.app)


async def test_what_a_row_holds_cannot_steer_the_terminal(session: Session, tmp_path: Path):
    hostile = "\x1b[2Jword [/x]"
    path = write(
        tmp_path / "rows.jsonl",
        [{hostile: f"{hostile} {n}", "b [/]": f"{hostile}, {n}"} for n in range(12)],
    )
    async with form(session) as it:
        await report_of(it, path, "f", "right", "down", "right", "right")
        assert isinstance(it.app.screen, ChooseColumns)
        painted = "\n".join(
            strip.text for strip in it.app.screen._compositor.render_strips(it.app.size)
        )
        assert "\x1b" not in painted
        assert "word [/x]" in painted
        await it.press("enter")
        assert isinstance(it.app.screen, SaveCopy)


async def test_what_cannot_be_converted_is_told_with_what_to_do(session: Session, tmp_path: Path):
    path = write(
        tmp_path / "kto.jsonl",
        [{"prompt": f"q {n}", "completion": f"a {n}", "label": n % 2 == 0} for n in range(12)],
    )
    async with form(session) as it:
        report = await report_of(it, path, "f")
        assert it.app.screen is report
        assert "KTO cannot be converted for you: a label says good or bad" in toast(it.app)
        assert "KTO: a label says good or bad" in to_do(report).replace("\n", " ")


async def test_a_table_that_cannot_be_converted_leaves_the_report_with_what_to_do(
    session: Session, tmp_path: Path
):
    path = tmp_path / "text.csv"
    rows = "".join(f"{n},<|im_start|>user where is {n}\n" for n in range(12))
    path.write_text("id,text\n" + rows)
    async with form(session) as it:
        report = await report_of(it, path, "f")
        assert it.app.screen is report
        assert "cannot be converted for you: a text does not say who speaks" in toast(it.app)


async def test_a_file_that_became_another_since_its_check_is_told_as_what_it_is(
    session: Session, shared: Path
):
    async with form(session) as it:
        report = await report_of(it, shared)
        write(shared, [{"prompt": "q", "completion": "a", "label": True}] * 12)
        await it.press("f")
        assert it.app.screen is report
        assert "KTO cannot be converted for you: a label says good or bad" in toast(it.app)


async def test_a_table_says_in_the_field_how_it_becomes_examples(session: Session, tmp_path: Path):
    path = tmp_path / "desk.csv"
    path.write_text("question,answer\n" + "".join(f"Where is {n}?,Up {n}.\n" for n in range(12)))
    async with form(session) as it:
        await it.choose(path)
        assert it.file().message.startswith("✗ the file is a CSV table")
        assert it.file().message.endswith(": ctrl+r shows how to convert it")
        await it.press("ctrl+r", "f")
        assert isinstance(it.app.screen, SaveCopy)
        assert "question → user, answer → assistant" in words(it.app)
        await it.press("enter")
        await it.say_yes()
        await it.until(lambda: it.file().path == tmp_path / "desk.fixed.jsonl")
        await it.checked()
        assert it.file().check.report is not None
        assert it.file().check.report.ok


async def test_a_binary_file_is_one_sentence_in_the_field(session: Session, tmp_path: Path):
    path = tmp_path / "train.jsonl"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    async with form(session) as it:
        await it.choose(path)
        assert it.file().message.startswith("✗ the file is a picture: give ")


async def test_a_folder_is_one_sentence_in_the_field(session: Session, tmp_path: Path):
    async with form(session) as it:
        await it.choose(tmp_path)
        assert "is a folder, not a file" in it.file().message


async def test_keys_typed_ahead_wait_for_the_name_of_the_copy(
    session: Session, shared: Path, gate: threading.Event
):
    async with form(session) as it:
        it.besides = ("plan-copy",)
        report = await report_of(it, shared)
        press_at_once(it.pilot, "f", "enter")
        await it.settle()
        assert it.app.screen is report
        gate.set()
        it.besides = ()
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        assert shared.with_name("shared.fixed.jsonl").exists()


async def test_escape_takes_back_a_plan_that_is_on_its_way(
    session: Session, shared: Path, gate: threading.Event
):
    async with form(session) as it:
        it.besides = ("plan-copy",)
        report = await report_of(it, shared, "f")
        await it.press("escape")
        assert it.app.screen is report
        assert not report.keys_wait
        gate.set()
        it.besides = ()
        await it.settle()
        assert it.app.screen is report
        await it.press("f")
        assert isinstance(it.app.screen, SaveCopy)


async def test_a_plan_that_cannot_be_made_leaves_the_report_with_a_sentence(
    session: Session, shared: Path
):
    async with form(session) as it:
        report = await report_of(it, shared)
        shared.unlink()
        await it.press("f")
        assert it.app.screen is report
        assert toast(it.app).startswith("No copy")
        assert "no such file" in toast(it.app)


async def test_the_field_tells_how_far_the_copy_is_and_escape_ends_it(
    session: Session, shared: Path, monkeypatch: pytest.MonkeyPatch
):
    import fttui.training_data.repair as repairing

    opened, repair = threading.Event(), repairing.repair

    def halfway(*args: Any, **options: Any) -> Any:
        options["progress"](Progress(50, 100, 1.0, 0))
        opened.wait()
        return repair(*args, **options)

    monkeypatch.setattr(repairing, "repair", halfway)
    async with form(session) as it:
        it.besides = ("repair",)
        await report_of(it, shared, "f", "enter")
        await it.until(lambda: it.file().message.startswith("Copy "))
        assert "50 %" in it.file().message
        assert it.file().message.endswith("Esc stops")
        it.file().show_copying(shared.with_name("another.jsonl"), Progress(60, 100, 1.0, 0))
        assert it.file().message.startswith("✗ ShareGPT")
        await it.press("escape")
        opened.set()
        it.besides = ()
        await it.until(lambda: "The copy was given up" in toast(it.app))
        assert it.file().message.startswith("✗ ShareGPT: ctrl+r shows how")
        assert sorted(shared.parent.glob("*fixed*")) == []
