"""All events of a job: chosen, searched, and standing still while new ones arrive."""

from __future__ import annotations

from typing import Any

import pytest
from tests.interface.jobs.jobs_host import JobsHost, make_events, make_job, screen_text, settled
from textual.pilot import Pilot

from fttui.interface.jobs.details import JobDetails
from fttui.interface.jobs.events_view import EventsView
from fttui.interface.messages import JobEvents, JobHistoryRead
from fttui.interface.screens.whole_text import WholeText
from fttui.services.copy_texts import copy_texts
from fttui.services.endpoint.address import resolve_endpoint
from fttui.services.endpoint.models import JobEvent
from fttui.storage.settings import Settings
from settling import press

SIZE = (80, 24)
BEGIN = 1_795_000_000
SENTENCE = (
    "Checkpoint created at step 9 with Snapshot ID: ft:gpt-4o-mini:acme:run-1:Zq9:ckpt-step-9"
)


def spoken(number: int, level: str, message: str) -> JobEvent:
    told = {"id": f"e{number}", "created_at": BEGIN + number, "level": level, "message": message}
    event = JobEvent.read(told)
    assert event is not None
    return event


MIXED = (
    spoken(9, "error", "It broke"),
    spoken(8, "info", SENTENCE),
    *make_events(40, 40, BEGIN - 1000),
    spoken(-2000, "warn", "A row was SKIPPED"),
    spoken(-2001, "info", "[/red]It began\x1b]0;x\x07"),
)


async def opened(pilot: Pilot[Any]) -> EventsView:
    await settled(pilot)
    await press(pilot, "enter", "2")
    await settled(pilot)
    assert isinstance(pilot.app.screen, JobDetails)
    return pilot.app.screen.query_one(EventsView)


def host(events: tuple[JobEvent, ...] = MIXED, status: str = "running") -> JobsHost:
    job = make_job(1, status)
    app = JobsHost([job])
    app.utils.histories[job.id] = JobHistoryRead(job, events, (), is_whole=True)
    return app


async def test_levels_and_steps_are_chosen_by_keys_and_the_cursor_stays_on_its_event():
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        view = await opened(pilot)
        await press(pilot, "j")
        assert view.current is MIXED[1] and view.shown_count == 44
        await press(pilot, "i")
        assert view.current is MIXED[1] and view.shown_count == 4
        await press(pilot, "f")
        assert [view.lines[line][-1][0] for line in range(2)] == [
            "error: It broke",
            "warn: A row was SKIPPED",
        ]
        assert "warnings and errors · without steps · 2 of 44" in screen_text(app)
        await press(pilot, "f")
        assert view.shown_count == 1
        await press(pilot, "f", "i")
        assert view.shown_count == 44


async def test_the_order_turns_round_the_event_under_the_cursor():
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        view = await opened(pilot)
        await press(pilot, "G", "k", "o")
        assert view.current is MIXED[-2]
        assert view.cursor_line == 1 and "oldest first" in screen_text(app)
        await press(pilot, "g")
        assert view.current is MIXED[-1]


async def test_a_search_goes_from_match_to_match_whatever_their_case():
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        view = await opened(pilot)
        await press(pilot, "slash", *"skipped", "enter")
        await settled(pilot)
        assert view.current is MIXED[-2] and view.has_focus
        assert "“skipped” 1 found" in screen_text(app)
        await press(pilot, "slash", *["backspace"] * 7, *"step 2", "enter")
        await settled(pilot)
        assert view.matches == 11  # 2 and 20 to 29
        first = view.current
        await press(pilot, "n")
        assert view.current is not first
        await press(pilot, "N")
        assert view.current is first
        await press(pilot, "escape")
        assert view.search == "" and isinstance(app.screen, JobDetails)


async def test_letters_of_a_search_are_text_and_escape_leaves_nothing_of_it():
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        view = await opened(pilot)
        await press(pilot, "slash", *"fionqJx")
        await settled(pilot)
        assert view.search == "fionqjx" and view.choice.is_all and not view.oldest_first
        await press(pilot, "escape")
        assert view.search == "" and view.has_focus


