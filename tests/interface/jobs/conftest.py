"""The whole list on a sandbox, with a watcher that looks when a test says so."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from tests.interface.jobs.live_list import NARROW, LiveList, live_list

from faults.proxy import FaultProxy
from fttui.server import ManualClock
from fttui.services.endpoint.transport import Timeouts
from fttui.services.session import Session, SessionOptions
from ticks import Ticks

OpenList = Callable[..., AbstractAsyncContextManager[LiveList]]


@pytest.fixture
def ticks() -> Ticks:
    """The pauses of the watcher of `ticking_session`."""
    return Ticks()


@pytest.fixture
def ticking_session(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, ticks: Ticks
) -> Session:
    """A session through the proxy, which tries each call once and pauses until the next tick."""
    options = SessionOptions(timeouts=Timeouts(tries=1), rest=ticks.rest)
    return open_session(fault_proxy.base_url, options=options)


@pytest.fixture
def open_list(
    ticking_session: Session, fault_proxy: FaultProxy, clock: ManualClock, ticks: Ticks
) -> OpenList:
    """Opens the app on `ticking_session`, of a `size`."""
    return lambda size=NARROW: live_list(ticking_session, fault_proxy, clock, ticks, size=size)
