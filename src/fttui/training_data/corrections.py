"""What a repaired copy corrects: every kind of correction by name, and how often each was made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fttui.terminal.format import count_text, counted
from fttui.terminal.language import _, plural
from fttui.terminal.text import safe

_FIRST = 10
_LONGEST_NAME = 40

KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "array": (
            _("JSON value put on a line of its own"),
            _("JSON values put on lines of their own"),
        ),
        "table": (
            _("row of the table written as JSON"),
            _("rows of the table written as JSON"),
        ),
        "no-number": (
            _("row with NaN or infinity written as null"),
            _("rows with NaN or infinity written as null"),
        ),
        "left-out": (
            _("value beside the examples not taken over"),
            _("values beside the examples not taken over"),
        ),
        "line-ends": (
            _("carriage return alone replaced by a line feed"),
            _("carriage returns alone replaced by line feeds"),
        ),
        "nul-tail": (_("NUL byte at the end left out"), _("NUL bytes at the end left out")),
        "encoding": (_("line converted to UTF-8"), _("lines converted to UTF-8")),
        "bom": (_("byte order mark removed"), ""),
        "crlf": (_("carriage return removed"), _("carriage returns removed")),
        "blank": (_("blank line removed"), _("blank lines removed")),
        "comma": (
            _("line with a comma too many corrected"),
            _("lines with a comma too many corrected"),
        ),
        "comma-added": (
            _("line with a missing comma corrected"),
            _("lines with a missing comma corrected"),
        ),
        "quotes": (_("line with wrong quotes corrected"), _("lines with wrong quotes corrected")),
        "word": (
            _("line with a word of Python corrected"),
            _("lines with a word of Python corrected"),
        ),
        "colon": (
            _("line with a missing colon corrected"),
            _("lines with a missing colon corrected"),
        ),
        "punctuation": (
            _("line with a wrong sign corrected"),
            _("lines with a wrong sign corrected"),
        ),
        "bracket": (
            _("line with a wrong bracket corrected"),
            _("lines with a wrong bracket corrected"),
        ),
        "backslash": (
            _("line with a single backslash corrected"),
            _("lines with a single backslash corrected"),
        ),
        "control": (
            _("line with control characters in a text written as escapes"),
            _("lines with control characters in a text written as escapes"),
        ),
        "invisible": (
            _("line with invisible characters between its values cleaned"),
            _("lines with invisible characters between their values cleaned"),
        ),
        "prefix": (
            _("line with something before its object cleaned"),
            _("lines with something before their object cleaned"),
        ),
        "suffix": (
            _("line with something after its object cleaned"),
            _("lines with something after their object cleaned"),
        ),
        "comment": (
            _("line with a comment cleaned"),
            _("lines with a comment cleaned"),
        ),
        "decoded": (
            _("line that was encoded twice decoded"),
            _("lines that were encoded twice decoded"),
        ),
        "split": (
            _("line with several examples put on lines of their own"),
            _("lines with several examples put on lines of their own"),
        ),
        "joined": (
            _("example that was broken over lines joined"),
            _("examples that were broken over lines joined"),
        ),
        "dropped": (_("line that is no example removed"), _("lines that are no example removed")),
        "duplicate": (_("duplicate example removed"), _("duplicate examples removed")),
        "convert": (_("example converted from"), _("examples converted from")),
        "names": (_("line with a misspelt key corrected"), _("lines with misspelt keys corrected")),
        "role": (
            _("line with roles of another tool renamed"),
            _("lines with roles of other tools renamed"),
        ),
        "nulls": (_("line with empty keys left out"), _("lines with empty keys left out")),
        "keys": (_("line with keys left out"), _("lines with keys left out")),
        "weight": (_("line with a weight corrected"), _("lines with weights corrected")),
        "json-text": (
            _("line with a JSON text made a list"),
            _("lines with a JSON text made a list"),
        ),
        "tools": (_("line with tools written for chat"), _("lines with tools written for chat")),
        "arguments": (
            _("line with arguments written as a JSON text"),
            _("lines with arguments written as a JSON text"),
        ),
        "tool-text": (
            _("line with a tool's answer made a text"),
            _("lines with a tool's answer made a text"),
        ),
        "parts": (
            _("line with content parts written for chat"),
            _("lines with content parts written for chat"),
        ),
        "outputs": (_("line with texts made messages"), _("lines with texts made messages")),
        "number": (
            _("line with a number written as a text"),
            _("lines with numbers written as texts"),
        ),
        "newline": (_("line feed added at the end of the file"), ""),
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
            text = f"{text}: {', '.join(self.names[:_FIRST])}{more}"
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
