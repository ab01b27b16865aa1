"""The JSON documents in the body of a streamed answer, whichever way servers write them.

Server-sent events with any ends of lines, lines of JSON, or one document in the place of a stream.
"""

from __future__ import annotations

import re
from contextlib import suppress

from fttui.services.endpoint.errors import UnreadableAnswerError
from fttui.services.endpoint.reading import parse_json
from fttui.terminal.language import _

LONGEST_LINE = 1024 * 1024
"""Bytes; a piece of an answer has some hundreds."""
TOO_LARGE = "answer_too_large"
MOST_BYTES = 16 * 1024 * 1024
_MOST_LINES = 1000
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BLANK = b"\xef\xbb\xbf \t\r\n"
_DONE = b"[DONE]"


class EventReader:
    """Takes blocks of bytes and gives the documents that are whole so far.

    `is_done` once the stream has told its end by `[DONE]`, or the one document is whole. Bytes
    that are no UTF-8 become `�`.
    """

    def __init__(self) -> None:
        self.is_done = False
        self.size = 0
        self.begin = b""
        """The first bytes of the body."""
        self._line = bytearray()
        self._data: list[bytes] = []
        self._is_error = False
        self._is_document: bool | None = None

    def take(self, block: bytes) -> list[object]:
        """The documents that `block` has made whole.

        Raises:
            UnreadableAnswerError: there is more than any answer has.
        """
        self.size += len(block)
        self.begin += block[: 1000 - len(self.begin)]
        if self.size > MOST_BYTES:
            raise _too_much(_("more than {n} MB", n=MOST_BYTES // 1024**2))
        if self._is_document is None and (first := self.begin.lstrip(_BLANK)[:1]):
            self._is_document = first in b"{[<"
        self._line += block
        if self._is_document or self._is_document is None:
            return []
        if b"\n" not in block and b"\r" not in block:  # a long line is not looked through again
            self._require_bounded([])
            return []
        return self._events()

    def end(self) -> list[object]:
        """What is left when no more comes; an event that is not whole is none."""
        rest, self._line = bytes(self._line), bytearray()
        if self._is_document:
            return self._documents(rest)
        return self._heard([*_LINE_END.split(rest), b""])

    def _events(self) -> list[object]:
        *lines, rest = _LINE_END.split(bytes(self._line))
        if lines and not rest and self._line.endswith(b"\r"):  # its line feed may be to come
            rest = lines.pop() + b"\r"
        self._line = bytearray(rest)
        self._require_bounded(lines)
        return self._heard(lines)

    def _require_bounded(self, lines: list[bytes]) -> None:
        if max(map(len, (*lines, self._line)), default=0) > LONGEST_LINE:
            raise _too_much(_("a line of more than {n} MB", n=LONGEST_LINE // 1024**2))

    def _heard(self, lines: list[bytes]) -> list[object]:
        found: list[object] = []
        for line in lines:
            if self.is_done:
                break
            name, _colon, value = line.lstrip(_BLANK).partition(b":")
            if name == b"data":
                self._add(value.removeprefix(b" "), found)
            elif name == b"event":
                self._is_error = value.strip() == b"error"
            elif name.startswith(b"{"):  # a document without the frame of an event
                with suppress(ValueError):
                    found.append(_parsed(line))
            elif not line.strip():
                self._end_event(found)
        return found

    def _add(self, data: bytes, found: list[object]) -> None:
        """One line of data: mostly a whole document, else a part of one."""
        if data.strip() == _DONE:
            self.is_done = True
        elif self._data:
            self._data.append(data)
            if sum(map(len, self._data)) > LONGEST_LINE or len(self._data) > _MOST_LINES:
                raise _too_much(_("an event that has no end"))
        else:
            try:
                self._found(_parsed(data), found)
            except ValueError:
                self._data.append(data)

    def _end_event(self, found: list[object]) -> None:
        """A blank line: what was told in several lines is whole now, or it is none."""
        lines, self._data = self._data, []
        if lines:
            data = b"\n".join(lines)
            try:
                self._found(_parsed(data), found)
            except ValueError:
                if self._is_error:  # a failure in plain words
                    self._found(data.decode("utf-8", "replace"), found)
        self._is_error = False

    def _found(self, document: object, found: list[object]) -> None:
        is_bare = self._is_error and not (isinstance(document, dict) and document.get("error"))
        found.append({"error": document} if is_bare else document)

    def _documents(self, body: bytes) -> list[object]:
        with suppress(ValueError):
            document = _parsed(body)
            self.is_done = True
            return [document]
        found: list[object] = []
        for line in filter(bytes.strip, _LINE_END.split(body)):
            try:
                found.append(_parsed(line))
            except ValueError:
                break
        return found


def _parsed(data: bytes) -> object:
    return parse_json(data.decode("utf-8-sig", "replace").encode())


def _too_much(what: str) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        _("The answer was not read on: it has {what}.", what=what),
        _("What came before is kept. Set a limit of tokens, or look at the endpoint."),
        code=TOO_LARGE,
    )
