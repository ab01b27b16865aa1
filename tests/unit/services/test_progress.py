"""How far an upload and a job are: rate, time left, and the furthest step."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from fttui.services.endpoint.models import Job, JobEvent
from fttui.services.submission.progress import Meter, UploadControl
from fttui.services.submission.state import Stage
from fttui.services.submission.types import SubmissionProgress
from ticks import turns


class Stopwatch:
    """A clock that a test moves, and a meter that goes by it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.told: list[SubmissionProgress] = []
        clock = SimpleNamespace(monotonic=lambda: self.now)
        monkeypatch.setattr("fttui.services.submission.progress.time", clock)
        self.control = UploadControl()
        self.meter = Meter("id-1", self.told.append, self.control)

    def acknowledge(self, moment: float, size: int) -> SubmissionProgress:
        self.now = moment
        self.meter.acknowledged(size)
        return self.told[-1]


@pytest.fixture
async def watch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    return Stopwatch(monkeypatch)


async def test_the_rate_is_bytes_by_seconds_and_the_time_left_the_rest_by_the_rate(
    watch: Stopwatch,
) -> None:
    watch.meter.begin_file("training", 400)
    assert (watch.told[-1].bytes_per_second, watch.told[-1].seconds_left) == (0.0, None)
    watch.meter.start_clock()
    told = watch.acknowledge(2, 100)
    assert (told.bytes_acknowledged, told.bytes_total) == (100, 400)
    assert (told.bytes_per_second, told.seconds_left) == (50.0, 6.0)
    told = watch.acknowledge(3, 100)
    assert told.bytes_per_second == pytest.approx(200 / 3)
    assert told.seconds_left == pytest.approx(3.0)
    assert watch.acknowledge(4, 200).seconds_left == 0.0


async def test_the_rate_is_that_of_the_last_seconds(watch: Stopwatch) -> None:
    watch.meter.begin_file("training", 2200)
    watch.meter.start_clock()
    watch.acknowledge(10, 100)
    assert watch.acknowledge(20, 100).bytes_per_second == 10.0
    told = watch.acknowledge(30, 1000)
    assert (told.bytes_per_second, told.seconds_left) == (100.0, 10.0)


async def test_within_its_seconds_the_rate_takes_every_mark(watch: Stopwatch) -> None:
    watch.meter.begin_file("training", 1000)
    watch.meter.start_clock()
    watch.acknowledge(5, 100)
    watch.acknowledge(10, 100)
    assert watch.acknowledge(15, 400).bytes_per_second == 40.0


async def test_bytes_of_an_earlier_run_and_time_in_a_pause_count_for_no_rate(
    watch: Stopwatch,
) -> None:
    watch.meter.begin_file("training", 1000)
    watch.meter.already(500)
    watch.meter.start_clock()
    told = watch.acknowledge(10, 100)
    assert (told.bytes_acknowledged, told.bytes_per_second) == (600, 10.0)
    watch.meter.already(0)
    watch.now = 1000
    watch.meter.start_clock()
    told = watch.acknowledge(1010, 100)
    assert (told.bytes_acknowledged, told.bytes_per_second) == (700, 10.0)


async def test_bytes_that_left_are_told_before_they_are_acknowledged_and_count_for_the_rate(
    watch: Stopwatch,
) -> None:
    watch.meter.begin_file("training", 400)
    watch.meter.sent(0)
    watch.now = 2
    watch.meter.sent(100)
    told = watch.told[-1]
    assert (told.bytes_acknowledged, told.bytes_sent, told.awaits_answer) == (0, 100, False)
    assert (told.bytes_per_second, told.seconds_left) == (50.0, 6.0)
    watch.now = 8
    watch.meter.sent(400)
    assert watch.told[-1].awaits_answer
    told = watch.acknowledge(9, 400)
    assert (told.bytes_acknowledged, told.bytes_sent, told.awaits_answer) == (400, 400, False)


async def test_parts_on_their_way_are_counted_together_and_each_once(watch: Stopwatch) -> None:
    watch.meter.begin_file("training", 300)
    watch.meter.sent(100, part=0)
    watch.meter.sent(50, part=1)
    assert watch.told[-1].bytes_sent == 150
    watch.meter.acknowledged(100, part=0)
    assert (watch.told[-1].bytes_acknowledged, watch.told[-1].bytes_sent) == (100, 150)


