"""How the list and a job's screen look, at two sizes, without colour and with an ansi theme."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.interface.jobs.jobs_host import (
    NOW,
    JobsHost,
    make_checkpoints,
    make_events,
    make_job,
    settled,
)
from textual.pilot import Pilot

from fttui.interface.jobs.columns import IDLE, LIST_COLUMNS, STANDARD
from fttui.interface.messages import JobHistoryRead, JobsAnnotated, JobsFailed, JobsLoading
from fttui.interface.screens.list_columns import ListColumns
from fttui.services.endpoint.errors import ServiceError
from fttui.storage.annotations import Annotation
from settling import press

Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are shown in local time, so the place must be fixed."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def full_host() -> JobsHost:
    error = {
        "code": "invalid_training_file",
        "message": "This file failed moderation safety checks. Flagged lines: 4, 13, 14",
        "param": "training_file",
    }
    running = make_job(1, "running", metadata={"team": "support"})
    jobs = [
        make_job(0, "validating_files"),
        running,
        make_job(2, "queued", user_provided_suffix=None),
        make_job(3),
        make_job(4, "failed", error=error),
        make_job(5, "cancelled"),
        make_job(6, "paused", model="ft:gpt-4.1-mini-2025-04-14:acme:second-round:Bx81kQz2"),
        make_job(7, "hibernating"),
        make_job(8, user_provided_suffix="日本語の名前と é", fine_tuned_model=None),
        *(make_job(number) for number in range(30, 60)),
    ]
    app = JobsHost(jobs)
    for job in jobs:
        app.utils.histories[job.id] = JobHistoryRead(job, (), ())
    events = make_events(120, 300)
    app.utils.histories[running.id] = JobHistoryRead(running.with_progress(events), events, ())
    done = jobs[3]
    history = JobHistoryRead(done, make_events(240, 240), make_checkpoints(done, 240, 160, 80))
    app.utils.histories[done.id] = history
    return app


def pressing(*keys: str) -> Callable[[Pilot[Any]], Any]:
    """Press keys when the list is there, and wait until all timers have run."""

    async def before(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        for key in keys:
            await press(pilot, key)
        await settled(pilot)

    return before


RUNNING = ("j",)
FAILED = ("j", "j", "j", "j")
MARKED_AND_SORTED = ("space", "j", "space", "s", "o")


@pytest.mark.parametrize(
    ("size", "keys"),
    [
        pytest.param((60, 16), (), id="60x16"),
        pytest.param((80, 24), (), id="80x24"),
        pytest.param((120, 40), RUNNING, id="120x40-running"),
        pytest.param((120, 40), FAILED, id="120x40-failed"),
        pytest.param((60, 16), MARKED_AND_SORTED, id="60x16-panel-below"),
        pytest.param((80, 24), MARKED_AND_SORTED, id="80x24-panel-below"),
        pytest.param((120, 40), MARKED_AND_SORTED, id="120x40-no-panel"),
    ],
)
def test_the_list(snap_compare: Compare, size: tuple[int, int], keys: tuple[str, ...]):
    assert snap_compare(full_host(), terminal_size=size, run_before=pressing(*keys))


@pytest.mark.parametrize(
    ("size", "typed"), [((120, 40), "status:run"), ((80, 24), "run"), ((80, 24), "zz")]
)
def test_the_filter(snap_compare: Compare, size: tuple[int, int], typed: str):
    before = pressing("slash", *typed)
    assert snap_compare(full_host(), terminal_size=size, run_before=before)


@pytest.mark.parametrize(
    ("columns", "rows", "tab"),
    [*((80, 24, tab) for tab in "1234"), (120, 40, "1"), (120, 40, "4")],
)
def test_a_jobs_screen(snap_compare: Compare, columns: int, rows: int, tab: str):
    before = pressing("j", "j", "j", "enter", tab)
    assert snap_compare(full_host(), terminal_size=(columns, rows), run_before=before)


@pytest.mark.parametrize(
    ("size", "keys"),
    [
        pytest.param((120, 40), RUNNING, id="120x40-running"),
        pytest.param((120, 40), FAILED, id="120x40-failed"),
        pytest.param((100, 30), RUNNING, id="100x30-running"),
    ],
)
def test_a_jobs_dashboard(snap_compare: Compare, size: tuple[int, int], keys: tuple[str, ...]):
    before = pressing(*keys, "enter")
    assert snap_compare(full_host(), terminal_size=size, run_before=before)


KEPT = {
    make_job(1).raw_id: Annotation("asks B, see the table of May", ("desk", "sweep-ab12")),
    make_job(2).raw_id: Annotation(labels=("desk",)),
    make_job(5).raw_id: Annotation(hidden=True),
}


def kept_host() -> JobsHost:
    """Running jobs with their figures."""
    jobs = [make_job(number, "running") for number in range(1, 4)]
    told = [
        replace(
            job.with_progress(make_events(90 * number, 300)),
            estimated_finish=NOW + timedelta(hours=1),
        )
        for number, job in enumerate(jobs, 1)
    ]
    return JobsHost([*told, *(make_job(number) for number in range(4, 30))])


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("what", ["running", "chosen"])
def test_running_rows_and_chosen_columns(
    snap_compare: Compare, size: tuple[int, int], what: str
) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, JobsHost)
        app.tell(JobsAnnotated(KEPT))
        if what == "chosen":
            app.pane.table.choose_columns(
                ["status", "name", "labels", "note", "epochs", "progress"]
            )
            app.pane.table.show_hidden(True)
        await settled(pilot)

    assert snap_compare(kept_host(), terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_choice_of_columns(snap_compare: Compare, size: tuple[int, int]) -> None:
    titles = {name: one.column.title for name, one in LIST_COLUMNS.items()}
    lead = "The first ones go last where room is short."
    screen = ListColumns(titles, IDLE, STANDARD, lead)

    async def before(pilot: Pilot[Any]) -> None:
        pilot.app.push_screen(screen)
        await pressing("j", "J")(pilot)

    assert snap_compare(full_host(), terminal_size=size, run_before=before)


@pytest.mark.parametrize("state", ["loading", "empty", "failed"])
def test_a_list_without_jobs(snap_compare: Compare, state: str):
    async def before(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, JobsHost)
        app.tell(JobsLoading())
        if state == "empty":
            app.load([])
        elif state == "failed":
            sentence = "api.example.com cannot be reached (name not known); nothing was sent."
            app.tell(JobsFailed(ServiceError(sentence, "Check the network.")))
        await settled(pilot)

    assert snap_compare(JobsHost(), terminal_size=(80, 24), run_before=before)


def test_the_list_without_colour(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(os.environ, "NO_COLOR", "1")
    assert snap_compare(full_host(), terminal_size=(120, 40), run_before=pressing("j"))


@pytest.mark.parametrize("theme", ["fttui-ansi", "fttui-light"])
def test_the_list_in_another_theme(snap_compare: Compare, theme: str):
    async def before(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        await pressing("j")(pilot)

    assert snap_compare(full_host(), terminal_size=(120, 40), run_before=before)
