"""The objects of a JSONL file, found by place or id without keeping them in memory."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from .folder import parsed, signature

LONGEST_LINE = 8 * 1024 * 1024
_MOST_BYTES = 2 * 1024 * 1024 * 1024
_MOST_LINES = 2_000_000

Entry = dict[str, Any]
IdOf = Callable[[Entry], str | None]
"""The id of an entry, "" for one without, None for what is no entry at all."""


class Lines:
    """Where each object of a file stands; the file is held open, so that it stays as it was.

    Of two entries with one id the first counts. `unreadable` counts the lines that are no entry,
    and `is_cut` tells that there was more than is read of one file.
    """

    def __init__(self, source: BinaryIO, id_of: IdOf) -> None:
        self.signature = signature(source)
        self.unreadable = 0
        self.is_cut = False
        self.places: dict[str, int] = {}
        self._source = source
        self._id_of = id_of
        self._begins = array("Q")
        self._sizes = array("L")
        for begin, line in self._all_lines():
            self._take(begin, line)

    def __len__(self) -> int:
        return len(self._begins)

    def close(self) -> None:
        """Let the file go."""
        self._source.close()

    def size(self, place: int) -> int:
        """The bytes of the entry at a place."""
        return self._sizes[place]

    def entry(self, place: int) -> Entry | None:
        """The entry at a place; None when the file was changed under it."""
        try:
            self._source.seek(self._begins[place])
            found = parsed(self._source.read(self._sizes[place]))
        except OSError:
            return None
        name = None if found is None else self._id_of(found)
        if name is None or (name and self.places.get(name) != place):
            return None
        return found

    def find(self, name: str) -> Entry | None:
        """The entry with this id."""
        place = self.places.get(name)
        return None if place is None else self.entry(place)

    def _take(self, begin: int, line: bytes) -> None:
        found = parsed(line)
        name = None if found is None else self._id_of(found)
        if name is None or name in self.places:
            self.unreadable += 1
            return
        if name:
            self.places[name] = len(self._begins)
        self._begins.append(begin)
        self._sizes.append(len(line))

    def _all_lines(self) -> Iterator[tuple[int, bytes]]:
        """Each line that is not empty, with its place; of one that is too long only its end."""
        begin = 0
        for _ in range(_MOST_LINES):
            line = self._source.readline(LONGEST_LINE)
            if not line:
                return
            size = len(line)
            while not line.endswith(b"\n") and begin + size < _MOST_BYTES:
                rest = self._source.readline(LONGEST_LINE)
                if not rest:
                    break
                size, line = size + len(rest), rest[-1:]
            if line.strip() or size > LONGEST_LINE:
                yield begin, line
            begin += size
            if begin >= _MOST_BYTES:
                break
        self.is_cut = bool(self._source.read(1))
