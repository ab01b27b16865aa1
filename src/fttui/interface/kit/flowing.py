"""A text that grows while it is read, in rows of one width; what came before is not wrapped anew.

Blanks are kept: an answer may be code. A row breaks at a blank where there is one, else anywhere.
"""

from __future__ import annotations

from rich.cells import cell_len

from fttui.terminal.text import safe

MOST_SHOWN = 50_000
"""Characters of one text that are shown; the rest is only told of."""

_LONGEST_SIGN = 10
"""Characters that one may become when it is made safe: `<U+10FFFF>`."""


class FlowingText:
    """The `rows` of a text, each at most `width` cells wide and safe to show.

    `is_cut` when more came than is shown.
    """

    def __init__(self, width: int) -> None:
        self.width = max(width, 2)
        self.rows: list[str] = [""]
        self.is_cut = False
        self._raw: list[str] = []
        self._size = 0
        self._held = ""
        self._tail = ""

    def take(self, text: str) -> None:
        """Go on with `text`, exactly as it came."""
        room = MOST_SHOWN - self._size
        self.is_cut = self.is_cut or len(text) > room
        taken = text[:room]
        if not taken:
            return
        self._size += len(taken)
        self._raw.append(taken)
        self._flow(taken)

    def fit(self, width: int) -> None:
        """Wrap all of it for another width."""
        if max(width, 2) != self.width:
            self.width = max(width, 2)
            self.rows, self._held, self._tail = [""], "", ""
            self._raw = ["".join(self._raw)]
            self._flow(self._raw[0])

    def _flow(self, text: str) -> None:
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""  # a line feed may follow
        text = self._tail + text.removesuffix("\r")
        shown = safe(text, newlines=True, maxlen=_LONGEST_SIGN * len(text) + 1)
        rows: list[str] = []
        for paragraph in shown.split("\n"):
            pieces = rows_of(paragraph, self.width)
            self._tail = pieces[-1]
            rows += pieces
        self.rows[-1:] = [row.rstrip(" ") for row in rows]


def rows_of(paragraph: str, width: int) -> list[str]:
    """A text without line ends in rows of `width` cells; blanks may hang over the end."""
    return [paragraph[start:end] for start, end in row_spans(paragraph, width)]


def row_spans(paragraph: str, width: int) -> list[tuple[int, int]]:
    """From where to where (exclusive) each of those rows reaches; blanks between two are left."""
    rows: list[tuple[int, int]] = []
    start = 0
    while True:
        end = _room(paragraph, start, width)
        following = _after_blanks(paragraph, end, end + width)
        if following >= len(paragraph):
            return [*rows, (start, len(paragraph))]
        if following == end:  # within a word
            blank = paragraph.rfind(" ", start, end)
            if blank > start and paragraph[start:blank].strip(" "):
                end, following = blank, blank + 1
        if following > end and not cell_len(paragraph[following]):
            following -= 1  # a mark stays with its blank
        rows.append((start, end))
        start = following


def flow(text: str, width: int) -> list[str]:
    """A whole text in rows, safe to show; one that is too long ends in `…`."""
    flowing = FlowingText(width)
    flowing.take(text)
    return [*flowing.rows, "…"] if flowing.is_cut else flowing.rows


def _after_blanks(text: str, start: int, most: int) -> int:
    """The place of the first character from `start` on that is no blank, `most` at most."""
    while start < min(len(text), most) and text[start] == " ":
        start += 1
    return start


def _room(text: str, start: int, width: int) -> int:
    """Where the characters from `start` on that have room in `width` cells end: one at least."""
    if text[start : start + width + 1].isascii():  # no mark follows that takes no cell
        return min(start + width, len(text))
    used, end = 0, start
    while end < len(text):
        used += cell_len(text[end])
        if used > width and end > start:
            break
        end += 1
    return end
