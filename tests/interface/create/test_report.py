"""From the verdict to the line at fault, and to a repaired copy, by keys alone."""

import json
from pathlib import Path

import pytest
from tests.interface.create.create_app import Form, example, form, write_examples
from tests.interface.held_check import HeldCheck
from tests.interface.seen import toast
from textual.widgets import Static

from fttui.interface.kit.lines import LineView, plain_text
from fttui.interface.messages import FileEdited
from fttui.interface.screens.check_report import CheckReport
from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.preview import ExamplePreview
from fttui.interface.screens.problem_table import ProblemTable
from fttui.interface.screens.save_copy import SaveCopy, free_name
from fttui.interface.screens.split_file import SplitFile
from fttui.services.session import Session


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    lines = [json.dumps(example(number)) for number in range(40)]
    lines[11] = lines[11].replace('"assistant"', '"asistant"')
    lines[20] = '{"messages": [1,}'
    lines[30] = lines[29]
    lines[35:35] = ["", ""]
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    return path


async def to_report(it: Form, path: Path) -> CheckReport:
    await it.choose(path)
    await it.press("ctrl+r")
    report = it.app.screen
    assert isinstance(report, CheckReport)
    return report


def lines_of(it: Form, selector: str) -> list[str]:
    return [plain_text(line) for line in it.app.screen.query_one(selector, LineView).lines]


async def until_read(it: Form, place: str) -> None:
    await it.until(lambda: place in str(it.app.screen.query_one("#example-place").render()))


async def test_the_report_leads_from_the_verdict_to_the_line_with_its_part_marked(
    session: Session, bad: Path
):
    async with form(session) as it:
        await it.press("ctrl+r")
        assert not isinstance(it.app.screen, CheckReport)
        report = await to_report(it, bad)
        verdict = str(report.query_one("#report-verdict").render())
        assert verdict.startswith("✗ 2 errors, ")
        table = report.query_one(ProblemTable)
        shown = [table.get_row(key) for key in table.rows]
        rules = [row[1] for row in shown if row[0].endswith("×")]
        assert {"json-syntax", "message-role", "duplicate-example"} <= set(rules)
        assert rules.index("message-role") < rules.index("duplicate-example")
        assert ["12", "messages[2].role"] in [row[:2] for row in shown]
        while table.problem is None or table.problem.rule != "message-role":
            await it.press("j")
        detail = lines_of(it, "#report-detail")
        assert "message-role · line 12, messages[2].role" in detail
        assert any(line.startswith('Fix: write "assistant"') for line in detail)
        await it.press("enter")
        assert isinstance(it.app.screen, ExamplePreview)
        await until_read(it, "bad.jsonl · line 12 of 42 · messages[2].role")
        marked = [line for line in lines_of(it, "#example") if line.startswith("▸")]
        assert [line.split() for line in marked] == [["▸", '"role":', '"asistant",']]
        await it.press("n")
        await until_read(it, "line 13 of 42")
        assert not any(line.startswith("▸") for line in lines_of(it, "#example"))
        await it.press("p", "escape")
        assert it.app.screen is report
        await it.press("escape")
        assert it.app.focused is it.file().control_widget


async def test_the_numbers_show_tokens_roles_and_cost(session: Session, tmp_path: Path):
    async with form(session) as it:
        await to_report(it, write_examples(tmp_path / "good.jsonl"))
        numbers = " ".join("\n".join(lines_of(it, "#report-numbers")).split())
        assert it.app.focused is it.app.screen.query_one("#report-numbers")
        for text in (
            "user 60",
            "by cl100k_base, exact by the sum checked against a bill",
            "█",
            "$8 per million",
            "SHA-256",
        ):
            assert text in numbers
        await it.press("tab")
        assert it.app.focused is it.app.screen.query_one(ProblemTable)


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_no_number_is_cut_at_the_edge_of_a_narrow_window(
    session: Session, tmp_path: Path, size: tuple[int, int]
):
    async with form(session, size) as it:
        await to_report(it, write_examples(tmp_path / "good.jsonl"))
        numbers = it.app.screen.query_one("#report-numbers", LineView)
        assert max(len(plain_text(line)) for line in numbers.lines) <= numbers.line_width
        before = len(numbers.lines)
        await it.pilot.resize_terminal(200, 50)
        await it.press("tab", "tab")
        assert len(numbers.lines) < before


