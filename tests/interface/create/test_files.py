"""The two files of the form: typed, checked, stopped, compared, refused."""

import asyncio
import dataclasses
import json
import os
from pathlib import Path

import pytest
from tests.interface.create.create_app import example, form, write_examples

from fttui.services.session import Session


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_examples(tmp_path / "good.jsonl")


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file whose check takes a second or more, quickly made."""
    block = write_examples(tmp_path / "block.jsonl", 4_000).read_bytes()
    path = tmp_path / "big.jsonl"
    with path.open("wb") as out:
        for _ in range(250):
            out.write(block)
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = write_examples(tmp_path / "bad.jsonl")
    with path.open("a") as out:
        out.write(json.dumps({"messages": [{"role": "user", "content": "?"}]}) + "\n")
    return path


async def test_errors_in_the_file_keep_send_disabled_and_say_where_to_look(
    session: Session, bad: Path
):
    async with form(session) as it:
        await it.choose(bad)
        assert it.shown_message("training").startswith("✗ 1 error")
        assert it.reason == "1 error in the training file: ctrl+r shows them."
        assert not it.can_send


async def test_a_profile_may_let_a_file_with_errors_be_sent(session: Session, bad: Path):
    profile = dataclasses.replace(session.endpoint.profile, allow_file_errors=True)
    session.endpoint = dataclasses.replace(session.endpoint, profile=profile)
    async with form(session) as it:
        await it.choose(bad)
        assert it.shown_message("training").startswith("! 1 error")
        assert "sent all the same" in it.shown_message("training")
        assert it.can_send


async def test_warnings_do_not_keep_a_file_from_being_sent(session: Session, tmp_path: Path):
    async with form(session) as it:
        await it.choose(write_examples(tmp_path / "few.jsonl", 12))
        assert it.shown_message("training").startswith("! No errors, ")
        assert it.can_send


@pytest.mark.parametrize(
    ("name", "said"),
    [("missing.jsonl", "no such file"), ("folder", "a folder"), ("pipe", "a named pipe")],
)
async def test_what_is_no_file_is_refused_with_a_sentence(
    session: Session, tmp_path: Path, name: str, said: str
):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    async with form(session) as it:
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


async def test_escape_stops_a_check_and_enter_begins_it_again(session: Session, big: Path):
    async with form(session) as it:
        await it.paste(str(big))
        await it.press("enter")
        await it.until(lambda: it.file().check.progress is not None)
        assert "MB/s" in it.file().message or "% of" in it.file().message
        assert "being checked" in it.reason
        await it.press("escape")
        assert "was stopped" in it.file().message
        assert not it.can_send
        await asyncio.sleep(0.3)
        assert "was stopped" in it.file().message
        await it.press("enter")
        assert it.file().check.running
        await it.press("escape")


async def test_a_new_choice_takes_the_place_of_a_running_check(
    session: Session, good: Path, big: Path
):
    async with form(session) as it:
        await it.paste(str(big))
        await it.press("enter")
        await it.choose(good)
        assert it.shown_message("training").startswith("✓ No errors · 60 examples")
        await asyncio.sleep(0.3)
        assert it.shown_message("training").startswith("✓ No errors · 60 examples")


async def test_the_same_file_twice_is_told_beside_the_training_file(session: Session, good: Path):
    async with form(session) as it:
        await it.choose(good)
        await it.choose(good, "validation")
        await it.until(lambda: it.file().check.report.validation is not None)
        assert "same-file" in it.file().check.report.counts


async def test_shared_examples_are_found_whichever_file_is_chosen_first(
    session: Session, good: Path, tmp_path: Path
):
    other = tmp_path / "other.jsonl"
    other.write_text("".join(json.dumps(example(number)) + "\n" for number in range(50, 80)))
    async with form(session) as it:
        await it.choose(other, "validation")
        assert it.file("validation").check.report.counts.get("shared-example") is None
        await it.choose(good)
        shared = lambda: it.file("validation").check.report  # noqa: E731
        await it.until(lambda: shared() is not None and "shared-example" in shared().counts)
        assert shared().counts["shared-example"] == 10


async def test_the_id_of_a_file_on_the_endpoint_needs_no_check(session: Session):
    async with form(session) as it:
        await it.paste("file-abc123")
        await it.press("enter")
        assert it.can_send
        assert "not checked here" in it.file().message


async def test_an_emptied_validation_file_is_no_obstacle(session: Session, good: Path):
    async with form(session) as it:
        await it.choose(good)
        await it.choose(good.with_name("missing.jsonl"), "validation")
        assert not it.can_send
        await it.press("ctrl+u", "enter")
        assert it.file("validation").message == ""
        assert it.can_send


async def test_a_hostile_name_is_shown_safely_and_sent_by_its_bytes(
    session: Session, tmp_path: Path
):
    raw = os.fsencode(tmp_path) + b"/\x1b]0;x\x07[red]caf\xe9.jsonl"
    with open(raw, "wb") as out:
        out.write(write_examples(tmp_path / "plain.jsonl").read_bytes())
    path = Path(os.fsdecode(raw))
    async with form(session) as it:
        it.app.utils.choose_file("training", path)
        await it.until(lambda: it.file().path == path)
        await it.checked()
        assert it.file().value.endswith("␛]0;x␇[red]caf\\xe9.jsonl")
        assert it.file().path == path
        assert it.can_send
