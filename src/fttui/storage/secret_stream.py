"""Keys taken out of a text that comes in pieces, of which each is shown when it comes."""

from __future__ import annotations

from fttui.storage.secrets import key_forms, redact_keys


class StreamRedactor:
    """Hands pieces on without the keys in use, also where a key comes in several pieces.

    What may be the beginning of a key waits for the next piece: mostly a letter or two. Keys in
    disguise, such as with blanks in between, are found in the whole text alone.
    """

    def __init__(self) -> None:
        self._waiting = ""

    def take(self, piece: str) -> str:
        """What of all that has come can be shown now."""
        text = self._waiting + piece
        held = _held(text)
        self._waiting = text[len(text) - held :]
        return redact_keys(text[: len(text) - held])

    def end(self) -> str:
        """What was waiting for more."""
        text, self._waiting = self._waiting, ""
        return redact_keys(text)


def _held(text: str) -> int:
    """Characters at the end of `text` that stand so in a key."""
    forms = key_forms()
    count = 0
    while count < len(text) and any(text[len(text) - count - 1 :] in form for form in forms):
        count += 1
    return count
