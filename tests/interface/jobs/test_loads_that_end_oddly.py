"""Loads that fail, are stopped or are not looked at: told, and taken up again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.interface.jobs.job_list import JOBS, job_list
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.jobs.live_list import NARROW, make_job
from tests.interface.seen import toast
from textual.events import AppBlur, AppFocus

from faults.proxy import FaultProxy, error_answer
from fttui.server import SandboxServer, fill_with_samples
from fttui.services.endpoint.models import Job
from fttui.services.polling_schedule import PollingSchedule
from fttui.services.session import Session
from settling import settled
from ticks import Ticks

RARELY = PollingSchedule().unfocused * (1 - PollingSchedule().jitter)


async def test_the_endpoint_is_asked_rarely_while_nobody_looks_and_at_once_when_somebody_does(
    open_list, ticking_session: Session, ticks: Ticks, tmp_path: Path
):
    await make_job(ticking_session, tmp_path)
    async with open_list(NARROW) as live:
        assert await ticks.next() < RARELY
        live.app.post_message(AppBlur())
        await settled(live.pilot)
        assert await ticks.next() >= RARELY
        looks = len(ticks.pauses)
        live.app.post_message(AppFocus())
        await settled(live.pilot)
        assert await ticks.looks(looks + 1) < RARELY


async def test_an_error_that_nobody_expected_ends_a_load_with_a_sentence_and_the_next_one_works(
    open_session: Callable[..., Session],
    fault_proxy: FaultProxy,
    sandbox: SandboxServer,
    monkeypatch: pytest.MonkeyPatch,
):
    def broken(value: object, **_more: object) -> Job | None:
        raise ZeroDivisionError

    count = fill_with_samples(sandbox)
    async with job_list(open_session, fault_proxy, count) as it:
        with monkeypatch.context() as patch:
            patch.setattr(Job, "read", staticmethod(broken))
            await it.press("r")
            await it.until_told("Something in fttui failed (ZeroDivisionError")
            assert "Something in fttui failed while this was under way." in screen_text(it.app)
            assert "loading…" not in screen_text(it.app)
            assert len(it.app.jobs_pane.table.jobs) == count
        await it.press("r")
        await it.until(lambda: "Something in fttui" not in screen_text(it.app))
        assert f"Jobs {count} ·" in screen_text(it.app)


async def test_the_models_are_asked_for_again_unless_the_endpoint_has_no_such_list(
    open_list, fault_proxy: FaultProxy
):
    lost = error_answer(500, commit=False)
    for refusal, again in ((lost, 1), (error_answer(404, commit=False), 0)):
        fault_proxy.calm()
        fault_proxy.always("GET /models", refusal)
        async with open_list(NARROW) as live:
            fault_proxy.calm()
            live.app.utils.job_feed.load_what_is_missing()
            await live.settled()
            assert fault_proxy.seen["GET /models"] == again
            assert fault_proxy.seen[f"GET {JOBS}"] == 0
            assert toast(live.app) == ""
