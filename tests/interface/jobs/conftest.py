"""Short waits, and the whole list on a sandbox.

What the list does after a pause is tested, not how long the pause is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from tests.interface.jobs.live_list import NARROW, LiveList, live_list

from faults.proxy import FaultProxy
from fttui.interface.panes import list_jobs
from fttui.interface.widgets import filter_bar, jobs_table
from fttui.sandbox import ManualClock
from fttui.services.session import Session, SessionOptions
from fttui.services.transport import Patience
from ticks import Ticks

OpenList = Callable[..., AbstractAsyncContextManager[LiveList]]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """All timers of the list run out after a hundredth of a second."""
    for module, name in (
        (list_jobs, "_REST"),
        (list_jobs, "_PATIENCE"),
        (filter_bar, "_PAUSE"),
        (jobs_table, "_PAGES_TOGETHER"),
        (jobs_table, "_CHANGES_TOGETHER"),
    ):
        assert getattr(module, name) > 0
        monkeypatch.setattr(module, name, 0.01)


@pytest.fixture
def ticks() -> Ticks:
    """The pauses of the watcher of `ticking_session`."""
    return Ticks()


@pytest.fixture
def ticking_session(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, ticks: Ticks
) -> Session:
    """A session through the proxy, which tries each call once and pauses until the next tick."""
    options = SessionOptions(patience=Patience(tries=1), rest=ticks.rest)
    return open_session(fault_proxy.base_url, options=options)


@pytest.fixture
def open_list(
    ticking_session: Session, fault_proxy: FaultProxy, clock: ManualClock, ticks: Ticks
) -> OpenList:
    """Opens the app on `ticking_session`, of a `size`."""
    return lambda size=NARROW: live_list(ticking_session, fault_proxy, clock, ticks, size=size)
