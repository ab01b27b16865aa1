"""An earlier run that fails, and the app that follows on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from tests.interface.recovery.left_open import EarlierRun, LeftOpen, next_run

from faults.harness import Truth
from faults.proxy import FaultProxy
from fttui.server import SandboxServer
from fttui.services.session import Session

OpenRun = Callable[..., AbstractAsyncContextManager[LeftOpen]]


@pytest.fixture
def earlier(
    open_session: Callable[..., Session], fault_proxy: FaultProxy, tmp_path: Path
) -> EarlierRun:
    """Leaves things open."""
    return EarlierRun(open_session, fault_proxy, tmp_path)


@pytest.fixture
def open_run(open_session: Callable[..., Session], fault_proxy: FaultProxy) -> OpenRun:
    """Opens the app after the earlier run."""

    def open_one(**options: Any) -> AbstractAsyncContextManager[LeftOpen]:
        return next_run(open_session, fault_proxy, **options)

    return open_one


@pytest.fixture
def truth(sandbox: SandboxServer) -> Iterator[Truth]:
    """What is really on the endpoint."""
    found = Truth(sandbox)
    yield found
    found.close()
