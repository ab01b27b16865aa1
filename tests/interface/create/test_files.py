"""The two files of the form: typed, checked, stopped, compared, refused."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.interface.create.create_app import example, form, write_examples
from tests.interface.held_check import HeldCheck

from fttui.services.session import Session


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_examples(tmp_path / "good.jsonl")


async def test_errors_keep_a_file_from_being_sent_and_warnings_do_not(
    session: Session, tmp_path: Path, good: Path
):
    bad = tmp_path / "bad.jsonl"
    bad.write_text(good.read_text() + '{"messages": [{"role": "user", "content": "?"}]}\n')
    async with form(session) as it:
        await it.choose(bad)
        assert it.shown_message("training").startswith("✗ 1 error")
        assert it.reason == "1 error in the training file: ctrl+r shows them."
        assert not it.can_send
        await it.choose(write_examples(tmp_path / "few.jsonl", 12))
        assert it.shown_message("training").startswith("! No errors, ")
        assert it.can_send
        await it.choose(good)
        assert it.shown_message("training").startswith("✓ No errors · 60 examples")
        assert it.reason == "ctrl+s sends"


async def test_what_is_no_file_is_refused_with_a_sentence(session: Session, tmp_path: Path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    refusals = {"missing.jsonl": "no such file", "folder": "a folder", "pipe": "a named pipe"}
    async with form(session) as it:
        for name, said in refusals.items():
            await it.choose(tmp_path / name)
            assert said in it.file().message
            assert it.file().message.startswith("✗ ")
            assert it.reason == it.file().check.refusal


async def test_a_path_is_understood_as_shells_and_file_managers_write_it(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    good = write_examples(tmp_path / "my data.jsonl")
    async with form(session) as it:
        for typed in ("~/my data.jsonl", f"'{good}'", f"file://{good}".replace(" ", "%20")):
            await it.choose(typed)
            assert it.file().path == good
            assert it.can_send


async def test_leaving_the_field_takes_a_typed_path_as_enter_does(session: Session, good: Path):
    async with form(session) as it:
        await it.paste(str(good))
        assert it.reason == "Press Enter to take the typed training file."
        await it.press("tab")
        await it.checked()
        assert it.can_send


async def test_a_running_check_is_stopped_by_escape_and_by_another_choice(
    session: Session, good: Path, held_check: HeldCheck
):
    async with form(session) as it:
        it.besides = ("check",)
        await it.paste(str(held_check.path))
        await it.press("enter")
        await it.until(lambda: it.file().check.progress is not None)
        assert "% of " in it.file().message
        assert "being checked" in it.reason
        await it.press("escape")
        assert "was stopped" in it.file().message
        assert not it.can_send
        it.besides = ()
        await it.settle()
        assert "was stopped" in it.file().message
        it.besides = ("check",)
        await it.press("enter")
        await it.until(lambda: it.file().check.running)
        await it.choose(good)
        it.besides = ()
        await it.settle()
        assert it.shown_message("training").startswith("✓ No errors · 60 examples")


async def test_the_two_files_are_compared_whichever_is_chosen_first(
    session: Session, good: Path, tmp_path: Path
):
    other = tmp_path / "other.jsonl"
    other.write_text("".join(json.dumps(example(number)) + "\n" for number in range(50, 80)))

    async with form(session) as it:

        def counts(field: str = "validation") -> Any:
            report = it.file(field).check.report
            return report.counts if report else {}

        await it.choose(other, "validation")
        assert "shared-example" not in counts()
        await it.choose(good)
        await it.until(lambda: "shared-example" in counts())
        assert counts()["shared-example"] == 10
        await it.choose(good, "validation")
        await it.until(lambda: "same-file" in counts("training"))


async def test_ids_and_empty_fields_need_no_check_and_odd_names_are_sent_by_their_bytes(
    session: Session, tmp_path: Path
):
    raw = os.fsencode(tmp_path) + b"/\x1b]0;x\x07[red]caf\xe9.jsonl"
    with open(raw, "wb") as out:
        out.write(write_examples(tmp_path / "plain.jsonl").read_bytes())
    path = Path(os.fsdecode(raw))
    async with form(session) as it:
        await it.paste("file-abc123")
        await it.press("enter")
        await it.until(lambda: it.can_send)
        assert "not checked here" in it.file().message
        it.app.utils.checks.choose("training", path)
        await it.until(lambda: it.file().path == path)
        await it.checked()
        assert it.file().value.endswith("␛]0;x␇[red]caf\\xe9.jsonl")
        assert it.can_send
        await it.choose(tmp_path / "missing.jsonl", "validation")
        assert not it.can_send
        await it.press("ctrl+u", "enter")
        await it.until(lambda: it.can_send)
        assert it.file("validation").message == ""
