"""The clock of the apps that are tested here, and the terminal that they believe to be on."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.interface.held_check import held_check
from textual._styles_cache import StylesCache
from textual.css.stylesheet import Stylesheet

from settling import app_clock

__all__ = ["app_clock", "held_check"]


@pytest.fixture(autouse=True)
def a_terminal_of_256_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the tests run, the app takes its own theme unless a test says otherwise."""
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("COLORTERM", "SSH_TTY", "SSH_CONNECTION", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True, scope="session")
def styles_are_parsed_once() -> Iterator[None]:
    """The same text of styles with the same colours is parsed for the first app, not for each."""
    parse = Stylesheet._parse_rules
    known: dict[tuple[object, ...], Any] = {}

    def look_up(self: Stylesheet, *text: Any, **ways: Any) -> Any:
        key = (text, *ways.items(), *self._variables.items())
        if key not in known:
            known[key] = parse(self, *text, **ways)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", look_up)
        yield


@pytest.fixture(autouse=True)
def nothing_stays_of_ended_apps() -> Iterator[None]:
    """Textual keeps the painted lines of the last thousand widgets, ended or not."""
    yield
    StylesCache.get_inner_outer.cache_clear()
