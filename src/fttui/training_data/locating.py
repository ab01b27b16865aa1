"""Writing an example as indented JSON that is safe to print, with a JSON path located in it."""

import json
from typing import Any, NamedTuple

from fttui.terminal.text import safe
from fttui.training_data.wording import key_path

_INDENT = "  "
_MAX_DEPTH = 100
_LONGEST_TEXT = 200_000


class Span(NamedTuple):
    """A stretch of a text, `end` exclusive."""

    start: int
    end: int


def pretty(value: Any, path: str = "") -> tuple[str, Span | None]:
    """Write a value as indented JSON and locate a path such as `messages[1].role` in it.

    Where the path leads to something that is not there, the innermost thing that is there is
    located; None stands for no path, or one of another value.
    """
    writer = _Writer(path)
    writer.write(value, "", 0, 0)
    return "".join(writer.pieces), writer.span


class _Writer:
    """Collects the pieces of the text and remembers where the path was met."""

    def __init__(self, path: str) -> None:
        self.pieces: list[str] = []
        self.span: Span | None = None
        self._path = path
        self._length = 0
        self._found = ""

    def write(self, value: Any, path: str, depth: int, start: int) -> None:
        """Write a value; `start` is where its key begins, or it itself."""
        if depth >= _MAX_DEPTH:
            self._put("…")
        elif isinstance(value, dict) and value:
            self._write_items(value.items(), "{}", path, depth)
        elif isinstance(value, list) and value:
            self._write_items(((None, item) for item in value), "[]", path, depth)
        else:
            written = json.dumps(value, ensure_ascii=False)
            self._put(safe(written, maxlen=_LONGEST_TEXT))
        if path and len(path) > len(self._found) and self._leads_through(path):
            self._found = path
            self.span = Span(start, self._length)

    def _write_items(self, items: Any, brackets: str, path: str, depth: int) -> None:
        self._put(brackets[0])
        for index, (key, item) in enumerate(items):
            self._put(("," if index else "") + "\n" + _INDENT * (depth + 1))
            start = self._length
            if key is None:
                inner = f"{path}[{index}]"
            else:
                inner = key_path(path, key)
                self._put(safe(json.dumps(key, ensure_ascii=False)) + ": ")
            self.write(item, inner, depth + 1, start)
        self._put("\n" + _INDENT * depth + brackets[1])

    def _put(self, piece: str) -> None:
        self.pieces.append(piece)
        self._length += len(piece)

    def _leads_through(self, path: str) -> bool:
        """Tell whether the path that is looked for is this one or goes on from here."""
        if not self._path.startswith(path):
            return False
        rest = self._path[len(path) :]
        return not rest or rest[0] in ".["
