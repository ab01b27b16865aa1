"""Lines that may not be JSON, mended where it is certain what was meant; each mend is noted."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import orjson

from fttui.training_data.converting import Line
from fttui.training_data.corrections import RepairLog
from fttui.training_data.faults.characters import shown
from fttui.training_data.faults.diagnosis import examine
from fttui.training_data.faults.lines import FRONT_MATTER, front_matter, held_texts
from fttui.training_data.joining import joined
from fttui.training_data.syntax import REFUSED, has_too_many_values


def mended_lines(lines: Iterable[Line], log: RepairLog) -> Iterator[Line]:
    """Yield the lines with their faults of JSON mended where that is certain.

    A line may become none or several; one that cannot be mended for certain is passed on as it
    is, and so is a blank one. What is done is noted in `log`.
    """
    ahead = _Ahead(lines)
    yield from _without_front_matter(ahead, log)
    while (line := ahead.next()) is not None:
        is_left = not line.data.strip() or has_too_many_values(line.data)
        value = {} if is_left else _value(line.data)
        if isinstance(value, dict):
            yield line
        elif value is REFUSED:
            yield from _mended(line, ahead, log)
        else:
            yield from _unwrapped(line, value, log)


class _Ahead:
    """Lines, of which some may be seen before it is their turn."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._seen: deque[Line] = deque()

    def next(self) -> Line | None:
        """The next line, None after the last one."""
        return self._seen.popleft() if self._seen else next(self._lines, None)

    def peek(self) -> Iterator[bytes]:
        """The bytes of the lines to come, which stay to come."""
        at = 0
        while True:
            if at == len(self._seen):
                line = next(self._lines, None)
                if line is None:
                    return
                self._seen.append(line)
            yield self._seen[at].data
            at += 1


def _without_front_matter(ahead: _Ahead, log: RepairLog) -> Iterator[Line]:
    """Take the front matter off the beginning of a file."""
    first = list(islice(ahead.peek(), 1))
    if not first or first[0].strip() != b"---":
        return
    for _unused in range(front_matter(list(islice(ahead.peek(), FRONT_MATTER)))):
        line = ahead.next()
        if line is not None and line.data.strip():
            log.note("dropped", line.number, (shown(line.data.decode("utf-8", "replace")),))
        elif line is not None:
            yield line


def _value(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return REFUSED


def _mended(line: Line, ahead: _Ahead, log: RepairLog) -> Iterator[Line]:
    """A line that is not JSON."""
    try:
        text = line.data.decode()
    except UnicodeDecodeError:
        yield line
        return
    found = joined(text, ahead.peek())
    if found is not None:
        for _unused in range(found[1]):
            ahead.next()
        log.note("joined", line.number)
        yield replace(line, data=found[0].encode())
        return
    examined = examine(text)
    if examined.lines is None:
        yield line
        return
    for kind, names in examined.kinds.items():
        log.note(kind, line.number, names)
    for piece in examined.lines:
        yield replace(line, data=piece.encode())


def _unwrapped(line: Line, value: Any, log: RepairLog) -> Iterator[Line]:
    """A line that is valid JSON but no object: the examples in it, if there is nothing else."""
    held = held_texts(line.data.decode())
    if held is None:
        yield line
        return
    log.note("decoded" if isinstance(value, str) else "split", line.number)
    for example in held:
        yield replace(line, data=example.encode())
