"""Sessions behind a fault proxy, for submissions that are broken on their way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.harness import IN_PARTS, Truth, hasty, skip_silence, write_rows
from faults.proxy import FaultProxy
from fttui.server import SandboxServer
from fttui.services.session import Session


@pytest.fixture
def truth(sandbox: SandboxServer) -> Iterator[Truth]:
    found = Truth(sandbox)
    yield found
    found.close()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def proxied(
    fault_proxy: FaultProxy, open_session: Callable[..., Session], journal: Path
) -> Session:
    """A session behind `fault_proxy` that sends small files whole."""
    session = open_session(fault_proxy.base_url, hasty(journal))
    skip_silence(fault_proxy, session)
    return session


@pytest.fixture
def in_parts(
    fault_proxy: FaultProxy, open_session: Callable[..., Session], journal: Path
) -> Session:
    """A session behind `fault_proxy` that sends everything in parts of 1 MiB."""
    return open_session(fault_proxy.base_url, hasty(journal, **IN_PARTS))


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file of five parts, the last one short."""
    return write_rows(tmp_path / "big.jsonl", 60, filler=75_000)