async def test_what_is_sent_anew_counts_from_its_beginning(watch: Stopwatch) -> None:
    watch.meter.begin_file("training", 400)
    watch.meter.sent(0)
    watch.now = 1
    watch.meter.sent(300)
    watch.now = 101
    watch.meter.sent(0)
    watch.meter.note("Trying again.")
    assert (watch.told[-1].bytes_sent, watch.told[-1].bytes_per_second) == (0, 0.0)
    watch.now = 102
    watch.meter.sent(100)
    assert watch.told[-1].bytes_per_second == 100.0
    watch.meter.begin_file("validation", 50)
    assert watch.told[-1].bytes_sent == 0


async def test_bytes_without_any_time_have_no_rate(watch: Stopwatch) -> None:
    watch.meter.begin_file("training", 1000)
    told = watch.acknowledge(0, 100)
    assert (told.bytes_per_second, told.seconds_left) == (0.0, None)


async def test_the_counts_of_a_file_end_with_it(watch: Stopwatch) -> None:
    watch.meter.begin_file("training", 1000)
    watch.meter.start_clock()
    watch.acknowledge(1, 1000)
    watch.meter.begin_file("validation", 50, "The next one.")
    told = watch.told[-1]
    assert (told.file, told.bytes_acknowledged, told.bytes_total) == ("validation", 0, 50)
    assert (told.note, told.bytes_per_second) == ("The next one.", 0.0)
    watch.meter.start_clock()
    watch.acknowledge(2, 20)
    watch.meter.stage(Stage.UPLOADED, "Done.")
    told = watch.told[-1]
    assert (told.stage, told.file, told.note) == (Stage.UPLOADED, "", "Done.")
    assert (told.bytes_acknowledged, told.bytes_total, told.seconds_left) == (0, 0, None)


async def test_a_pause_is_told_and_ends(watch: Stopwatch) -> None:
    watch.control.pause()
    await asyncio.sleep(0)
    watch.meter.note()
    assert watch.told[-1].paused and watch.control.is_paused
    waiting = asyncio.create_task(watch.control.may_go_on())
    await asyncio.sleep(0)
    assert not waiting.done()
    watch.control.resume()
    await waiting
    watch.meter.note()
    assert not watch.told[-1].paused


async def test_work_is_cancelled_when_it_begins_or_while_it_lasts_and_not_after(
    watch: Stopwatch,
) -> None:
    for early in (True, False):
        control = UploadControl()
        if early:
            control.cancel()
            await asyncio.sleep(0)
        work = asyncio.create_task(control.run(asyncio.Event().wait()))
        if not early:
            control.cancel()
        await turns()
        assert work.cancelled() and control.is_cancelled
    done = UploadControl()
    await done.run(asyncio.sleep(0))
    done.cancel()
    await asyncio.sleep(0)
    assert not done.is_cancelled


def _event(step: int | None, total: int | None = None) -> JobEvent:
    data: dict[str, Any] = {"step": step, "total_steps": total, "train_loss": 1.0}
    event = JobEvent.read({"id": f"e{step}", "type": "metrics", "message": "m", "data": data})
    assert event is not None
    return event


class TestSteps:
    def test_a_job_is_as_far_as_its_furthest_event_in_whatever_order_they_come(self) -> None:
        job = Job("ftjob-1").with_progress([_event(5), _event(9, 12), _event(3, 99)])
        assert (job.step, job.total_steps) == (9, 12)

    def test_events_without_steps_change_nothing(self) -> None:
        job = Job("ftjob-1", step=4, total_steps=12)
        assert job.with_progress([]) == job
        assert job.with_progress([_event(None)]) == job

    def test_a_total_that_an_event_does_not_tell_stays(self) -> None:
        job = Job("ftjob-1", step=4, total_steps=12).with_progress([_event(6)])
        assert (job.step, job.total_steps) == (6, 12)

    @pytest.mark.parametrize("newer_step", [None, 3])
    def test_a_newer_reading_without_progress_keeps_the_furthest_step(
        self, newer_step: int | None
    ) -> None:
        older = Job("ftjob-1", step=7, total_steps=12, reading=1)
        newer = Job("ftjob-1", step=newer_step, fine_tuned_model="m", reading=2)
        for one, other in ((older, newer), (newer, older)):
            merged = one.updated(other)
            assert (merged.step, merged.total_steps, merged.name) == (7, 12, "m")

    def test_a_newer_reading_that_is_further_counts(self) -> None:
        older = Job("ftjob-1", step=7, total_steps=12, reading=1, created_at=datetime.now(UTC))
        newer = Job("ftjob-1", step=8, total_steps=13, reading=2)
        assert older.updated(newer) == newer
        assert newer.updated(older) == newer
