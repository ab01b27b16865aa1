"""The clock of the apps that are tested here, and the terminal that they believe to be on."""

import pytest

from settling import app_clock

__all__ = ["app_clock"]


@pytest.fixture(autouse=True)
def a_terminal_of_256_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the tests run, the app takes its own theme unless a test says otherwise."""
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("COLORTERM", "SSH_TTY", "SSH_CONNECTION", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
