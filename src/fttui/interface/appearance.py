"""How the app looks and which keys it takes: styles, and what the settings say of both."""

from __future__ import annotations

import os
import pkgutil
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from fttui.interface.keymap import read_keymap
from fttui.interface.palettes import default_theme
from fttui.terminal.language import _

if TYPE_CHECKING:
    from textual.app import App

    from fttui.storage.settings import Settings

AT_FIRST = ("app", "styles/controls", "styles/create")
LATER = ("styles/jobs", "styles/dialogs")


def styles(names: Iterable[str] = AT_FIRST) -> str:
    """The looks of some screens; as text, since the package may lie in a zip file."""
    sheets = [pkgutil.get_data("fttui.interface", f"{name}.tcss") or b"" for name in names]
    return b"\n".join(sheets).decode("utf-8")


def apply_settings(app: App[Any], settings: Settings, warn: Callable[[str], object]) -> None:
    """Apply the settings' theme and keys; `warn` is told of each that cannot be."""
    is_there = settings.theme in app.available_themes
    app.theme = settings.theme if is_there else default_theme(os.environ)
    if settings.theme and not is_there:
        warn(_("There is no theme {theme!r}; see the palette for the names.", theme=settings.theme))
    keymap, problems = read_keymap(settings.keymap)
    if keymap:
        app.set_keymap(keymap)
    for problem in (*settings.warnings, *problems):
        warn(problem)
