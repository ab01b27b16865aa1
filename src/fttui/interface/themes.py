"""The themes of fttui, of the colours in `palettes`."""

from __future__ import annotations

from textual.theme import Theme

from fttui.interface import palettes

LOOKS = (
    *("plain", "muted", "strong", "title", "header"),
    *("good", "bad", "active", "waiting", "second"),
    *("cursor", "blurred"),
)
"""Names that lines of text are painted by; `styles/controls.tcss` gives each its colours."""

DARK = Theme(**palettes.DARK)
LIGHT = Theme(**palettes.LIGHT)
ANSI = Theme(**palettes.ANSI)
THEMES = (DARK, LIGHT, ANSI)
