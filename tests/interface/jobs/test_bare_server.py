"""A server that has a list of jobs and nothing else: no files, no events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.jobs.test_list_for_real import shows
from tests.interface.seen import asked, say_yes
from textual.pilot import Pilot

from fttui.interface.app import OpenAIInterfaceFT
from fttui.services.session import Session
from recording_endpoint import Recorded, Recording, recording_endpoint
from settling import press, until

NOT_FOUND = 404, {"detail": "Not Found"}
JOBS = [
    {"id": f"job-{number}", "status": "failed", "model": "llama", "training_file": "f-1"}
    for number in (2, 1)
]


@pytest.fixture
def place() -> Iterator[Recording]:
    with recording_endpoint() as place:
        plain = place.answer

        def answer(request: Recorded) -> tuple[int, object]:
            if request.call.startswith("GET fine_tuning/jobs/"):
                job = request.call.removeprefix("GET fine_tuning/jobs/")
                return next(((200, each) for each in JOBS if each["id"] == job), NOT_FOUND)
            if request.call == "GET fine_tuning/jobs":
                return 200, {"data": JOBS}
            return NOT_FOUND if request.method == "GET" else plain(request)

        place.answer = answer  # type: ignore[method-assign]
        yield place


@pytest.fixture
async def opened(place: Recording) -> AsyncIterator[tuple[OpenAIInterfaceFT, Pilot[str]]]:
    environ = {"OPENAI_API_KEY": "sk-of-the-test", "OPENAI_BASE_URL": place.base_url}
    session = Session.open(environ=environ)
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f3")
        await until(pilot, lambda: len(app.jobs_pane.table.jobs) == 2)
        yield app, pilot
    session.close()


async def test_a_job_is_created_again_with_its_file_whatever_the_id_looks_like(
    place: Recording, opened: tuple[OpenAIInterfaceFT, Pilot[str]]
):
    app, pilot = opened
    await press(pilot, "d")
    await until(pilot, lambda: app.tabs.active == "create")
    await until(pilot, shows(app, "On the endpoint already"))
    await press(pilot, "ctrl+s")
    await asked(pilot)
    await say_yes(pilot)
    await until(pilot, lambda: bool(place.of("POST fine_tuning/jobs")))
    assert place.of("POST fine_tuning/jobs")[0].json["training_file"] == "f-1"


async def test_why_there_are_no_events_is_told_once_and_whole(
    opened: tuple[OpenAIInterfaceFT, Pilot[str]],
):
    app, pilot = opened
    await press(pilot, "enter", "2")
    await until(pilot, shows(app, "does not offer the events of a job"))
    shown = " ".join(screen_text(app).split())
    assert shown.count("does not offer the events") == 1
    assert "of a job. Everything else keeps working." in shown
