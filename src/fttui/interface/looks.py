"""Theme, keys and terminal habits that depend on where fttui runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fttui.interface.app import OpenAIInterfaceFT

DEFAULT_THEME = "textual-dark"
REMOTE_THEME = "ansi-dark"


def set_looks(app: OpenAIInterfaceFT) -> None:
    """Apply the settings' theme and keys; over SSH the default theme sends fewer bytes."""
    settings = app.session.settings
    wanted = settings.theme or default_theme(os.environ)
    if wanted in app.available_themes:
        app.theme = wanted
    elif settings.theme:
        app.utils.notice(f"There is no theme {settings.theme!r}; see the palette for the names.")
    if settings.keymap:
        app.set_keymap(dict(settings.keymap))
    for warning in settings.warnings:
        app.utils.notice(warning, severity="warning")


def default_theme(environ: Mapping[str, str]) -> str:
    """The theme of a terminal that nobody chose one for."""
    remote = environ.get("SSH_TTY") or environ.get("SSH_CONNECTION")
    return REMOTE_THEME if remote else DEFAULT_THEME
