"""The list of several endpoints: none hides another, and each row is acted on where it is."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.interface.jobs.jobs_host import NOW, JobsHost, make_job, screen_text
from tests.interface.jobs.jobs_host import settled as at_rest
from tests.interface.seen import asked, facts, say_yes, toast
from textual.pilot import Pilot

from endpoints import keys_of, opened, sandboxes, write_profiles
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.carried import Switch
from fttui.interface.messages import EndpointsKnown, JobsFailed, JobsLoading, JobsPage
from fttui.server import SandboxServer
from fttui.services.endpoint.errors import NotSentError, UnauthorizedError
from fttui.services.endpoint.models import Job
from fttui.services.profiles.several import Place, Sessions
from settling import press, until

Servers = dict[str, SandboxServer]


@asynccontextmanager
async def list_of(sessions: Sessions) -> AsyncIterator[tuple[OpenAIInterfaceFT, Pilot[Any]]]:
    app = OpenAIInterfaceFT(sessions.own, profiles=sessions._profiles, tab="jobs")
    async with app.run_test(size=(120, 40)) as pilot:
        yield app, pilot
    app.sessions.close_others()


@pytest.fixture
def servers() -> Iterator[Servers]:
    with sandboxes("one", "two") as found:
        yield found


@pytest.fixture
def sessions(servers: Servers, fault_proxy: FaultProxy, tmp_path: Path) -> Iterator[Sessions]:
    """ "three" is behind the proxy."""
    urls = {name: server.base_url for name, server in servers.items()}
    config = write_profiles(tmp_path / "config.toml", urls | {"three": fault_proxy.base_url})
    with opened(config, keys_of(["one", "two", "three"])) as found:
        yield found


def rows(app: OpenAIInterfaceFT, profile: str) -> dict[str, Job]:
    """The listed jobs of an endpoint by their ids."""
    return {job.id: job for job in app.jobs_pane.table.jobs if job.profile == profile}


async def test_a_row_is_acted_on_at_its_own_endpoint_while_another_one_is_dead(
    sessions: Sessions, fault_proxy: FaultProxy
) -> None:
    fault_proxy.always("", Fault("reset", commit=False))
    async with list_of(sessions) as (app, pilot):
        await until(pilot, lambda: rows(app, "one") and rows(app, "two"))
        await until(pilot, lambda: "✗ three: no answer" in screen_text(app))
        assert "✓ one · ✓ two" in screen_text(app)
        job = next(job for job in rows(app, "two").values() if job.status.may_train)
        app.jobs_pane.select_job(job.key)
        await press(pilot, "t", *"kept", "enter")
        await press(pilot, "x")
        await asked(pilot)
        assert facts(app)["Endpoint"].startswith("two (127.0.0.1:")
        await say_yes(pilot)
        await until(pilot, lambda: rows(app, "two")[job.id].status.word == "cancelled")
        one, two, *_rest = app.sessions.all
        there = await one.thread.read(one.handle.retrieve_job(job.id))
        assert there.status.may_train, "the job of the same id elsewhere goes on"
        assert two.annotations.of(job.id).note == "kept"
        assert one.annotations.of(job.id).note == ""
        assert {app.jobs_pane.table.kept(row).note for row in rows(app, "one").values()} == {""}
        await press(pilot, "slash", *"endpoint:two note:kept", "enter")
        await until(pilot, lambda: app.jobs_pane.table.row_count == 1)
        await press(pilot, "T")
        assert "This job is at two, but models are tried at one." in toast(app)
        await press(pilot, "d")
        assert "Here, at two" in screen_text(app)
        await press(pilot, "enter")
        await until(pilot, lambda: not app.is_running)
        switch = app.return_value
        assert isinstance(switch, Switch) and switch.carried.form is not None
        assert switch.session.endpoint.profile.name == "two"
        assert switch.carried.form.job.id == job.id
        switch.session.close()


async def test_marked_rows_of_several_endpoints_each_go_where_they_are(
    sessions: Sessions, fault_proxy: FaultProxy
) -> None:
    fault_proxy.always("", error_answer(401, commit=False, message="no such key"))
    async with list_of(sessions) as (app, pilot):
        await until(pilot, lambda: rows(app, "one") and rows(app, "two"))
        await until(pilot, lambda: "✗ three: key refused" in screen_text(app))
        running = next(job.id for job in rows(app, "one").values() if job.status.may_train)
        queued = next(job.id for job in rows(app, "two").values() if job.status.word == "queued")
        for profile, job_id in (("one", running), ("two", queued)):
            app.jobs_pane.select_job(rows(app, profile)[job_id].key)
            await press(pilot, "space")
        await press(pilot, "x")
        await asked(pilot)
        assert facts(app)["Endpoints"].count("127.0.0.1") == 2
        await say_yes(pilot)
        await until(pilot, lambda: rows(app, "one")[running].status.word == "cancelled")
        await until(pilot, lambda: rows(app, "two")[queued].status.word == "cancelled")
        states = [rows(app, "two")[running].status.word, rows(app, "one")[queued].status.word]
        assert "cancelled" not in states


def several() -> Any:
    endpoint = SimpleNamespace(host="api.openai.com", mark="openai")
    own = SimpleNamespace(endpoint=endpoint, refusal="")
    return SimpleNamespace(is_several=True, own=own, why_not=lambda _action, _jobs: "")


class SeveralHost(JobsHost):
    """Three endpoints of which the second is asked yet, and the third refuses the key."""

    def on_mount(self) -> None:
        super().on_mount()
        places = [Place("nebius", "nebius"), Place("azure", "azure"), Place("old", "old")]
        self.tell(
            EndpointsKnown([*places, Place("work", "work", left_out="the same account as openai")])
        )
        jobs = [replace(make_job(number), profile="openai") for number in range(1, 9)]
        running = replace(make_job(0, "running"), profile="openai")
        there = [replace(make_job(n, "failed"), profile="nebius") for n in range(3, 20, 2)]
        for profile, listed in (("openai", [running, *jobs]), ("nebius", there)):
            for message in (JobsLoading(), JobsPage(tuple(listed)), JobsPage((), last=True)):
                message.profile = profile
                self.tell(message)
        again = JobsLoading()
        again.profile = "nebius"
        self.tell(again)
        refused = UnauthorizedError(
            "The key is refused (401).", "Run `fttui login --profile azure`."
        )
        lost = NotSentError("old.example cannot be reached.", "Check the network.")
        for profile, error in (("azure", refused), ("old", lost)):
            failed = JobsFailed(error, NOW - timedelta(hours=2) if profile == "old" else None)
            failed.profile = profile
            self.tell(failed)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_list_of_several_endpoints(
    snap_compare: Callable[..., bool], size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    app = SeveralHost(among=several())
    assert snap_compare(app, terminal_size=size, run_before=at_rest)