async def test_tab_is_labelled_by_the_page_that_it_goes_to(session: Session, bad: Path):
    async with form(session) as it:
        report = await to_report(it, bad)
        for page in ("Numbers", "Problems", "Numbers"):
            keys = [active.binding for active in report.active_bindings.values()]
            assert [key.description for key in keys if key.key == "tab"] == [page]
            await it.press("tab")


async def test_a_copy_is_offered_only_of_a_file_that_it_can_mend(
    session: Session, bad: Path, tmp_path: Path
):
    few = write_examples(tmp_path / "few.jsonl", 20)
    async with form(session) as it:
        for path, offered, why in (
            (write_examples(tmp_path / "good.jsonl"), False, "the file breaks no rule"),
            (few, False, "can mend nothing of this"),
            (bad, True, ""),
        ):
            report = await to_report(it, path)
            labels = [active.binding.description for active in report.active_bindings.values()]
            assert ("Repair or convert" in labels) == offered
            await it.press("f")
            assert isinstance(it.app.screen, SaveCopy) == offered
            assert (why in toast(it.app)) if why else not toast(it.app)
            await it.press("escape")
            it.app.clear_notifications()


async def test_from_the_empty_field_of_the_validation_file_it_is_the_training_files_report(
    session: Session, bad: Path
):
    async with form(session) as it:
        await it.choose(bad)
        it.app.set_focus(it.file("validation").control_widget)
        await it.press("ctrl+r")
        assert isinstance(it.app.screen, CheckReport)


async def test_a_repaired_copy_never_overwrites_and_is_told_and_taken(session: Session, bad: Path):
    before = bad.read_bytes()
    bad.with_name("bad.fixed.jsonl").write_text("precious")
    copy = bad.with_name("bad.fixed-2.jsonl")
    async with form(session) as it:
        await to_report(it, bad)
        await it.press("f")
        dialog = it.app.screen
        assert isinstance(dialog, SaveCopy)
        for name, refusal in (
            (str(bad), "✗ bad.jsonl exists already"),
            ("copy.txt", "end in .jsonl"),
            ("-", "end in .jsonl"),
            ("x" * 300 + ".jsonl", "the name is too long"),
            ("missing/x.jsonl", "There is no folder"),
            ("/dev/null", "✗ null is a device"),
        ):
            await it.press("ctrl+u")
            await it.paste(name)
            assert refusal in str(dialog.query_one("#copy-problem").render())
            await it.press("enter")
            assert it.app.screen is dialog
        await it.press("ctrl+u")
        await it.paste(str(copy))
        await it.press("enter")
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        facts = "\n".join(str(fact.render()) for fact in it.app.screen.query(".fact-value"))
        for done in ("byte order mark removed", "2 blank lines removed", "1 duplicate example"):
            assert done in facts
        await it.say_yes()
        await it.until(lambda: it.file().path == copy)
        await it.checked()
        assert bad.read_bytes() == before
        assert bad.with_name("bad.fixed.jsonl").read_text() == "precious"
        await it.press("ctrl+r", "f")
        # Nothing is left in the copy that another one would mend.
        assert isinstance(it.app.screen, CheckReport)
        assert free_name(copy).name == "bad.fixed-2.fixed.jsonl"


