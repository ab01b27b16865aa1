"""The gate for text that others wrote: what passes it cannot steer a terminal.

Job names, error messages, file names and model output may hold escape sequences,
bidirectional overrides or broken characters. `safe` makes every one of them visible.
"""

import json
import math
import os
import re
import unicodedata
from typing import Any

MAX_LENGTH = 2000
"""Characters that a single text may take on the screen unless the caller says otherwise."""

MAX_MARKS = 4
"""Combining marks kept on one base character; more of them only paint over other rows."""

_ELLIPSIS = "…"
_TAB = "    "
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,255}")
_FIRST_MARK = "\u0300"
_SCAN_FACTOR = 8

# Letters and marks that paint nothing although their category promises otherwise, unassigned
# points that Unicode reserves as invisible, and skin tones, which some terminals paint alone.
_INVISIBLE = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1F3FB, 0x1F3FF),
    (0xE0000, 0xE0FFF),
)
_SHOWN_BY_NUMBER = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Mc", "Me"})


class _Replacements(dict[int, int | str]):
    """What each code point is shown as, worked out when first met."""

    _LIMIT = 8192

    def __missing__(self, code: int) -> int | str:
        if len(self) >= self._LIMIT:
            self.clear()
        shown = self[code] = _shown_as(code)
        return shown


def _shown_as(code: int) -> int | str:
    """The visible form of one code point: itself, a control picture or `<U+XXXX>`."""
    if code == 0x09:
        return _TAB
    if code < 0x20:
        return code + 0x2400
    if code == 0x7F:
        return 0x2421
    hidden = (
        unicodedata.category(chr(code)) in _SHOWN_BY_NUMBER
        or code & 0xFFFE == 0xFFFE
        or 0xFDD0 <= code <= 0xFDEF
        or any(low <= code <= high for low, high in _INVISIBLE)
    )
    return f"<U+{code:04X}>" if hidden else code


_REPLACEMENTS = _Replacements()
_REPLACEMENTS_WITH_NEWLINES = _Replacements({0x0A: 0x0A})
_EMOJI_STYLES = "\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_EMOJI_STYLE = re.compile(f"[{_EMOJI_STYLES}]")

_UNSURE = re.compile(
    "[^\x00-\u036f\u0370-\u0482\u048a-\u052f\u1e00-\u1fff\u2010-\u205e\u20a0-\u20bf\u2100-\u2319"
    "\u231c-\u23e8\u2400-\u25fc\u2713-\u2718\u2800-\u28ff\u3000-\u303e\u3041-\u3096\u309b-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\uffe0-\uffe6]"
)


def safe(text: object, *, newlines: bool = False, maxlen: int = MAX_LENGTH) -> str:
    """Return `text` so that a terminal can only show it, in at most `maxlen` characters.

    Controls become pictures (`␛`), other invisible characters `<U+XXXX>`, a tab four
    spaces; with `newlines` line breaks stay. Applying it twice changes nothing. None is
    the empty string, bytes are read as UTF-8, and any other object is shown by `str`.
    """
    if type(text) is not str:
        text = _as_text(text)
    if len(text) <= maxlen and text.isprintable() and (text.isascii() or max(text) < _FIRST_MARK):
        return text
    scanned = text[: maxlen * _SCAN_FACTOR + 1]
    shown = _make_visible(scanned, newlines)
    if len(scanned) < len(text) or len(shown) > maxlen:
        return shown[: max(maxlen - 1, 0)] + _ELLIPSIS
    return shown


def _as_text(value: object) -> str:
    """The text of any object, however badly it behaves."""
    if value is None:
        return ""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "backslashreplace")
    try:
        return "".join(str(value))
    except Exception:  # noqa: BLE001 - a foreign __str__ may raise anything, as does a huge int
        return f"<{type(value).__name__}>"


def _make_visible(text: str, newlines: bool) -> str:
    """Replace every character that a terminal would act on instead of painting it."""
    if newlines:
        text = text.replace("\r\n", "\n")
        table = _REPLACEMENTS_WITH_NEWLINES
    else:
        table = _REPLACEMENTS
    if text.isascii():
        return text.translate(table)
    return _limit_marks(_without_emoji_style(text).translate(table))


def _without_emoji_style(text: str) -> str:
    """Drop the wish for a colour or line drawing after a symbol: widths differ by terminal."""
    if _EMOJI_STYLE.search(text) is None:
        return text
    kept: list[str] = []
    for character in text:
        is_style = character in _EMOJI_STYLES
        if is_style and kept and unicodedata.category(kept[-1]) == "So":
            continue
        kept.append(character)
    return "".join(kept)


def _limit_marks(text: str) -> str:
    """Keep at most MAX_MARKS marks on a base, and give a mark without a base a dotted circle."""
    kept: list[str] = []
    marks = MAX_MARKS + 1
    at_start = True
    for character in text:
        if character < _FIRST_MARK or unicodedata.category(character) not in _MARKS:
            marks = 0
            at_start = character == "\n"
        else:
            if at_start:
                kept.append("◌")
                marks, at_start = 0, False
            marks += 1
            if marks > MAX_MARKS:
                continue
        kept.append(character)
    return "".join(kept)


def safe_path(path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> str:
    """Return a file name for the screen; a byte that is not UTF-8 is shown by its number."""
    try:
        raw = os.fsencode(path)
    except (UnicodeEncodeError, TypeError):
        return safe(path)
    return safe(raw)


def is_width_sure(text: str) -> bool:
    """True when all terminals give `text` as many columns.

    They disagree about emoji newer than they are, and about scripts whose marks take a place.
    """
    return _UNSURE.search(text) is None


def is_plain_id(text: str) -> bool:
    """Tell whether `text` is an id or model name that is harmless when pasted into a shell."""
    return _PLAIN_ID.fullmatch(text) is not None


def safe_json(value: Any, *, indent: int | None = None) -> str:
    """Write `value` as JSON in printable ASCII; NaN and the infinities become null."""
    try:
        written = json.dumps(value, ensure_ascii=True, allow_nan=False, indent=indent)
    except ValueError:
        written = json.dumps(_finite(value), ensure_ascii=True, allow_nan=False, indent=indent)
    return written.replace("\x7f", "\\u007f")


def _finite(value: Any) -> Any:
    """A copy of `value` in which every float can be written as JSON."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
