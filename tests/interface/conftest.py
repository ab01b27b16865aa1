"""The clock of the apps that are tested here, and the terminal that they believe to be on."""

from collections.abc import Iterator

import pytest
from tests.interface.held_check import held_check
from tests.interface.quick_textual import make_quick
from textual._styles_cache import StylesCache

from fttui.training_data import retirement
from settling import app_clock

__all__ = ["app_clock", "held_check"]


@pytest.fixture(autouse=True)
def a_terminal_of_256_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the tests run, the app takes its own theme unless a test says otherwise."""
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("COLORTERM", "SSH_TTY", "SSH_CONNECTION", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def a_day_before_models_go_in_apps(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app whose test names no day has the day of all tests."""
    monkeypatch.setattr("fttui.interface.app.day_of", lambda _moment: retirement.local_today())


@pytest.fixture(autouse=True, scope="session")
def textual_is_quick() -> Iterator[None]:
    """What Textual does for each app anew is done in less time."""
    with pytest.MonkeyPatch.context() as patch:
        make_quick(patch)
        yield


@pytest.fixture(autouse=True)
def nothing_stays_of_ended_apps() -> Iterator[None]:
    """Textual keeps the painted lines of the last thousand widgets, ended or not."""
    yield
    StylesCache.get_inner_outer.cache_clear()
