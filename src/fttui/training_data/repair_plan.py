"""What a repaired copy of a file will be: how it is laid out, what its lines become, three of them.

The plan is made from the first lines, so that it can be shown before anything is written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.converting import Layout, Line, RepairRefused, layout_of, lines_of
from fttui.training_data.corrections import RepairLog
from fttui.training_data.exact import NotExact, dumps, loads, repeats_a_key
from fttui.training_data.files import CheckedFile
from fttui.training_data.foreign.columns import ColumnMap
from fttui.training_data.foreign.converter import Converter
from fttui.training_data.foreign.recogniser import recognise_examples
from fttui.training_data.foreign.shapes import Unconvertible
from fttui.training_data.mending_lines import mended_lines
from fttui.training_data.mending_values import mend_example
from fttui.training_data.models import formats_of
from fttui.training_data.plain_chat import is_plain
from fttui.training_data.profile import (
    FORMATS_OF,
    Format,
    Limits,
    Method,
    Recognition,
    detect,
)
from fttui.training_data.sample import WITHOUT_COMPLETION, read_head

_SAMPLE = 200
_LOOKED_THROUGH = 2_000
_BYTES_LOOKED_THROUGH = 32_000_000
_SHOWN = 3
_LONGEST_SHOWN = 300
_SHOWN_BEFORE = 40
_COMPARED = 1_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """A line as it stands in the original and in the copy, both safe to print and shortened."""

    number: int
    before: str
    after: str
    """Empty for a line that is left out."""


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """How a file is copied."""

    layout: Layout
    wanted: Format | None
    """The format of the copy, None where the file has none that is known."""
    recognition: Recognition | None = None
    """What the file is in, if that is no format of ours."""
    mapping: ColumnMap | None = None
    changes: tuple[Change, ...] = field(default=())
    """The first lines that change."""
    row: Mapping[str, Any] | None = None
    """The first row, where a person has to say which column is which."""

    @property
    def needs_columns(self) -> bool:
        """Whether a person has to say which column is which."""
        found = self.recognition
        return found is not None and not found.is_certain and self.mapping is None

    def require_certain(self, name: str) -> None:
        """Raise RepairRefused if it is not certain what the lines become."""
        found = self.recognition
        if found is None or not self.needs_columns:
            return
        advice = f"{found.advice[:1].upper()}{found.advice[1:]}"
        raise RepairRefused(
            _("{name} holds {format}. {advice}.", name=name, format=found.name, advice=advice)
        )


def plan_of(
    file: CheckedFile,
    *,
    method: str | None = None,
    model: str | None = None,
    mapping: ColumnMap | None = None,
) -> RepairPlan:
    """Look at the first lines and tell what the copy will be; raises RepairRefused."""
    layout = layout_of(file)
    sample = _sample(file, layout)
    wants = _formats_wanted(model, method)
    if wants is None and layout.is_json:
        wants = WITHOUT_COMPLETION
    found = recognise_examples(sample, wants=wants)
    known = Method(method) if method in tuple(Method) else None
    wanted = found.target if found is not None else detect(sample, known)
    if mapping is not None:
        wanted = Format.CHAT
        _require_columns(sample, mapping)
    plan = RepairPlan(layout, wanted, found, mapping)
    if plan.needs_columns:
        row = next((value for value in sample if isinstance(value, dict)), None)
        return replace(plan, row=row)
    changes = tuple(islice(_changes(plan, _first_lines(file, layout)), _SHOWN))
    return replace(plan, changes=changes)


def _first_lines(file: CheckedFile, layout: Layout) -> Iterator[Line]:
    """As many lines as can be looked through while a person waits."""
    seen = 0
    for line in islice(lines_of(file, layout), _LOOKED_THROUGH):
        yield line
        seen += len(line.data)
        if seen > _BYTES_LOOKED_THROUGH:
            return


def _require_columns(sample: Sequence[Any], mapping: ColumnMap) -> None:
    """Raise RepairRefused if no line has the columns that a person named."""
    fault = ""
    for value in sample:
        try:
            Converter(None, mapping)(value)
        except Unconvertible as error:
            fault = fault or str(error)
        else:
            return
    if fault:
        raise RepairRefused(_("No line can be converted: {fault}.", fault=fault))


def _formats_wanted(model: str | None, method: str | None) -> tuple[Format, ...] | None:
    """The formats that the model, or the method, takes; None where neither says."""
    formats = formats_of(model)
    if formats is not None or method not in tuple(Method):
        return formats
    return FORMATS_OF[Method(method)] if method != Method.SUPERVISED else None


def _sample(file: CheckedFile, layout: Layout) -> list[Any]:
    """Examples from all over a file of lines, else the first ones, mended where that is needed."""
    if not layout.is_json:
        found = read_head(file, Limits().max_line_bytes)
        if found.kind is None and any(isinstance(value, dict) for value in found.examples):
            return list(found.examples)
    lines = islice(mended_lines(lines_of(file, layout), RepairLog()), _SAMPLE)
    return [value for line in lines if (value := _read(line.data)) is not None]


def _read(data: bytes) -> Any:
    try:
        return loads(data)
    except NotExact:
        return None


def _changes(plan: RepairPlan, lines: Iterable[Line]) -> Iterator[Change]:
    for line in lines:
        after = b"\n".join(done.data for done in RepairRun(plan, RepairLog()).lines([line]))
        if after != line.data:
            start = _where_they_part(line.data, after)
            yield Change(line.number, _shown(line.data, start), _shown(after, start))


def _where_they_part(before: bytes, after: bytes) -> int:
    """From where on two lines are shown: what changes would be out of sight in long ones."""
    least = min(len(before), len(after), _COMPARED)
    if max(len(before), len(after)) <= _LONGEST_SHOWN:
        return 0
    same = next((at for at in range(least) if before[at] != after[at]), least)
    start = max(same - _SHOWN_BEFORE, 0)
    while start and before[start] & 0xC0 == 0x80:  # within a character
        start -= 1
    return start


def _shown(data: bytes, start: int) -> str:
    shown = safe(data[start : start + 4 * _LONGEST_SHOWN], maxlen=_LONGEST_SHOWN)
    return f"…{shown}" if start and data else shown


class RepairRun:
    """Corrects lines by a plan, and logs what it did."""

    def __init__(self, plan: RepairPlan, log: RepairLog) -> None:
        self._plan = plan
        self._log = log
        self._wanted = plan.wanted
        self._is_chat = plan.recognition is None and plan.wanted is Format.CHAT
        self._converter: Converter | None = None
        if plan.mapping is not None or (plan.recognition is not None and not plan.needs_columns):
            self._converter = Converter(plan.recognition, plan.mapping)
        elif plan.wanted is not None:
            self._converter = Converter.to(plan.wanted)

    def lines(self, lines: Iterable[Line]) -> Iterator[Line]:
        """The lines of the copy, each with the number of the line that it comes from."""
        for line in mended_lines(self._noted(lines), self._log):
            # Only now is it certain that a blank line is none of a text that was broken over lines.
            if not line.data.strip():
                self._log.note("blank", line.number)
            elif self._is_chat and is_plain(line.data):
                yield line
            else:
                yield Line(self._corrected(line), line.number)

    def _noted(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Note what reading the lines has changed already.

        Blank lines stay: they may be within a text that is broken over lines.
        """
        note = self._log.note
        for line in lines:
            if line.data.strip():
                if line.had_crlf:
                    note("crlf", line.number)
                if line.was_converted:
                    note("encoding", line.number)
                for kind in line.corrections:
                    note(kind, line.number)
            yield line

    def _corrected(self, line: Line) -> bytes:
        """The line with what is certain about its value corrected, else as it is."""
        try:
            value = loads(line.data)
        except NotExact:
            return line.data
        done: list[tuple[str, str]] = []
        try:
            value = self._converted(value, done)
            if isinstance(value, dict) and self._wanted is not None:
                mend_example(value, self._wanted, lambda kind, key: done.append((kind, key)))
            if not done or repeats_a_key(line.data):
                return line.data
            written = dumps(value)
        except (NotExact, Unconvertible):
            return line.data
        for kind in dict.fromkeys(kind for kind, _name in done):
            names = [name for each, name in done if each == kind and name]
            self._log.note(kind, line.number, names)
        return written

    def _converted(self, value: Any, done: list[tuple[str, str]]) -> Any:
        """The value in the format of the copy, if it is in another one; raises Unconvertible."""
        if self._converter is None:
            return value
        converted = self._converter(value)
        if converted.value is value:
            return value
        found = self._plan.recognition
        done.append(("convert", found.name if found is not None else converted.name))
        done.extend(("keys", key) for key in converted.left_out)
        return converted.value
