"""JSON that spans lines, read piece by piece: the values of it in their own text.

Nothing is parsed and written again: a number that is too large for a float, a key that is there
twice and every escape stay as they are written. Only the line breaks between the parts of a
value are taken out, with the white space around them.
"""

import json
import re
from collections.abc import Iterator

from fttui.terminal.language import _
from fttui.training_data import file_text
from fttui.training_data.file_text import RepairRefused

_SPACE = re.compile(r"[\s\ufeff]*")
_SPACE_OR_COMMA = re.compile(r"[\s\ufeff,]*")
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}"]', re.DOTALL)
_PLAIN = re.compile(r'[^\s,\[\]{}":]+')
_STRING_OR_SPACE = re.compile(r'("(?:[^"\\]++|\\.)*+")|[ \t\r\n]+', re.DOTALL)
_CLOSES = {"{": "}", "[": "]"}
_SPACES = " \t\r"
# A whole number may have more digits than Python takes; only where it ends is wanted.
_decode = json.JSONDecoder(parse_int=float).raw_decode


class JsonText:
    """A JSON text of any length: what comes next in it, and whole values.

    Memory is bounded by the longest value. Everything raises RepairRefused, with line and
    column, where the text is not JSON.
    """

    def __init__(self, pieces: Iterator[str], name: str) -> None:
        self._pieces = pieces
        self._name = name
        self._text = ""
        self._at = 0
        self._lines = 0
        """Line feeds before `_text`."""
        self._column = 0
        """Characters of the line before `_text`."""
        self._wanted = 1
        self.has_escaped = False
        """Whether a line break within a text was written as an escape; for the caller to clear."""

    def next(self, *, skip_commas: bool = False) -> str:
        """The next character that is no white space, empty at the end."""
        space = _SPACE_OR_COMMA if skip_commas else _SPACE
        while True:
            found = space.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill():
                return ""

    def items(self) -> Iterator[str]:
        """The items of the array that begins here, each in its own text; then what follows it.

        Raises RepairRefused for an array that has no end.
        """
        self._take("[")
        while (character := self.next(skip_commas=True)) != "]":
            if not character:
                raise RepairRefused(
                    _(
                        "The array in {name} has no end: the file is cut after line {line:,}.",
                        name=self._name,
                        line=self.line,
                    )
                )
            yield self.value()
        self._take("]")

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here; the caller takes each value before the next."""
        self._take("{")
        while self.next(skip_commas=True) != "}":
            if self.next() != '"':
                raise self._fault(self._at)
            key = _decode(self.value())[0]
            self.next()
            self._take(":")
            self.next()
            yield key
        self._take("}")

    def value(self) -> str:
        """The value that begins here, in its own text, on one line."""
        self._wanted = 1
        try:
            end = _decode(self._text, self._at)[1]
        except (ValueError, RecursionError):
            end = len(self._text)
        if end < len(self._text):
            return _joined(self._cut_out(end - self._at))
        text = self._cut_out(self._end_of_value())  # it goes on in the next piece, or is faulty
        try:
            _decode(text)
        except (ValueError, RecursionError):
            self.has_escaped = self.has_escaped or _has_break_in_text(text)
            return _on_one_line(text)
        return _joined(text)

    @property
    def line(self) -> int:
        """The line of what comes next."""
        return self._place(self._at)[0]

    def _take(self, character: str) -> None:
        if self._text[self._at : self._at + 1] != character:
            raise self._fault(self._at)
        self._at += 1

    def _cut_out(self, length: int) -> str:
        text = self._text[self._at : self._at + length]
        self._at += length
        return text

    def _end_of_value(self) -> int:
        """The length of the value that begins here, by its brackets and quotes alone."""
        first = self._text[self._at]
        if first not in '{["':
            return self._end_of_plain()
        waiting: list[str] = []
        at = 0
        while True:
            found = _TOKEN.search(self._text, self._at + at)
            mark = found.group() if found else ""
            if found is None or mark == '"':  # nothing more, or a text that has no end yet
                at = (found.start() if found else len(self._text)) - self._at
                if not self._fill():
                    raise self._unfinished()
                continue
            at = found.end() - self._at
            if mark in _CLOSES:
                waiting.append(_CLOSES[mark])
            elif mark in ("}", "]") and (not waiting or waiting.pop() != mark):
                raise self._fault(self._at)
            if not waiting:
                return at

    def _end_of_plain(self) -> int:
        while True:
            found = _PLAIN.match(self._text, self._at)
            if found is None:
                raise self._fault(self._at)
            if found.end() < len(self._text) or not self._fill():
                return found.end() - found.start()

    def _fill(self) -> bool:
        """Read on, twice as much each time while one value lasts; False at the end."""
        gone = self._text[: self._at]
        breaks = gone.count("\n")
        self._lines += breaks
        self._column = len(gone) - gone.rfind("\n") - 1 if breaks else self._column + len(gone)
        self._text, self._at = self._text[self._at :], 0
        file_text.limit(len(self._text))
        some = [piece for _unused in range(self._wanted) if (piece := next(self._pieces, ""))]
        self._text += "".join(some)
        self._wanted *= 2
        return bool(some)

    def _place(self, at: int) -> tuple[int, int]:
        """Line and column, from 1, of a place in `_text`."""
        start = self._text.rfind("\n", 0, at) + 1
        column = at - start + (0 if start else self._column)
        return self._lines + self._text.count("\n", 0, at) + 1, column + 1

    def _unfinished(self) -> RepairRefused:
        """What is to be said of the value that begins here, and does not end."""
        try:
            _decode(self._text, self._at)
        except json.JSONDecodeError as error:
            is_cut = error.pos >= len(self._text.rstrip()) or error.msg.startswith("Unterminated")
            if not is_cut:
                return self._fault(self._at)
        except (ValueError, RecursionError):
            pass
        line, column = self._place(self._at)
        return RepairRefused(
            _(
                "The JSON in {name} has no end: what begins in line {line:,}, column {column:,} is "
                "not closed. The file is cut, or a quote or a bracket is missing.",
                name=self._name,
                line=line,
                column=column,
            )
        )

    def _fault(self, at: int) -> RepairRefused:
        """What is to be said of the value at `at`, which is not JSON."""
        try:
            _decode(self._text, at)
        except json.JSONDecodeError as error:
            at = error.pos
        except (ValueError, RecursionError):
            pass
        line, column = self._place(min(at, len(self._text)))
        return RepairRefused(
            _(
                "The JSON in {name} is not valid in line {line:,}, column {column:,}, so it cannot "
                "be converted. Mend it there first.",
                name=self._name,
                line=line,
                column=column,
            )
        )


def _joined(text: str) -> str:
    """Valid JSON on one line: its texts hold no line breaks, so all of them are between parts."""
    if "\n" not in text and "\r" not in text:
        return text
    return "".join(part.strip(_SPACES) for part in text.replace("\r", "\n").split("\n"))


def _on_one_line(text: str) -> str:
    """JSON that may be faulty on one line; a line break within a text becomes an escape."""
    if "\n" not in text and "\r" not in text:
        return text

    def kept(found: re.Match[str]) -> str:
        # What stands apart stays apart: of `1` and `2` nobody wrote 12.
        return (found[1] or " ").replace("\r", "\\r").replace("\n", "\\n")

    return _STRING_OR_SPACE.sub(kept, text)


def _has_break_in_text(text: str) -> bool:
    found = (piece[1] for piece in _STRING_OR_SPACE.finditer(text))
    return any(piece and ("\n" in piece or "\r" in piece) for piece in found)


def rows_of_values(text: JsonText, *, opens_arrays: bool) -> Iterator[str]:
    """Each value of a text, and of an array its items where `opens_arrays` says so."""
    while character := text.next(skip_commas=True):
        if character == "[" and opens_arrays:
            yield from text.items()
        else:
            yield text.value()


def decoded(value: str) -> str:
    """The JSON object within a value that is a text, as programs that encode twice write it."""
    if not value.startswith('"') or "{" not in value:
        return value
    try:
        inner = json.loads(value).strip()
        if inner.startswith("{") and isinstance(json.loads(inner), dict):
            inner.encode()
            return _on_one_line(inner)
    except (ValueError, RecursionError):
        pass
    return value
