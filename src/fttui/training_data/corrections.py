"""What a repaired copy corrects: every kind of correction by name, and how often each was made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fttui.terminal.format import count_text, counted
from fttui.terminal.language import _, nouns, plural
from fttui.terminal.text import safe

_FIRST = 10
_LONGEST_NAME = 40

KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "array": nouns(
            "JSON value put on a line of its own", "JSON values put on lines of their own"
        ),
        "table": nouns("row of the table written as JSON", "rows of the table written as JSON"),
        "no-number": nouns(
            "row with NaN or infinity written as null", "rows with NaN or infinity written as null"
        ),
        "left-out": nouns(
            "value beside the examples not taken over", "values beside the examples not taken over"
        ),
        "line-ends": nouns(
            "carriage return alone replaced by a line feed",
            "carriage returns alone replaced by line feeds",
        ),
        "nul-tail": nouns("NUL byte at the end left out", "NUL bytes at the end left out"),
        "encoding": nouns("line converted to UTF-8", "lines converted to UTF-8"),
        "bom": nouns("byte order mark removed", "byte order marks removed"),
        "crlf": nouns("carriage return removed", "carriage returns removed"),
        "blank": nouns("blank line removed", "blank lines removed"),
        "comma": nouns(
            "line with a comma too many corrected", "lines with a comma too many corrected"
        ),
        "comma-added": nouns(
            "line with a missing comma corrected", "lines with a missing comma corrected"
        ),
        "quotes": nouns("line with wrong quotes corrected", "lines with wrong quotes corrected"),
        "word": nouns(
            "line with a word of Python corrected", "lines with a word of Python corrected"
        ),
        "colon": nouns(
            "line with a missing colon corrected", "lines with a missing colon corrected"
        ),
        "punctuation": nouns(
            "line with a wrong sign corrected", "lines with a wrong sign corrected"
        ),
        "bracket": nouns(
            "line with a wrong bracket corrected", "lines with a wrong bracket corrected"
        ),
        "backslash": nouns(
            "line with a single backslash corrected", "lines with a single backslash corrected"
        ),
        "control": nouns(
            "line with control characters in a text written as escapes",
            "lines with control characters in a text written as escapes",
        ),
        "invisible": nouns(
            "line with invisible characters between its values cleaned",
            "lines with invisible characters between their values cleaned",
        ),
        "prefix": nouns(
            "line with something before its object cleaned",
            "lines with something before their object cleaned",
        ),
        "suffix": nouns(
            "line with something after its object cleaned",
            "lines with something after their object cleaned",
        ),
        "comment": nouns("line with a comment cleaned", "lines with a comment cleaned"),
        "decoded": nouns(
            "line that was encoded twice decoded", "lines that were encoded twice decoded"
        ),
        "split": nouns(
            "line with several examples put on lines of their own",
            "lines with several examples put on lines of their own",
        ),
        "joined": nouns(
            "example that was broken over lines joined",
            "examples that were broken over lines joined",
        ),
        "dropped": nouns("line that is no example removed", "lines that are no example removed"),
        "duplicate": nouns("duplicate example removed", "duplicate examples removed"),
        "convert": nouns("example converted from", "examples converted from"),
        "names": nouns("line with a misspelt key corrected", "lines with misspelt keys corrected"),
        "role": nouns(
            "line with roles of another tool renamed", "lines with roles of other tools renamed"
        ),
        "nulls": nouns("line with empty keys left out", "lines with empty keys left out"),
        "keys": nouns("line with keys left out", "lines with keys left out"),
        "weight": nouns("line with a weight corrected", "lines with weights corrected"),
        "json-text": nouns(
            "line with a JSON text made a list", "lines with a JSON text made a list"
        ),
        "tools": nouns("line with tools written for chat", "lines with tools written for chat"),
        "arguments": nouns(
            "line with arguments written as a JSON text",
            "lines with arguments written as a JSON text",
        ),
        "tool-text": nouns(
            "line with a tool's answer made a text", "lines with a tool's answer made a text"
        ),
        "parts": nouns(
            "line with content parts written for chat", "lines with content parts written for chat"
        ),
        "outputs": nouns("line with texts made messages", "lines with texts made messages"),
        "number": nouns(
            "line with a number written as a text", "lines with numbers written as texts"
        ),
        "newline": nouns("line feed added at the end of the file", "line feeds added at the end"),
    }
)
"""Each correction's name, with the words for one and for several."""

_EVERYWHERE = frozenset({"bom", "newline", "array", "table", "left-out", "nul-tail"})
"""Corrections of which no lines are told."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One kind of correction: how often it was made, and the lines of the first ones."""

    kind: str
    count: int
    lines: tuple[int, ...]
    names: tuple[str, ...] = ()
    """What it was done to, such as the names of keys, safe to print."""

    @property
    def sentence(self) -> str:
        """What was done, e.g. `3 blank lines removed (lines 4, 9, 12)`."""
        one, many = KINDS[self.kind]
        text = counted(self.count, one, many)
        if self.names:
            more = ", …" if len(self.names) > _FIRST else ""
            text = _("{text}: {names}", text=text, names=", ".join(self.names[:_FIRST]) + more)
        if not self.lines or self.kind in _EVERYWHERE:
            return text
        more = ", …" if self.count > len(self.lines) else ""
        numbers = ", ".join(count_text(line) for line in self.lines)
        return f"{text} ({plural(self.count, 'line')} {numbers}{more})"


class RepairLog:
    """Counts the corrections as they are made."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._lines: dict[str, list[int]] = {}
        self._names: dict[str, dict[str, None]] = {}
        self._marks = bytearray()
        self.lines = 0
        """Lines of the original to which something was done."""

    def note(self, kind: str, line: int, names: Iterable[str] = (), *, times: int = 1) -> None:
        """Count a correction of a line of the original; `names` are what it was done to."""
        self._counts[kind] = self._counts.get(kind, 0) + times
        lines = self._lines.setdefault(kind, [])
        if len(lines) < _FIRST:
            lines.append(line)
        self._mark(line)
        known = self._names.setdefault(kind, {})
        for name in names:
            if len(known) <= _FIRST:
                known.setdefault(safe(name, maxlen=_LONGEST_NAME))

    def _mark(self, line: int) -> None:
        """Count a line once, by a bit for each line of the file."""
        at, bit = line >> 3, 1 << (line & 7)
        if at >= len(self._marks):
            self._marks.extend(bytes(at + 1024 - len(self._marks)))
        if line and not self._marks[at] & bit:
            self._marks[at] |= bit
            self.lines += 1

    def corrections(self) -> tuple[Correction, ...]:
        """All kinds that were made, in a fixed order."""
        return tuple(
            Correction(kind, self._counts[kind], tuple(self._lines[kind]), tuple(self._names[kind]))
            for kind in KINDS
            if kind in self._counts
        )
