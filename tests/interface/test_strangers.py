"""The app on servers in the shapes of others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.seen import say_yes
from textual.pilot import Pilot
from textual.widgets import Button

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.screens.confirm import Confirm
from fttui.services.endpoint.models import Job
from fttui.services.endpoint.transport import Timeouts
from fttui.services.session import Session, SessionOptions
from settling import press, settled, until
from strangers import (
    AIMOCK_404,
    CHECKPOINTS,
    EVENTS,
    JOB,
    JOBS,
    KEY,
    Stranger,
    job,
    listed,
    stranger,
)
from ticks import Ticks

Opened = tuple[OpenAIInterfaceFT, Pilot[Any], Ticks, Stranger]
Open = Callable[..., AbstractAsyncContextManager[Opened]]


@pytest.fixture
def open_app() -> Iterator[Open]:
    """Opens the app, on its list, on a server that answers so."""
    with ExitStack() as running:

        @asynccontextmanager
        async def opened(answers: Mapping[str, Any], **options: Any) -> AsyncIterator[Opened]:
            place, ticks = running.enter_context(stranger(answers, **options)), Ticks()
            environ = {"OPENAI_BASE_URL": place.base_url, "OPENAI_API_KEY": KEY}
            quick = SessionOptions(timeouts=Timeouts(tries=1, stream=0.2), rest=ticks.rest)
            session = Session.open(environ=environ, options=quick)
            running.callback(session.close)
            app = OpenAIInterfaceFT(session)
            async with app.run_test(size=(120, 40)) as pilot:
                await press(pilot, "f3")
                await until(pilot, lambda: bool(app.jobs_pane.table.jobs))
                await settled(pilot)
                yield app, pilot, ticks, place

        yield opened


def told(app: OpenAIInterfaceFT) -> str:
    return "\n".join(str(one.message) for one in app._notifications)


async def test_a_job_of_another_server_ends_in_the_list_though_its_events_fail(
    open_app: Open,
) -> None:
    answers = {
        JOBS: [listed(job("RUNNING")), listed(job("RUNNING")), listed(job("SUCCESS"))],
        JOB: job("RUNNING"),
        EVENTS: (500, {"error": "boom"}),
    }
    async with open_app(answers) as (app, pilot, ticks, place):
        assert "RUNNING" in screen_text(app)
        for _unused in range(4):
            await ticks.next()
        await until(pilot, lambda: app.jobs_pane.table.jobs[0].status.is_success)
        await until(pilot, lambda: "✓ SUCCESS" in screen_text(app))
        assert app.jobs_pane.table.active == 0
        assert place.seen.count(EVENTS) <= 6


async def test_what_is_not_offered_is_off_with_its_reason_and_asked_once(open_app: Open) -> None:
    answers = {JOBS: listed(job("running")), JOB: job("running"), EVENTS: listed()}
    async with open_app(answers, missing=AIMOCK_404) as (app, pilot, _ticks, place):
        for _unused in range(2):
            await press(pilot, "p")
            if isinstance(app.screen, Confirm):
                await say_yes(pilot)
            await until(pilot, lambda: "does not offer pausing a job" in told(app))
        assert place.seen.count("POST /fine_tuning/jobs/j1/pause") == 1
        handle = app.session.handle
        with pytest.raises(Exception, match="does not offer cancelling"):
            await app.session.thread.read(handle.cancel_fine_tuning_job("j1"))
        app.jobs_pane._show_state()
        button = app.jobs_pane.query_one("#jobs-cancel", Button)
        assert button.disabled and "does not offer cancelling a job" in str(button.tooltip)
        assert place.seen.count(CHECKPOINTS) <= 1


async def test_a_job_that_turns_out_otherwise_than_asked_is_told_of_and_marked(
    open_app: Open,
) -> None:
    auto, three = ({"hyperparameters": {"n_epochs": value}} for value in ("auto", 3))
    answers = {
        JOBS: [listed(job("running", **auto)), listed(job("running", **three))],
        JOB: job("running", **auto),
        EVENTS: listed(),
    }
    async with open_app(answers) as (app, pilot, ticks, _place):
        known = Job.read(job("running", **auto))
        assert known is not None
        asked = {"model": "tiny", "hyperparameters": {"n_epochs": 2}}
        app.utils.job_feed.job_changed(replace(known, asked=asked))
        await ticks.next()
        await until(pilot, lambda: "n_epochs=2 was asked, the job says 3." in told(app))
        await until(pilot, lambda: "Not as asked" in screen_text(app))


async def test_the_list_says_that_it_is_not_all_where_the_endpoint_has_more(open_app: Open) -> None:
    page = {"items": [job("running")], "next_cursor": "there is no way to it"}
    async with open_app({JOBS: page}) as (app, _pilot, _ticks, _place):
        assert "not all: the list goes on" in screen_text(app)
    async with open_app({JOBS: listed(job("running"))}) as (app, _pilot, _ticks, _place):
        assert "goes on" not in screen_text(app)
