from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fttui.server.catalogue import base_model
from fttui.server.jobs.events import EventLog
from fttui.server.jobs.lifecycle import Control, PlannedJob
from fttui.server.jobs.plan import Pace, make_plan
from fttui.server.jobs.requests import HYPERPARAMETERS, JobRequest
from fttui.server.training_files import Inspection

BORN = 1_795_000_000.0


def job(examples: int = 12, epochs: int = 2) -> PlannedJob:
    values: dict[str, Any] = dict.fromkeys(HYPERPARAMETERS["supervised"], "auto")
    request = JobRequest("m", "file-1", hyperparameters={**values, "n_epochs": epochs})
    base = base_model("gpt-4o-mini")
    assert base is not None
    plan = make_plan(
        request,
        base=base,
        training=Inspection("chat", examples, 2000),
        validation=None,
        job_id="ftjob-1",
        result_file="file-2",
        pace=Pace(),
        speed=1.0,
    )
    return PlannedJob(1, "ftjob-1", BORN, request, plan)


gaps = st.lists(st.floats(0.01, 30), max_size=8)
ORDER = ("validating_files", "queued", "running", "succeeded")


def with_pauses(of: PlannedJob, waits: list[float]) -> PlannedJob:
    at = BORN
    for number, wait in enumerate(waits):
        at += wait
        if of.status(at) in ("succeeded", "failed"):
            break
        of = of.with_control(Control("resume" if number % 2 else "pause", at))
    return of


@given(gaps, st.lists(st.floats(0, 300), min_size=2, max_size=10))
def test_a_job_never_goes_back(waits: list[float], moments: list[float]) -> None:
    paused = with_pauses(job(), waits)
    last = paused.controls[-1].at if paused.controls else BORN
    seen = [paused.status(last + moment) for moment in sorted(moments)]
    places = [ORDER.index(status) for status in seen if status != "paused"]
    assert places == sorted(places)
    offsets = [paused.offset(last + moment) for moment in sorted(moments)]
    assert offsets == sorted(offsets)


@given(gaps)
def test_time_spent_paused_is_added_to_the_end(waits: list[float]) -> None:
    paused = with_pauses(job(), waits)
    if paused.halted:
        paused = paused.with_control(Control("resume", paused.controls[-1].at + 5))
    pairs = zip(paused.controls[::2], paused.controls[1::2], strict=True)
    lost = sum(resume.at - pause.at for pause, resume in pairs)
    due = paused.due_at()
    assert due is not None
    assert abs(due - (BORN + paused.plan.finished_at + lost)) < 1e-3
    assert paused.status(due - 0.01) == "running"
    assert paused.status(due + 0.01) == "succeeded"


@given(gaps, st.floats(0, 400))
def test_events_only_grow_and_are_in_order(waits: list[float], later: float) -> None:
    paused = with_pauses(job(), waits)
    last = paused.controls[-1].at if paused.controls else BORN
    log = EventLog(paused)
    early, late = log.count(last), log.count(last + later)
    assert early <= late
    events = [log.event(place) for place in range(late)]
    times = [event["created_at"] for event in events]
    assert times == sorted(times)
    assert all(event["created_at"] <= last + later for event in events)
    assert len({event["id"] for event in events}) == late
    steps = [event["data"]["step"] for event in events if event["type"] == "metrics"]
    assert steps == list(range(1, len(steps) + 1))
    assert [log.place(event["id"]) for event in events] == list(range(late))


@given(gaps)
def test_what_has_happened_is_not_changed_by_what_comes(waits: list[float]) -> None:
    before = with_pauses(job(), waits)
    now = before.controls[-1].at + 1 if before.controls else BORN + 10
    after = before.with_control(Control("cancel", now))
    old, new = EventLog(before), EventLog(after)
    count = old.count(now)
    assert [new.event(place) for place in range(count)] == [
        old.event(place) for place in range(count)
    ]
    assert new.count(now) == count + 1
    assert new.event(count)["message"] == "Fine-tuning job cancelled"
    assert after.status(now + 1000) == "cancelled"


def test_a_job_comes_back_from_its_columns() -> None:
    original = job().with_control(Control("pause", BORN + 3))
    request, plan, controls = original.to_columns()
    row = {
        "seq": 1, "id": "ftjob-1", "created_at": BORN, "request": request, "plan": plan,
        "controls": controls,
    }  # fmt: skip
    assert PlannedJob.from_row(row) == original  # type: ignore[arg-type]


def test_a_failed_job_has_one_error_event_and_no_steps() -> None:
    healthy = job()
    failure = {"code": "c", "message": "it is bad", "param": "training_file"}
    failed = replace(healthy, plan=replace(healthy.plan, failure=failure))
    assert failed.status(BORN + 1) == "validating_files"
    assert failed.status(BORN + 3) == "failed"
    assert failed.steps_done(BORN + 100) == 0
    log = EventLog(failed)
    assert log.count(BORN + 1000) == 3
    assert (log.event(2)["level"], log.event(2)["message"]) == ("error", "it is bad")
    assert failed.due_at() is None
