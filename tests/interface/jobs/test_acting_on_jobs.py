"""Cancel, pause, resume: offered where they can work, asked, done once, and told as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest
from tests.interface.jobs.job_list import JOBS, JobList, job_list
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.seen import facts, say_yes, toast
from textual.widgets import Button

from faults.proxy import Fault, FaultProxy, error_answer
from fttui.server import ManualClock, SandboxServer, fill_with_samples
from fttui.services.job_words import left_out, refusal
from fttui.services.session import Session
from settling import later

ACTION_OF = {"x": "cancel", "p": "pause", "w": "resume"}
RUNNING, QUEUED, PAUSED, ENDED = "desk-v5", "desk-mini", "desk-v4", "desk-v3"
BROKEN = error_answer(500, commit=False, message="the cluster burns")
LOST = Fault("reset", commit=False)
OpenJobs = Callable[[], AbstractAsyncContextManager[JobList]]


@pytest.fixture
def open_jobs(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, sandbox: SandboxServer
) -> OpenJobs:
    """Opens the list on the samples."""
    count = fill_with_samples(sandbox)
    return lambda: job_list(open_session, fault_proxy, count)


def state(it: JobList, suffix: str) -> list[str]:
    return [job.status.word for job in it.app.jobs_pane.table.jobs if job.suffix == suffix]


async def test_what_has_ended_is_offered_no_action(open_jobs: OpenJobs):
    async with open_jobs() as it:
        await it.go_to(ENDED)
        for key in "xpw":
            await it.press(key)
            assert not it.is_asked
            assert refusal(ACTION_OF[key], it.current) in toast(it.app)
        assert it.app.query_one("#jobs-cancel", Button).disabled
        assert it.changes() == {}


async def test_the_label_of_a_button_that_is_off_stays_in_the_theme_of_ssh(open_jobs: OpenJobs):
    async with open_jobs() as it:
        it.app.theme = "fttui-ansi"
        await it.go_to(ENDED)
        button = it.app.query_one("#jobs-cancel", Button)
        assert button.disabled
        await it.press("j", "k")
        assert button.styles.border_top[0] == "", button.styles.border_top


async def test_of_the_marked_jobs_only_those_that_can_change_are_named_and_cancelled(
    open_jobs: OpenJobs,
):
    async with open_jobs() as it:
        ended = await it.go_to(ENDED)
        await it.press("space")
        running = await it.go_to(RUNNING)
        await it.press("space")
        said = await it.question("x")
        assert running.id in said
        assert ended.id not in said
        assert "Cancel Job" in said
        assert "Cancel Jobs" not in said
        assert facts(it.app)["Left out"] == left_out("cancel", [ended], 2)
        await say_yes(it.pilot)
        await it.until_told("has been cancelled.")
        assert it.changes() == {f"POST {JOBS}/{running.raw_id}/cancel": 1}


async def test_a_running_job_is_cancelled_only_once_its_last_letters_are_typed(
    open_jobs: OpenJobs,
):
    async with open_jobs() as it:
        job = await it.go_to(RUNNING)
        said = await it.question("x")
        for told in (job.id, "Status", "running", "A cancelled job cannot go on", "is billed"):
            assert told in said
        yes = it.app.screen.query_one("#confirm-yes", Button)
        assert yes.disabled
        for _ in range(4):
            await it.press("tab")
            assert it.app.focused is not yes
        await it.press("tab", "enter")
        assert it.changes() == {}
        if not it.is_asked:
            await it.question("x")
        await it.press(*job.raw_id[-4:], "enter", "enter")
        await it.until_told(f"{job.name} has been cancelled.")
        assert it.changes() == {f"POST {JOBS}/{job.raw_id}/cancel": 1}
        assert state(it, RUNNING) == ["cancelled"]


async def test_without_a_yes_no_job_is_touched(open_jobs: OpenJobs):
    async with open_jobs() as it:
        for key, suffix in (("x", RUNNING), ("p", RUNNING), ("w", PAUSED)):
            await it.go_to(suffix)
            for answer in ("enter", "escape"):
                await it.question(key)
                await it.press(answer)
                assert not it.is_asked
        await later(it.pilot, 1.0)
        assert it.changes() == {}


async def test_a_job_is_paused_and_goes_on_and_is_told_what_it_is_already(open_jobs: OpenJobs):
    async with open_jobs() as it:
        await it.go_to(RUNNING)
        await it.press("w")
        assert "Only a paused job can be resumed; this one is running." in toast(it.app)
        assert not it.is_asked
        said = await it.question("p")
        assert "Pause it? It can be resumed later." in said
        await say_yes(it.pilot)
        await it.until_told(f"{it.current.name} is paus")
        assert state(it, RUNNING)[0].startswith("paus")
        await it.go_to(PAUSED)
        await it.press("p")
        assert "This job is paused already. Resume it when it is to go on." in toast(it.app)
        assert not it.is_asked
        said = await it.question("w")
        assert "Training from here on is billed." in said
        await say_yes(it.pilot)
        await it.until_told(f"{it.current.name} is ")
        assert state(it, PAUSED)[0] not in {"paused", "pausing"}
        assert [call.rpartition("/")[2] for call in it.changes()] == ["pause", "resume"]


@pytest.mark.parametrize(("key", "title"), [("x", "Cancel Job"), ("p", "Pause Job")])
async def test_an_action_that_fails_says_why_and_shows_the_job_as_it_is(
    open_jobs: OpenJobs, clock: ManualClock, key: str, title: str
):
    async with open_jobs() as it:
        job = await it.go_to(QUEUED)
        assert job.status.word == "queued"
        it.proxy.always("POST .*/(cancel|pause)$", BROKEN)
        await it.question(key)
        clock.advance(120)
        await say_yes(it.pilot)
        await it.until_told("the cluster burns")
        assert toast(it.app).startswith(f"{title} · {job.name}")
        assert state(it, QUEUED) == ["running"]
        assert len(it.changes()) == 1
        assert it.current.id == job.id
        assert "An action on this job is under way" not in screen_text(it.app)
        assert not it.app.query_one("#jobs-cancel", Button).disabled
        await it.question(key)  # it can be asked for again


async def test_a_job_that_ended_before_its_cancel_is_told_and_shown_as_ended(
    open_jobs: OpenJobs, clock: ManualClock
):
    async with open_jobs() as it:
        await it.go_to(RUNNING)
        await it.question("x")
        clock.advance(7200)
        await say_yes(it.pilot)
        await it.until_told("This job has already succeeded: there is nothing left to cancel.")
        assert state(it, RUNNING) == ["succeeded"]
        assert it.app.query_one("#jobs-cancel", Button).disabled


async def test_an_endpoint_that_has_gone_away_is_told_and_the_job_stays_as_it_was(
    open_jobs: OpenJobs,
):
    async with open_jobs() as it:
        job = await it.go_to(RUNNING)
        await it.question("x")
        it.proxy.always("", LOST)
        await say_yes(it.pilot)
        await it.until_told(f"Cancel Job · {job.name}")
        assert "ended" not in toast(it.app)
        assert len(toast(it.app).splitlines()) > 2  # title, what happened, what to do
        assert state(it, RUNNING) == ["running"]
        await it.question("x")


async def test_an_action_under_way_is_shown_and_not_doubled(open_jobs: OpenJobs):
    async with open_jobs() as it:
        job = await it.go_to(RUNNING)
        it.proxy.always("POST .*/cancel$", Fault("held"))
        it.besides = (f"act-{job.raw_id}",)
        await it.question("x")
        await say_yes(it.pilot, it.besides)
        await it.until(it.changes)
        for key in "xpw":
            await it.press(key)
            assert not it.is_asked
            assert "An action on this job is under way. Wait for its answer." in toast(it.app)
        assert "An action on this job is under way" in screen_text(it.app)
        it.proxy.let_go()
        await it.until_told("has been cancelled.")
        it.besides = ()
        await it.press("x")
        assert refusal("cancel", it.current) in toast(it.app)
        assert "An action on this job is under way" not in screen_text(it.app)
        assert it.changes() == {f"POST {JOBS}/{job.raw_id}/cancel": 1}


async def test_two_yeses_to_one_action_ask_the_endpoint_once(open_jobs: OpenJobs):
    async with open_jobs() as it:
        job = await it.go_to(RUNNING)
        it.proxy.always("POST .*/cancel$", Fault("held"))
        group = f"act-{job.raw_id}"
        it.besides = (group,)
        for _ in range(2):
            it.app.start_worker(partial(it.app.utils.job_actions._act, "cancel", job), group)
        await it.until(it.changes)
        it.proxy.let_go()
        await it.until_told("has been cancelled.")
        it.besides = ()
        assert it.changes() == {f"POST {JOBS}/{job.raw_id}/cancel": 1}


async def test_many_jobs_are_asked_for_once_counted_and_cancelled_one_by_one(
    open_session: Callable[..., Session], fault_proxy: FaultProxy
):
    jobs = [
        {"id": f"ftjob-{number}", "status": "running", "user_provided_suffix": f"n{number}"}
        for number in range(8)
    ]
    answer = json.dumps({"object": "list", "data": jobs, "has_more": False}).encode()
    fault_proxy.always(f"GET {JOBS}$", Fault("answer", body=answer))
    for job in jobs:
        ended = json.dumps({**job, "status": "cancelled"}).encode()
        fault_proxy.always(f"POST {JOBS}/{job['id']}/cancel$", Fault("answer", body=ended))
    async with job_list(open_session, fault_proxy, 8) as it:
        for _ in jobs:
            await it.press("space")
        said = await it.question("x")
        for told in ("Cancel Jobs (8)", "Cancel these 8 jobs?", "Cancel all 8 jobs"):
            assert told in said
        assert facts(it.app)["And"] == "2 more jobs"
        assert it.app.screen.query_one("#confirm-yes", Button).disabled
        assert "Type 8 to allow it" in said
        assert sum(job["id"] in said for job in jobs) == 6
        await say_yes(it.pilot)
        await it.until(lambda: len(it.changes()) == 8)
        await later(it.pilot, 1.0)
        assert set(it.changes().values()) == {1}


async def test_a_job_without_an_id_and_no_job_at_all_are_sentences(
    open_session: Callable[..., Session], fault_proxy: FaultProxy
):
    nameless = b'{"object": "list", "data": [{"id": null, "status": "running"}]}'
    fault_proxy.always(f"GET {JOBS}$", Fault("answer", body=nameless))
    async with job_list(open_session, fault_proxy, 1) as it:
        await it.press("x")
        assert "The endpoint gave this job no id, so nothing can be asked of it." in toast(it.app)
        fault_proxy.calm()
        await it.press("r")
        await it.until(lambda: not it.app.jobs_pane.table.jobs)
        for key in "xpwyY":
            await it.press("escape", key)
            assert "No job is selected. Move the cursor to one first." in toast(it.app)
            assert not it.is_asked
