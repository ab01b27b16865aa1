"""What the screen says of keys: which goes where, why one cannot be used, and never the key."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from tests.interface.jobs.jobs_host import screen_text
from textual.pilot import Pilot

from echoing_endpoint import Echoing, echoing_endpoint
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.screens.first_run import FirstRun
from fttui.services.session import Session
from fttui.storage.credentials import key_file, store_key
from fttui.storage.secrets import Secret
from settling import press, settled, until

KEY = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1a"


@pytest.fixture
def place() -> Iterator[Echoing]:
    with echoing_endpoint() as place:
        yield place


@asynccontextmanager
async def running(
    session: Session, size: tuple[int, int] = (80, 24), *, demo: bool = False
) -> AsyncIterator[tuple[OpenAIInterfaceFT, Pilot[str]]]:
    app = OpenAIInterfaceFT(session, demo=demo)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield app, pilot
    session.close()


def line(app: OpenAIInterfaceFT) -> str:
    return str(app.connection.render())


async def test_the_line_on_top_says_which_key_goes_where(place: Echoing) -> None:
    environ = {**os.environ, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": place.base_url}
    session = Session.open(environ=environ)
    async with running(session) as (app, _):
        host = session.endpoint.host
        assert line(app) == f" fttui OPENAI_BASE_URL · OPENAI_API_KEY -> {host} · key …{KEY[-4:]}"
        assert KEY[:8] not in screen_text(app)


async def test_the_line_of_a_demo_names_the_host_alone(place: Echoing) -> None:
    environ = {**os.environ, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": place.base_url}
    session = Session.open(environ=environ)
    async with running(session, demo=True) as (app, _):
        assert f"trains nothing {session.endpoint.host} · key" in line(app)
        assert "OPENAI_API_KEY" not in line(app)


@pytest.mark.parametrize("why", ["can be read by others", "was kept for https://other.example"])
async def test_a_kept_key_that_is_not_used_is_told_with_the_reason(
    place: Echoing, why: str
) -> None:
    session = Session.open(environ={"OPENAI_BASE_URL": place.base_url})
    origin = "https://other.example" if "other.example" in why else session.endpoint.origin
    store_key("openai", origin, Secret(KEY), where="file")
    if "others" in why:
        key_file("openai").chmod(0o644)
    session = Session.open(environ={"OPENAI_BASE_URL": place.base_url})
    async with running(session, (120, 40)) as (app, pilot):
        assert isinstance(app.screen, FirstRun)
        shown = " ".join(screen_text(app).split())
        assert "There is no usable API key" in shown and why in shown
        assert "No API key was found" not in shown
        assert f"Type a key for {session.endpoint.host}, for this session" in shown
        await press(pilot, "f")
        assert "Pas de clé API utilisable" in screen_text(app)
        await press(pilot, "escape")
        assert line(app) == f" fttui OPENAI_BASE_URL · no key -> {session.endpoint.host}"
        assert place.requests == []


async def test_a_key_that_comes_back_is_neither_on_the_screen_nor_copied(place: Echoing) -> None:
    environ = {**os.environ, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": place.base_url}
    session = Session.open(environ=environ)
    async with running(session, (120, 40)) as (app, pilot):
        await press(pilot, "f3")
        await until(pilot, lambda: "ftjob-1" in screen_text(app))
        seen = screen_text(app)
        await press(pilot, "Y")
        seen += screen_text(app)
        assert "'•••' is not a usual id" in seen
        await press(pilot, "escape", "j", "y")
        seen += screen_text(app)
        for keys in (("g", "enter"), ("2",), ("3",), ("4",)):
            await press(pilot, *keys)
            seen += screen_text(app)
        assert "Bad key ••• in line 3" in seen
        assert not any(KEY[at : at + 8] in seen for at in range(len(KEY) - 7))
        assert app.utils.copying._clipboard is None, "the id that is a key was not copied"
