"""The colours of fttui's themes, and which theme a terminal gets that nobody chose one for.

In `fttui-dark` and `fttui-light` all that informs has a contrast of at least 4.5 to what is
behind it, and what is greyed out one of at least 3, also where a terminal with 256 colours takes
the nearest of its own. The colours are few: each change of them takes bytes, which count over SSH.
`fttui-ansi` leaves foreground and background to the terminal, and of its 16 colours takes those
alone that can be read on a dark and on a light one: red and magenta.

Without Textual, as the first frame is painted before that is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fttui.terminal.served import in_browser

Palette = dict[str, Any]
"""What a theme is made of: the arguments of Textual's `Theme`."""

_DARK_GREYED = "#808080"
_LIGHT_GREYED = "#6c6c6c"

DARK: Palette = {
    "name": "fttui-dark",
    "dark": True,
    "primary": "#005faf",
    "success": "#87d787",
    "warning": "#ffaf5f",
    "error": "#af0000",
    "accent": "#ffaf5f",
    "foreground": "#e4e4e4",
    "background": "#121212",
    "surface": "#1c1c1c",
    "panel": "#303030",
    "variables": {
        "boost": "#262626",
        "text-muted": "#b0b0b0",
        "text-disabled": _DARK_GREYED,
        "primary-muted": "#002f5f",
        "warning-muted": "#303030",
        "error-muted": "#5f0000",
        "border": "#5fafff",
        "scrollbar": "#808080",
        "scrollbar-background": "#262626",
        "input-selection-background": "#005faf",
        "block-cursor-foreground": "#ffffff",
        "screen-selection-background": "#005faf",
        # Textual makes these of the colours above, whatever contrast comes of it.
        "text-primary": "#5fafff",
        "text-secondary": "#5fafff",
        "text-success": "#87d787",
        "text-warning": "#ffaf5f",
        "text-error": "#ff8787",
        "text-accent": "#ffaf5f",
    },
}
LIGHT: Palette = {
    "name": "fttui-light",
    "dark": False,
    "primary": "#005faf",
    "success": "#005f00",
    "warning": "#6f4f00",
    "error": "#af0000",
    "accent": "#005faf",
    "foreground": "#1c1c1c",
    "background": "#ffffff",
    "surface": "#f2f2f2",
    "panel": "#e0e0e0",
    "variables": {
        "boost": "#e8e8e8",
        "text-muted": "#4e4e4e",
        "text-disabled": _LIGHT_GREYED,
        "primary-muted": "#d7d7ff",
        "warning-muted": "#ffffd7",
        "error-muted": "#ffd7d7",
        "scrollbar": "#8a8a8a",
        "scrollbar-background": "#e8e8e8",
        "input-selection-background": "#afd7ff",
        "block-cursor-foreground": "#ffffff",
        "screen-selection-background": "#afd7ff",
        "text-primary": "#005faf",
        "text-secondary": "#005faf",
        "text-success": "#005f00",
        "text-warning": "#6f4f00",
        "text-error": "#af0000",
        "text-accent": "#005faf",
    },
}
ANSI: Palette = {
    "name": "fttui-ansi",
    "ansi": True,
    "primary": "ansi_default",
    "secondary": "ansi_default",
    "success": "ansi_default",
    "warning": "ansi_magenta",
    "error": "ansi_red",
    "accent": "ansi_default",
    "foreground": "ansi_default",
    "background": "ansi_default",
    "surface": "ansi_default",
    "panel": "ansi_default",
    "boost": "ansi_default",
    "variables": {
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "border": "ansi_default",
        "border-blurred": "ansi_default",
        # Textual's lists cannot reverse a row; underlined it is seen without colour too.
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_white",
        "block-cursor-text-style": "bold underline",
        "footer-key-foreground": "ansi_default",
        "scrollbar": "ansi_default",
        "scrollbar-background": "ansi_default",
        "input-selection-background": "ansi_magenta",
        "input-selection-foreground": "ansi_default",
        "screen-selection-background": "ansi_magenta",
        "screen-selection-foreground": "ansi_default",
    },
}
PALETTES: dict[str, Palette] = {each["name"]: each for each in (DARK, LIGHT, ANSI)}
DEFAULT_THEME: str = DARK["name"]
PLAIN_THEME: str = ANSI["name"]
GREYED_OUT = {DARK["name"]: _DARK_GREYED, LIGHT["name"]: _LIGHT_GREYED}
"""The colour of what cannot be used now, by theme; nothing that informs is painted in it."""


def default_theme(environ: Mapping[str, str]) -> str:
    """The theme of a terminal that nobody chose one for.

    `fttui-ansi` over SSH, where it takes the fewest bytes; below 256 colours, where others come
    out as one; and where no colour is wanted. A browser shows all colours.
    """
    if in_browser(environ):
        return PLAIN_THEME if "NO_COLOR" in environ else DEFAULT_THEME
    is_remote = environ.get("SSH_TTY") or environ.get("SSH_CONNECTION")
    is_plain = is_remote or "NO_COLOR" in environ or not _has_many_colours(environ)
    return PLAIN_THEME if is_plain else DEFAULT_THEME


def _has_many_colours(environ: Mapping[str, str]) -> bool:
    """True of a terminal with at least 256 colours, by what it tells of itself."""
    if environ.get("COLORTERM", "").strip().lower() in {"truecolor", "24bit"}:
        return True
    # The same words that decide which codes are written: `rich.console.Console`.
    return environ.get("TERM", "").rpartition("-")[2].lower() in {"256color", "kitty"}
