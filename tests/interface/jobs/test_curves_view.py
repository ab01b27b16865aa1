"""The curves of a job: a cursor that reads values, zoom, average, log axis, and what they say."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tests.interface.jobs.jobs_host import (
    JobsHost,
    make_checkpoints,
    make_job,
    screen_text,
    settled,
)
from textual.pilot import Pilot

from fttui.interface.jobs.curves_view import JobCurves, with_cell
from fttui.interface.jobs.plot import plotted
from fttui.interface.kit.lines import plain_text
from fttui.interface.messages import JobHistoryRead
from fttui.services.curves import Series, log_ticks, moving_mean
from fttui.services.endpoint.events import JobEvent
from settling import press, until

SMALL, WIDE = (80, 24), (120, 40)


def an_event(step: int, **data: float) -> JobEvent:
    told = {"step": step, "total_steps": 300, **data}
    event = JobEvent.read(
        {"id": f"e{step}", "created_at": 1795345200 + step, "message": f"Step {step}", "data": told}
    )
    assert event is not None
    return event


def overfitted(*, is_whole: bool = True) -> JobsHost:
    """A job of 300 steps, noisy in training, whose full validation rises from step 120 on."""
    chance = random.Random(1)
    events = []
    for step in range(1, 301):
        base = 2.2 * 0.985**step + 0.25
        data = {"train_loss": round(base * chance.uniform(0.8, 1.25), 4)}
        data["train_mean_token_accuracy"] = 0.5 + step / 900
        if step % 60 == 0:
            data["full_valid_loss"] = round(base + 0.12 + max(0, step - 120) * 0.004, 4)
        events.append(an_event(step, **data))
    events.reverse()
    job = make_job(1, validation_file="file-v")
    app = JobsHost([job])
    kept = make_checkpoints(job, 300, 120)
    app.utils.histories[job.id] = JobHistoryRead(
        job.with_progress(events), tuple(events), kept, is_whole=is_whole
    )
    return app


async def opened(pilot: Pilot[Any], *keys: str) -> JobCurves:
    await settled(pilot)
    await press(pilot, "enter", "4", *keys)
    await settled(pilot)
    return pilot.app.screen.query_one(JobCurves)


@pytest.mark.parametrize("size", [(60, 16), SMALL, WIDE])
async def test_the_cursor_reads_every_curve_at_its_step(size: tuple[int, int]):
    app = overfitted()
    async with app.run_test(size=size) as pilot:
        curves = await opened(pilot, "left")
        assert curves.cursor == 300
        for word in ("step 300", "train ", "full valid. 1.1136"):
            assert word in screen_text(app)
        await press(pilot, "home")
        assert curves.cursor == 1 and "step 1  train " in screen_text(app)
        await press(pilot, "right", "right")
        assert 1 < curves.cursor < 20
        await press(pilot, "end", "left")
        assert 280 < curves.cursor < 300 and "(240)" in screen_text(app)


async def test_the_cursor_passes_by_no_full_validation():
    app = overfitted()
    async with app.run_test(size=(60, 16)) as pilot:
        curves = await opened(pilot, "home")
        passed = []
        for _unused in range(70):
            await press(pilot, "right")
            passed.append(curves.cursor)
        assert {60, 120, 180, 240, 300} <= set(passed)


async def test_zoom_keeps_the_cursor_in_sight_and_minus_goes_back_to_the_whole():
    app = overfitted()
    async with app.run_test(size=SMALL) as pilot:
        curves = await opened(pilot, "home", "plus", "equals_sign")
        assert curves.window is not None and curves.window[0] == 1
        assert curves.window[1] == pytest.approx(75.75)
        await press(pilot, *(["pagedown"] * 9))
        assert curves.window[0] <= curves.cursor <= curves.window[1] and curves.window[0] > 1
        for _unused in range(12):
            await press(pilot, "plus")
        assert curves.window[1] - curves.window[0] >= 2
        assert "zoomed" in screen_text(app)
        for _unused in range(12):
            await press(pilot, "minus")
        assert curves.window is None and "zoomed" not in screen_text(app)


async def test_average_and_log_axis_are_told_and_go_again():
    app = overfitted()
    async with app.run_test(size=SMALL) as pilot:
        curves = await opened(pilot, "a", "l", "left")
        assert "mean of 13" in screen_text(app) and "log axis" in screen_text(app)
        noisy, smooth = curves.curves_of("loss")[0].points, curves.series[0].points
        assert len(noisy) == len(smooth) and max(y for _x, y in smooth) < max(y for _x, y in noisy)
        await press(pilot, "a", "l")
        assert "mean of" not in screen_text(app) and "log axis" not in screen_text(app)
        await press(pilot, "m")
        assert curves.kind == "accuracy" and "training 0.8333" in screen_text(app)


async def test_what_the_curves_say_stands_in_the_overview_and_below_the_curves():
    app = overfitted()
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        assert "! Overfitting since step 120" in screen_text(app)
        await press(pilot, "1")
        await until(pilot, lambda: "─ Advice" in screen_text(app))
        assert "step 120" in screen_text(app)


async def test_nothing_is_said_while_older_events_are_not_known():
    app = overfitted(is_whole=False)
    async with app.run_test(size=WIDE) as pilot:
        await opened(pilot)
        assert "Overfitting" not in screen_text(app)


def test_values_of_0_or_less_have_no_place_on_a_log_axis():
    series = [Series("x", ((1.0, 1.0), (2.0, 0.0), (3.0, -5.0), (4.0, 100.0)), "active", "o")]
    shown = [plain_text(line) for line in plotted(series, 40, 12, log=True).lines]
    assert sum(line.count("o") for line in shown) == 2
    assert any(line.startswith("100 ┤") for line in shown)
    none = plotted([Series("x", ((1.0, 0.0),), "active")], 40, 12, log=True).lines
    assert "above 0" in plain_text(none[0])


@pytest.mark.parametrize(
    ("low", "high"), [(-0.1, 0.1), (0.0, 3.0), (-3.0, 150.0), (-300.0, -299.9), (149.0, 150.0)]
)
def test_a_log_axis_has_labels_that_rise_within_it(low: float, high: float):
    ticks, labels = log_ticks(low, high, 6)
    assert len(ticks) == len(labels) and ticks == sorted(ticks)
    assert all(low - 1e-6 <= tick <= high + 1e-6 for tick in ticks)


def test_a_moving_mean_is_shorter_at_the_ends():
    points = [(float(x), float(x * x)) for x in range(5)]
    assert moving_mean(points, 3) == (
        (0.0, 0.5), (1.0, 5 / 3), (2.0, 14 / 3), (3.0, 29 / 3), (4.0, 12.5),
    )  # fmt: skip


def test_the_cursor_lies_on_the_curve_and_on_the_axis_and_changes_nothing_else():
    line = (("ab", "plain"), ("  ", "active"))
    assert with_cell(line, 1, "") == (("a", "plain"), ("b", "cursor"), ("  ", "active"))
    assert with_cell(line, 2, "") == line == with_cell(line, 9, "")
    assert with_cell(line, 3, "|") == (("ab", "plain"), (" ", "active"), ("|", "cursor"))
