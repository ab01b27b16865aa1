"""Ids of files in the form, as other servers give them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.interface.create.create_app import form

from fttui.services.session import Session
from recording_endpoint import Recorded, Recording, a_file, recording_endpoint
from waiting import PATIENCE


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    monkeypatch.chdir(tmp_path)
    with recording_endpoint() as place:
        yield place


@pytest.fixture
def session(place: Recording) -> Iterator[Session]:
    environ = {"OPENAI_API_KEY": "sk-of-the-test", "OPENAI_BASE_URL": place.base_url}
    session = Session.open(environ=environ)
    yield session
    session.close()


@pytest.mark.parametrize("word", ["file_smg1", "id:LV", "497f6eca-6276-4993-bfeb-53cbbbba6f08"])
async def test_an_id_is_taken_as_it_is(session: Session, place: Recording, word: str):
    async with form(session) as it:
        await it.paste(word)
        await it.press("enter")
        await it.until(lambda: it.can_send)
        assert it.file().file_id == word.removeprefix("id:")
        assert not any("files/" in call for call in place.calls())


async def test_a_word_is_asked_of_the_endpoint_and_both_readings_are_told(
    session: Session, place: Recording
):
    place.answers["GET files/LX"] = 404, {"error": {"message": "No such File"}}
    async with form(session) as it:
        await it.paste("LX")
        await it.press("enter")
        await it.until(lambda: bool(it.file().check.refusal))
        assert "no file LX here" in it.file().check.refusal and "id:LX" in it.file().check.refusal
        assert not it.can_send and it.file().file_id == ""
        place.answers.clear()
        await it.press("enter")  # it is there by now
        await it.until(lambda: it.can_send)
        assert it.file().file_id == "LX"
        await it.press("backspace")
        assert it.file().file_id == "" and not it.can_send


async def test_a_known_id_makes_none_of_the_next_word(session: Session, place: Recording):
    async with form(session) as it:
        await it.paste("file-abc")
        await it.press("enter")
        await it.until(lambda: it.can_send)
        await it.press("ctrl+u")
        await it.paste("missing.jsonl")
        await it.press("enter")
        await it.until(lambda: bool(it.file().check.refusal))
        assert it.file().file_id == "" and not it.can_send
        assert not any("files/" in call for call in place.calls())


async def test_an_answer_for_a_word_that_is_gone_changes_nothing(
    session: Session, place: Recording
):
    held = threading.Event()

    def answer(request: Recorded) -> tuple[int, object]:
        held.wait(PATIENCE)
        return 200, a_file("LX")

    place.answers["GET files/LX"] = answer
    async with form(session) as it:
        it.besides = ("ask-training",)
        await it.paste("LX")
        await it.press("enter")
        await it.until(lambda: bool(place.of("GET files/LX")))
        assert "Checking" in it.file().message
        await it.press("escape")
        assert "stopped" in it.file().check.refusal
        held.set()
        await it.until(lambda: not any(w.group == "ask-training" for w in it.app.workers))
        assert "stopped" in it.file().check.refusal and it.file().file_id == ""
