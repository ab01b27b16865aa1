"""Text of others that is shown as it comes: `safe` for the pieces of one text."""

from __future__ import annotations

import unicodedata

from fttui.terminal.text import safe

_MARKS = frozenset({"Mn", "Mc", "Me"})
_STYLES = "\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_LONGEST = 64


class SafeStream:
    """Makes pieces safe to print, with their line breaks.

    The last character waits for the next piece, because marks that belong on it may come there:
    without it they would look as if they stood alone.
    """

    def __init__(self) -> None:
        self._waiting = ""

    def take(self, piece: str) -> str:
        """What of all that has come can be printed now."""
        text = self._waiting + piece
        at = len(text) - 1
        while at > 0 and len(text) - at < _LONGEST and _belongs_before(text[at]):
            at -= 1
        self._waiting = text[max(at, 0) :]
        return _safe(text[: max(at, 0)])

    def end(self) -> str:
        """What was waiting for more."""
        text, self._waiting = self._waiting, ""
        return _safe(text)


def _safe(text: str) -> str:
    return safe(text, newlines=True, maxlen=16 * len(text) + 1)


def _belongs_before(character: str) -> bool:
    """Whether it is painted on the character before it, or is the second half of a line end."""
    if character == "\n" or character in _STYLES:
        return True
    return character >= "\u0300" and unicodedata.category(character) in _MARKS
