"""Fixtures for all tests: an own home, a sandbox on a real socket, and sessions on it."""

from __future__ import annotations

import gc
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

# The tests start hundreds of processes: compiling what each of them imports would take minutes.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_SETTINGS_OF_THE_TESTS = {
    *("FTTUI_MONEY_EXAMPLES", "FTTUI_RAY", "FTTUI_TRAIN_PYTHON", "TEXTUAL_SNAPSHOT_TEMPDIR"),
}
_AMBIENT = (
    "OPENAI_",
    "FTTUI_",
    "RAY_AUTH_",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSLKEYLOGFILE",
    *("LC_", "COLUMNS", "LINES", "ROWS", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "TERM_PROGRAM"),
    *("VTE_VERSION", "TTY_", "TEXTUAL", "TMUX", "STY", "SSH_", "DISPLAY", "WAYLAND_", "WSL_"),
    *("BROWSER", "EDITOR", "VISUAL", "PAGER"),
)


def _is_ambient(name: str) -> bool:
    return name.upper().startswith(_AMBIENT) and name not in _SETTINGS_OF_THE_TESTS


# Whoever runs the tests has a language, a terminal, a place on earth and accounts: neither what is
# imported, nor a fixture that lasts for more than one test, must see them.
for _name in filter(_is_ambient, list(os.environ)):
    del os.environ[_name]
os.environ["LANGUAGE"] = "en"
os.environ["LANG"] = "C.UTF-8"
os.environ["TZ"] = "UTC"
time.tzset()
# Higher thresholds than these would let what ended apps leave grow to gigabytes.
gc.set_threshold(30_000, 20, 10)

# ruff: noqa: E402
import pytest
from hypothesis import HealthCheck, settings

from faults.proxy import FaultProxy
from fttui.server import ManualClock, SandboxConfig, SandboxServer
from fttui.services.session import Session, SessionOptions
from fttui.storage import secrets
from fttui.training_data import retirement, tokenizers
from sandbox_key import SANDBOX_KEY

# A property holds or not, however slow the machine is that looks; and what is looked at is the same
# each time, unless one asks for others: `pytest --hypothesis-profile=explore`.
_PATIENT: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("fttui", derandomize=True, **_PATIENT)
settings.register_profile("explore", derandomize=False, **_PATIENT)
settings.load_profile("fttui")

# Whoever runs the tests may have a key in a keyring, or one that asks to be unlocked.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

_folders: Counter[str] = Counter()


_FOLDERS_LENGTH = 41
"""Of the path of all tests' folders, as long as `/tmp/pytest-of-root/pytest-100/popen-gw0`."""


@pytest.fixture(scope="session")
def place_of_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tests of this process have their folders.

    Its path is as long in each run: where a screen breaks a line that holds one depends on that.
    """
    base = tmp_path_factory.getbasetemp()
    missing = _FOLDERS_LENGTH - len(str(base)) - 1
    if missing > 0:
        base /= "_" * missing
        base.mkdir(mode=0o700)
    return base


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, place_of_folders: Path) -> Path:
    """A folder named about as pytest's own, which reads all folders there are for a number."""
    name = re.sub(r"\W", "_", request.node.name)[:28]
    number = _folders[name]
    _folders[name] += 1
    path = place_of_folders / f"{name}-{number:02}"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture(autouse=True)
def fttui_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own: no settings, keys or journals of whoever runs the tests."""
    for name in filter(_is_ambient, list(os.environ)):
        monkeypatch.delenv(name)
    for kind in ("config", "state", "cache", "data"):
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", str(tmp_path / "home" / kind))
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def no_known_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process knows the keys of its own run alone, not those of earlier tests."""
    monkeypatch.setattr(secrets, "_DEFAULT", secrets.Redactor())


@pytest.fixture(autouse=True)
def a_day_before_models_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays one day, whenever the tests run: models are shut down on days that will be over."""
    monkeypatch.setattr(retirement, "local_today", lambda: date(2026, 11, 26))


@pytest.fixture(autouse=True, scope="session")
def vocabularies_are_read_once() -> Iterator[None]:
    """A check needs its vocabulary: it is read by the first check of this process, not by each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenizers, "_Splintr", cache(tokenizers._Splintr))
        yield


@pytest.fixture
def clock() -> ManualClock:
    """The sandbox's time: begins now, and stands still until `advance` is called."""
    return ManualClock(start=time.time())


@pytest.fixture
def sandbox(clock: ManualClock) -> Iterator[SandboxServer]:
    """An empty sandbox of the test's own, on a loopback port."""
    with SandboxServer(SandboxConfig(clock=clock, api_key=SANDBOX_KEY)) as server:
        yield server


@pytest.fixture
def fault_proxy(sandbox: SandboxServer) -> Iterator[FaultProxy]:
    """A proxy in front of `sandbox` that breaks what a test tells it to."""
    with FaultProxy(sandbox.base_url) as proxy:
        yield proxy


@pytest.fixture
def open_session(sandbox: SandboxServer) -> Iterator[Callable[..., Session]]:
    """Opens sessions with the sandbox's key, at `base_url` or the sandbox itself; closes them."""
    sessions: list[Session] = []

    def open_one(base_url: str = "", options: SessionOptions | None = None) -> Session:
        environ = {
            **os.environ,
            "OPENAI_API_KEY": sandbox.api_key,
            "OPENAI_BASE_URL": base_url or sandbox.base_url,
        }
        sessions.append(Session.open(environ=environ, options=options))
        return sessions[-1]

    yield open_one
    for session in sessions:
        session.close()


@pytest.fixture
def session(open_session: Callable[..., Session]) -> Session:
    """A session on `sandbox`."""
    return open_session()


def pytest_collection_finish() -> None:
    """What is imported by now stays: nobody has to look through it for garbage."""
    gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors: many tests wait for other processes."""
    return (os.cpu_count() or 1) + 1


def pytest_make_parametrize_id(val: object) -> str | None:
    """Short names for bytes and long texts: a test's name states its behaviour, not its data."""
    if isinstance(val, bytes | str) and len(val) > 60:
        return f"{type(val).__name__}-{len(val)}"
    return None
