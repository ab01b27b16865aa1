"""What the profile of another server asks of a job, in the form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.interface.create.create_app import form, write_examples
from textual.widgets import Static

from fttui.interface.first_frame import connection_words
from fttui.interface.screens.confirm import Confirm
from fttui.services.session import Session
from recording_endpoint import Recording, recording_endpoint

MODEL = "gpt-4.1-mini-2025-04-14"


@pytest.fixture
def place() -> Iterator[Recording]:
    with recording_endpoint() as place:
        yield place


@pytest.fixture
def opened(place: Recording, tmp_path: Path) -> Iterator[Callable[[str], Session]]:
    with ExitStack() as stack:

        def open_one(more: str) -> Session:
            config = tmp_path / "config.toml"
            config.write_text(
                f'[profiles.lab]\nbase_url = "{place.base_url}"\ndefault_model = "{MODEL}"\n{more}'
            )
            session = Session.open(config=config, profile="lab", environ={"LAB_KEY": "ollama"})
            stack.callback(session.close)
            return session

        yield open_one


async def test_a_suffix_that_is_needed_is_asked_for_and_the_estimate_waits_for_none(
    opened: Callable[[str], Session], tmp_path: Path
):
    session = opened('api_key = "none"\nsuffix = "needed"\n')
    async with form(session) as it:
        await it.choose(write_examples(tmp_path / "train.jsonl"))
        assert not it.can_send and "profile lab needs it" in it.reason
        assert "60 examples" in it.text("#create-estimate")
        await it.go_to("suffix")
        await it.paste("desk")
        await it.until(lambda: it.can_send)


async def test_what_the_profile_sends_beside_is_confirmed(
    opened: Callable[[str], Session], place: Recording, tmp_path: Path
):
    session = opened(
        'api_key = "none"\nhyperparameters = { lora_r = 8 }\nextra_body = { device = "n300" }\n'
    )
    async with form(session) as it:
        await it.choose(write_examples(tmp_path / "train.jsonl"))
        await it.press("ctrl+s")
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        shown = " ".join(str(one.render()) for one in it.app.screen.query(Static))
        for words in ("lora_r", "8", "device", "n300"):
            assert words in shown


def test_a_dummy_key_is_shown_whole_on_the_line_of_the_connection(
    opened: Callable[[str], Session],
) -> None:
    _title, words = connection_words(opened('api_key_env = "LAB_KEY"\n'), demo=False)
    assert "key ollama" in words
    _title, words = connection_words(opened('api_key = "none"\n'), demo=False)
    assert words[1].startswith("no key -> ") and not any("key none" in word for word in words)


def test_the_line_of_the_connection_tells_whose_account_it_is_in_what_room_there_is(
    opened: Callable[[str], Session],
) -> None:
    names = 'organization = "org-AbCdEfGhIjKl"\nproject = "proj_MnOpQrStUv"\n'
    session = opened(f'api_key_env = "LAB_KEY"\n{names}')
    host = session.endpoint.host
    name = session.endpoint.profile.name
    route, key = f"LAB_KEY -> {host}", "key ollama"
    whole = [name, route, "org org-AbCdEfGhIjKl", "project proj_MnOpQrStUv", key]
    brief = [name, route, "org …IjKl", "project …StUv", key]
    assert connection_words(session, demo=False, width=200)[1] == whole
    assert connection_words(session, demo=False, width=73)[1] == brief
    assert connection_words(session, demo=False, width=65)[1] == [name, host, *brief[2:]]