@pytest.mark.parametrize("oldest_first", [False, True])
async def test_new_events_leave_the_one_under_the_cursor_on_its_line(oldest_first: bool):
    app = host(make_events(40, 90))
    async with app.run_test(size=SIZE) as pilot:
        view = await opened(pilot)
        if oldest_first:
            await press(pilot, "o", "g")
        else:
            await press(pilot, "ctrl+d")
        current, line = view.current, view.cursor_line - view.top
        app.tell(JobEvents(make_job(1).id, make_events(43, 90)[:3]))
        await settled(pilot)
        assert (view.current, view.cursor_line - view.top) == (current, line)
        assert f"3 new {'below' if oldest_first else 'above'}" in screen_text(app)
        await press(pilot, "G" if oldest_first else "g")
        assert view.new_unseen == 0 and "new above" not in screen_text(app)


@pytest.mark.parametrize("oldest_first", [False, True])
async def test_at_the_newest_event_the_newest_is_followed(oldest_first: bool):
    app = host(make_events(40, 90))
    async with app.run_test(size=SIZE) as pilot:
        view = await opened(pilot)
        if oldest_first:
            await press(pilot, "o", "G")
        app.tell(JobEvents(make_job(1).id, make_events(43, 90)[:3]))
        await settled(pilot)
        assert view.current is not None and view.current.id == "ftevent-43"
        assert "Step 43/90" in screen_text(app) and view.new_unseen == 0


async def test_hidden_steps_that_arrive_are_not_told_as_new():
    app = host((*make_events(40, 90), *MIXED[-2:]))
    async with app.run_test(size=SIZE) as pilot:
        view = await opened(pilot)
        await press(pilot, "i", "j")
        app.tell(JobEvents(make_job(1).id, make_events(43, 90)[:3]))
        await settled(pilot)
        assert (view.shown_count, view.new_unseen) == (2, 0)


async def test_enter_shows_the_whole_of_an_event_and_the_copy_menu_begins_with_it():
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await press(pilot, "j")
        assert "ckpt-step-9" in screen_text(app)  # below, where its line is cut
        first = app.screen.menu_first()  # type: ignore[attr-defined]
        assert first is not None and first[1] == SENTENCE
        await press(pilot, "enter")
        await settled(pilot)
        assert isinstance(app.screen, WholeText)
        shown = " ".join(screen_text(app).replace("│", " ").split())
        assert SENTENCE.rsplit(maxsplit=1)[0] in shown and "message · info · e8" in shown
        await press(pilot, "y")
        assert app.utils.copied == [SENTENCE]
        await press(pilot, "escape")
        assert isinstance(app.screen, JobDetails)


async def test_each_line_of_the_copy_menu_has_a_letter_of_its_own():
    app = host()
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot)
        first = app.screen.menu_first()  # type: ignore[attr-defined]
        assert first is not None
        endpoint = resolve_endpoint(Settings(), {})
        letters = [first[0].key, *(one.key for one in copy_texts([make_job(1)], endpoint))]
        assert len(set(letters)) == len(letters) and all(letters)


async def test_where_no_event_is_let_through_the_keys_that_choose_are_named():
    app = host(make_events(3, 3))
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await press(pilot, "f", "j", "enter", "G")
        assert "No event is let through; f and i choose others." in screen_text(app)


async def test_another_job_begins_at_its_newest_event():
    app = host()
    other = make_job(2)
    app.load([make_job(1, "running"), other])
    app.utils.histories[other.id] = JobHistoryRead(other, make_events(30, 30), ())
    async with app.run_test(size=SIZE) as pilot:
        view = await opened(pilot)
        await press(pilot, "G", "J")
        await settled(pilot)
        assert view.cursor_line == 0 and "Step 30/30" in screen_text(app)
