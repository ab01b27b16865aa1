"""What a start asks of the endpoint, and in which order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.interface.jobs.jobs_host import make_job, screen_text
from tests.interface.jobs.live_list import JOBS, WIDE

from faults.proxy import Fault, FaultProxy
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.messages import JobChanged
from fttui.server import SandboxServer, fill_with_samples
from fttui.services.session import Session
from settling import press, settled, until


async def test_the_watch_that_begins_with_the_first_rows_tells_none_of_them_as_new(
    open_list, sandbox: SandboxServer, monkeypatch
) -> None:
    told = []
    post = OpenAIInterfaceFT.post

    def note(self: OpenAIInterfaceFT, message) -> None:
        told.append(message)
        post(self, message)

    monkeypatch.setattr(OpenAIInterfaceFT, "post", note)
    fill_with_samples(sandbox)
    async with open_list(WIDE) as live:
        assert "Jobs 14 ·" in screen_text(live.app)
        assert not [each for each in told if isinstance(each, JobChanged)]
        assert (await live.tick())[JOBS] == 1


async def test_the_sdk_is_got_ready_once_there_are_rows_and_not_before(
    open_session: Callable[..., Session],
    sandbox: SandboxServer,
    fault_proxy: FaultProxy,
    monkeypatch,
) -> None:
    warmed = []
    monkeypatch.setattr(Session, "warm_up", lambda self: warmed.append(self))
    fill_with_samples(sandbox)
    fault_proxy.always("GET /fine_tuning/jobs$", Fault("held"))
    session = open_session(fault_proxy.base_url)
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "f3", besides=["jobs"])
        assert not warmed
        fault_proxy.let_go()
        await until(pilot, lambda: "Jobs 14 ·" in screen_text(app))
        await press(pilot, "r")
        await until(pilot, lambda: "loading" not in screen_text(app))
        assert warmed == [session]


def test_an_archive_needs_no_sdk(session: Session, monkeypatch) -> None:
    prepared = []

    async def prepare() -> None:
        prepared.append(1)

    monkeypatch.setattr(session.handle, "prepare", prepare)
    monkeypatch.setattr("fttui.services.session.Session.refusal", "an archive")
    session.warm_up()
    assert not prepared
    monkeypatch.setattr("fttui.services.session.Session.refusal", "")
    session.warm_up()
    session.thread.wait(session.handle.list_jobs())
    assert prepared


async def test_a_job_that_is_not_in_view_paints_nothing_of_the_one_that_is(
    open_list, sandbox: SandboxServer, monkeypatch
) -> None:
    fill_with_samples(sandbox)
    async with open_list(WIDE) as live:
        panel, table = live.app.jobs_pane.panel, live.app.jobs_pane.table
        shown = []
        monkeypatch.setattr(panel, "show", lambda *told: shown.append(told[0].id))
        current = table.current_job
        assert current is not None
        other = next(job for job in table.jobs if job.id != current.id)
        live.app.post(JobChanged(other))
        await settled(live.pilot)
        assert shown == []
        live.app.post(JobChanged(current))
        await settled(live.pilot)
        assert shown == [current.id]


@pytest.mark.parametrize("how", ["stopped", "unexpected"])
async def test_a_load_that_did_not_end_leaves_a_watch_that_can_begin(
    how: str, ticking_session: Session, fault_proxy: FaultProxy, monkeypatch
) -> None:
    if how == "stopped":
        fault_proxy.always("GET /fine_tuning/jobs$", Fault("held"))
    else:

        async def fail(*_: object) -> list[str]:
            raise RuntimeError("nobody expected this")

        monkeypatch.setattr(ticking_session.handle, "get_all_job_ids", fail)
    app = OpenAIInterfaceFT(ticking_session)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "f3", besides=["jobs"])
        if how == "stopped":
            await press(pilot, "escape", besides=["jobs"])
            fault_proxy.let_go()
            await settled(pilot)
            fault_proxy.seen.clear()
            app.utils.job_feed.job_changed(make_job(1))
        await until(pilot, lambda: fault_proxy.seen[JOBS])
