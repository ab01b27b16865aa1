"""The form on a server of one's own, which trains with open models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.interface.create.create_app import form, write_examples
from tests.service.serve.conftest import MODEL, Place

from fttui.interface.screens.confirm import Confirm
from fttui.services.session import Session


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        found = Place(tmp_path, stack)
        found.start()
        yield found


@pytest.fixture
def own(place: Place, open_session: Callable[..., Session]) -> Session:
    assert place.server is not None
    return open_session(place.server.base_url)


async def test_the_form_takes_its_model_from_the_server_and_costs_nothing(
    place: Place, own: Session, tmp_path: Path
) -> None:
    good = write_examples(tmp_path / "good.jsonl")
    async with form(own, start_folder=tmp_path) as it:
        await it.until(lambda: it.field("model").value == MODEL)
        await it.choose(good)
        await it.press("ctrl+s")
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        facts = "\n".join(str(fact.render()) for fact in it.app.screen.query(".fact-value"))
        assert "nothing: this server bills nobody" in facts
        assert MODEL in facts


async def test_a_model_that_was_typed_stays(place: Place, own: Session) -> None:
    async with form(own) as it:
        await it.until(lambda: it.field("model").value == MODEL)
        await it.go_to("model")
        await it.press(*"other")
        served = (await own.thread.read(own.handle.list_models())).items
        it.pane.offer_models(tuple(served))
        await it.settle()
        assert it.field("model").value == "other"
