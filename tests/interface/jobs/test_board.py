"""The first page of a job's details where there is room: state, curves, and the last events."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.interface.jobs.jobs_host import (
    NOW,
    JobsHost,
    make_checkpoints,
    make_events,
    make_job,
    screen_text,
    settled,
)
from textual.pilot import Pilot

from fttui.interface.jobs.board import JobBoard, event_lines, state_lines
from fttui.interface.jobs.details import JobDetails, tab_labels
from fttui.interface.jobs.plot import axis_end, plot
from fttui.interface.kit.lines import plain_text
from fttui.interface.messages import JobChanged, JobHistoryRead
from fttui.services.curves import Series, best_text
from fttui.services.endpoint.models import Job
from fttui.services.job_history import JobHistory
from settling import press

WIDE, SMALL = (120, 40), (80, 24)
ERROR = {
    "code": "invalid_training_file",
    "message": "This file failed moderation safety checks. Flagged lines: 4, 13",
    "param": "training_file",
}


def story_of(job: Job, steps: int, total: int = 300) -> JobHistoryRead:
    events = make_events(steps, total)
    return JobHistoryRead(job.with_progress(events), events, ())


async def opened(pilot: Pilot[Any], *keys: str) -> JobDetails:
    await settled(pilot)
    await press(pilot, "enter", *keys)
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, JobDetails)
    return screen


def running(steps: int = 120) -> JobsHost:
    job = make_job(1, "running")
    app = JobsHost([job])
    app.utils.histories[job.id] = story_of(job, steps)
    return app


@pytest.mark.parametrize("size", [(100, 30), WIDE, (200, 55)])
async def test_with_room_state_curves_and_events_are_seen_at_once(size: tuple[int, int]):
    app = running()
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        shown = screen_text(app)
        for text in ("● running", "Step 120/300 · 40%", "pace", "2.0 s a step", "Job ID"):
            assert text in shown
        assert "⠒⠒ training 0.5417, min 0.5417 at 120" in shown
        assert "150 step" in shown
        assert "Step 120/300: training loss=0.54" in shown


@pytest.mark.parametrize("size", [(99, 40), (120, 29), SMALL, (60, 16)])
async def test_without_room_the_overview_has_the_page(size: tuple[int, int]):
    app = running()
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        board = screen.query_one(JobBoard)
        assert not board.plot.display
        assert not board.events.display
        assert board.overview.size.width >= size[0] - 4
        assert "Training loss 0.5417" in screen_text(app)


async def test_a_change_of_size_turns_it_into_the_overview_and_back_with_the_focus_where_it_was():
    app = running()
    async with app.run_test(size=WIDE) as pilot:
        screen = await opened(pilot)
        board = screen.query_one(JobBoard)
        for size, is_board in ((SMALL, False), (WIDE, True), ((60, 16), False), (WIDE, True)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert screen.focused is board.overview
            assert board.plot.display is is_board
            shown = screen_text(app)
            assert ("⠒⠒ training" in shown) is is_board
            assert "Job ID" in shown or not is_board
            assert max(map(len, shown.split("\n"))) <= size[0]
        for part in (board.plot, board.events):
            await pilot.click(part, offset=(3, 2))
            assert screen.focused is board.overview, "what may be hidden takes no focus"
        await press(pilot, "2")
        await pilot.resize_terminal(*SMALL)
        await settled(pilot)
        assert screen.focused is screen.query_one("#details-events")


async def test_it_follows_the_job_from_its_files_to_its_end():
    job = make_job(1, "validating_files")
    app = JobsHost([job])
    async with app.run_test(size=WIDE) as pilot:
        screen = await opened(pilot)
        assert "Loading…" in screen_text(app)
        app.tell(JobHistoryRead(job, (), ()))
        await settled(pilot)
        assert "The curve begins with the first step; the files are being read." in screen_text(app)
        assert "No events yet." in screen_text(app)
        board = screen.query_one(JobBoard)
        assert not board.plot.display, "the events have its place"
        job = make_job(1, "running")
        for step in (1, 2, 30):
            app.tell(story_of(job, step))
            await settled(pilot)
            shown = screen_text(app)
            assert f"Step {step}/300 ·" in shown
            assert "⠒⠒ training" in shown
            assert "The curve begins" not in shown
        app.tell(JobChanged(make_job(1, "failed", error=ERROR).with_progress(make_events(30, 300))))
        await settled(pilot)
        shown = screen_text(app)
        assert "✗ failed" in shown
        assert "Look at lines 4, 13" in shown
        assert "⠒⠒ training" in shown, "the curve of what was trained stays"
        assert screen.focused is screen.query_one(JobBoard).overview


async def test_a_step_sends_only_what_changed():
    app = running()
    sent: list[int] = []

    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        show = app._display

        def display(screen: Any, update: Any) -> None:
            if update is not None and screen is app.screen:
                sent.append(len(update.render_segments(app.console)))
            show(screen, update)

        app._display = display  # type: ignore[method-assign]
        job = make_job(1, "running")
        for step in range(121, 126):
            app.tell(story_of(job, step))
            await settled(pilot)
            await asyncio.sleep(0)
            assert f"Step {step}/300" in screen_text(app)
            assert f"2 Events {step}" in screen_text(app)
        assert sum(sent) / 5 < 3500, "a whole screen has over 11,000"


async def test_the_labels_of_the_tabs_grow_with_what_they_count():
    job = make_job(1, "running")
    app = JobsHost([job])
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        for count in (8, 9, 10, 11, 99, 100):
            app.tell(story_of(job, count))
            await settled(pilot)
            assert f"2 Events {count}  3 Checkpoints  4 Metrics" in screen_text(app)
    assert tab_labels(None) == {"events": "2 Events", "checkpoints": "3 Checkpoints"}
    done = make_job(1)
    history = JobHistory((), make_checkpoints(done, 3, 6))
    assert tab_labels(history)["checkpoints"] == "3 Checkpoints 2"


def lines_of(job: Job, history: JobHistory | None, *, has_curve: bool = False) -> str:
    return "\n".join(map(plain_text, event_lines(job, history, 60, has_curve=has_curve)))


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("queued", "waits for its turn"),
        ("running", "No step was told yet"),
        ("failed", "It failed before a step was told"),
        ("cancelled", "It was cancelled before a step was told"),
        ("hibernating", "The endpoint told of no step"),
    ],
)
def test_a_job_without_a_curve_says_why_above_its_events(status: str, told: str):
    job = make_job(1, status)
    shown = " ".join(lines_of(job, JobHistory()).split())
    assert shown.startswith(("The curve", "No step", "It", "The endpoint"))
    assert told in shown
    assert told not in lines_of(job, JobHistory(), has_curve=True)


def test_a_job_that_told_no_step_names_the_file_with_its_numbers():
    job = make_job(1, result_files=["file-results"])
    assert "in its result file: file-results" in " ".join(lines_of(job, JobHistory()).split())


def test_trouble_is_told_in_place_of_a_reason():
    shown = lines_of(
        make_job(1, "running"), JobHistory(error_text="The endpoint cannot be reached.")
    )
    assert shown.startswith("The endpoint cannot be reached.")
    assert "No step" not in shown and "No events" not in shown


def test_of_very_many_events_the_newest_are_listed():
    history = JobHistory(make_events(2_000, 2_000))
    lines = event_lines(make_job(1, "running"), history, 60, has_curve=True)
    assert len(lines) == 100
    assert "Step 2000/2000" in plain_text(lines[0])


def test_the_error_and_what_to_do_stand_above_numbers_and_parameters():
    job = make_job(1, "failed", error=ERROR)
    shown = [plain_text(line) for line in state_lines(job, JobHistory(make_events(3, 9)), NOW, 40)]
    heads = [line for line in shown if line.startswith("─ ")]
    assert [head.split()[1] for head in heads] == ["Error", "Numbers", "Parameters"]
    assert shown[0].startswith("✗ failed")
    assert "Look at lines 4, 13" in " ".join(shown)


def test_numbers_tell_the_last_value_and_the_best():
    shown = [
        plain_text(line)
        for line in state_lines(make_job(1), JobHistory(make_events(60, 60)), NOW, 40)
    ]
    (loss,) = [line for line in shown if line.startswith("train loss")]
    assert loss.split() == ["train", "loss", "0.8761", "min", "0.8761"]
    assert any(line.startswith("pace") and "2.0 s a step" in line for line in shown)


def test_the_best_loss_is_the_lowest_and_the_best_accuracy_the_highest():
    series = Series("training", ((1, 0.5), (2, 0.25), (3, 0.75)), "active")
    assert best_text(series, "loss") == "min 0.2500 at 2"
    assert best_text(series, "accuracy") == "max 0.7500 at 3"
    assert best_text(series, "reward", with_step=False) == "max 0.7500"


@pytest.mark.parametrize(
    ("step", "total", "end"),
    [(1, 300, 1), (2, 300, 2), (7, 300, 7.5), (76, 300, 100), (120, 300, 150), (290, 300, 300)],
)
def test_while_it_trains_the_axis_ends_at_a_round_step(step: int, total: int, end: float):
    job = make_job(1, "running").with_progress(make_events(step, total))
    assert axis_end(job) == end


def test_the_axis_of_a_job_that_has_ended_ends_with_its_curve():
    assert axis_end(make_job(1).with_progress(make_events(7, 300))) is None
    assert axis_end(make_job(1, "queued")) is None


def test_the_curve_leaves_room_for_the_steps_to_come():
    points = tuple((float(step), 1.0 / step) for step in range(1, 76))
    shown = [plain_text(line) for line in plot([Series("x", points, "active")], 60, 12, until=100)]
    assert shown[-1].endswith("100 step")
    assert not any(line[48:].strip() for line in shown[:-2])
    as_far = [plain_text(line) for line in plot([Series("x", points, "active")], 60, 12, until=5)]
    assert as_far[-1].endswith("75 step"), "never less than what was measured"
    assert shown[-2].count("┬") == len(shown[-1].replace("step", "").split())
