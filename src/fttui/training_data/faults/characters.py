"""Characters and pieces of a line by names that people know."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from fttui.terminal.language import _
from fttui.terminal.text import safe

_LONGEST_SHOWN = 40

CONTROLS: Mapping[str, str] = MappingProxyType(
    {
        "\x00": "NUL",
        "\x07": "BELL",
        "\x08": "BACKSPACE",
        "\t": _("a tab"),
        "\n": _("a line feed"),
        "\x0b": _("a vertical tab"),
        "\x0c": _("a form feed"),
        "\r": _("a carriage return"),
        "\x1a": "Ctrl+Z",
        "\x1b": "ESC",
        "\x1c": "FILE SEPARATOR",
        "\x1d": "GROUP SEPARATOR",
        "\x1e": "RECORD SEPARATOR",
        "\x1f": "UNIT SEPARATOR",
        "\x7f": "DEL",
        "\ufeff": _("a byte order mark"),
    }
)

INVISIBLE = r"[^\S \t\r\n]|[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5" + (
    r"\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff9-\ufffb]"
)
"""A pattern for one character that shows nothing and that JSON does not take for a space."""

_VISIBLE_ASCII = re.compile(r"[!-~]")


def character_name(character: str) -> str:
    """`NO-BREAK SPACE (U+00A0)`, `Ctrl+Z (U+001A)`; a plain sign is shown as it is."""
    if not character:
        return ""
    if _VISIBLE_ASCII.fullmatch(character):
        return character
    code = f"U+{ord(character):04X}"
    name = CONTROLS.get(character) or unicodedata.name(character, "")
    return f"{name} ({code})" if name else code


def shown(text: str) -> str:
    """A piece of the line as a message may show it."""
    return safe(text.strip(), maxlen=_LONGEST_SHOWN)