async def test_a_file_that_was_edited_is_checked_anew_and_the_cursor_stays_at_its_rule(
    session: Session, bad: Path
):
    bad.write_bytes(bad.read_bytes().replace(b'"assistant"', b'"asistant"', 1))
    async with form(session) as it:
        report = await to_report(it, bad)
        await it.press("E")
        assert "needs a terminal" in toast(it.app)
        table = report.query_one(ProblemTable)
        while table.problem is None or (table.problem.rule, table.problem.line) != (
            "message-role",
            12,
        ):
            await it.press("j")
        shown = report.file_in_view()
        assert (shown.path, shown.line) == (bad, 12)
        await it.press("enter")
        bad.write_bytes(bad.read_bytes().replace(b"asistant", b"assistant", 1))
        it.app.post(FileEdited(bad))
        await it.until(lambda: {one.line for one in report.report.errors} == {12, 21})
        await until_read(it, "line 12 of 42")
        assert not it.app.screen.query_one("#example-problem").display
        await it.press("escape")
        assert table.problem is not None and table.problem.line == 12
        assert str(report.query_one("#report-verdict").render()).startswith("✗ 2 errors, ")
        good = write_examples(bad.with_name("good.jsonl")).read_bytes()
        bad.write_bytes(good)
        it.app.post(FileEdited(bad))
        await it.until(lambda: report.report.ok)
        assert it.app.focused is report.query_one("#report-numbers")
        assert it.file().check.report is report.report


async def test_examples_are_shown_as_chats_with_the_tokens_of_each_message(
    session: Session, tmp_path: Path
):
    async with form(session) as it:
        await to_report(it, write_examples(tmp_path / "good.jsonl"))
        await it.press("e")
        await until_read(it, "line 1 of 60 · 35 tokens")
        lines = lines_of(it, "#example")
        assert lines[0].strip() == "system · 11 tokens"
        assert "    You answer about the town library." in lines
        await it.press("tab")
        assert '"messages": [' in "".join(lines_of(it, "#example"))
        await it.press("n", "tab")
        await until_read(it, "line 2 of 60 · 35 tokens")
        assert "  user · 10 tokens" in lines_of(it, "#example")


async def test_a_file_is_split_and_both_parts_go_into_the_form(session: Session, tmp_path: Path):
    path = write_examples(tmp_path / "good.jsonl")
    (tmp_path / "good.validation.jsonl").write_text("precious")
    async with form(session) as it:
        await to_report(it, path)
        await it.press("s")
        dialog = it.app.screen
        assert isinstance(dialog, SplitFile)

        def told() -> str:
            lines = dialog.query(".columns-line").results(Static)
            return " | ".join(str(line.render()) for line in lines)

        await it.until(lambda: "54 examples" in told())
        assert told() == (
            "54 examples to train on: good.train-2.jsonl | "
            "6 examples to validate with: good.validation-2.jsonl"
        )
        await it.press("ctrl+u", "9", "9", "9", "enter")
        assert it.app.screen is dialog
        assert "below 100" in str(dialog.query_one("#split-problem").render())
        await it.press("ctrl+u", "2", "5")
        await it.until(lambda: "15 examples" in told())
        await it.press("enter")
        await it.say_yes()
        validation = tmp_path / "good.validation-2.jsonl"
        await it.until(lambda: it.file("validation").path == validation)
        assert it.file().path == tmp_path / "good.train-2.jsonl"
        await it.checked("validation")
        assert it.file("validation").check.report.examples == 15
        assert (tmp_path / "good.validation.jsonl").read_text() == "precious"
        assert it.app.is_at_rest


@pytest.mark.parametrize("is_still_waited_for", [True, False])
async def test_a_report_that_is_asked_for_during_the_check_opens_when_it_is_done(
    session: Session, held_check: HeldCheck, is_still_waited_for: bool
):
    async with form(session) as it:
        it.besides = ("check",)
        await it.paste(str(held_check.path))
        await it.press("enter", "ctrl+r")
        assert toast(it.app) == "The report opens when the check is done."
        if not is_still_waited_for:
            await it.press("tab")
        held_check.goes_on.set()
        it.besides = ()
        await it.settle()
        assert isinstance(it.app.screen, CheckReport) is is_still_waited_for


async def test_a_file_that_another_program_has_changed_is_known_to_be_another(
    session: Session, bad: Path
):
    async with form(session) as it:
        await it.choose(bad)
        checks = it.app.utils.checks
        assert not checks.is_outdated(bad)
        bad.rename(bad.with_name("kept.jsonl")).with_name("new").write_bytes(b"{}")
        bad.with_name("new").rename(bad)
        assert checks.is_outdated(bad) and not checks.is_outdated(bad.with_name("kept.jsonl"))
