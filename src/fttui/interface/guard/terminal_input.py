"""From the bytes of the terminal to keys and pastes: nothing that begins can hold them for long."""

import codecs
import errno
import itertools
import re
import time
from collections.abc import Iterable, Iterator
from typing import Final

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END, XTermParser
from textual.message import Message

from fttui.terminal.language import _


class TerminalGone(OSError):  # noqa: N818 - reads as what happened
    """The terminal hung up: nothing can be read from it any more."""


_REPLY = re.compile(
    r"\x1b\[[?>=][0-9;]*[cn]"  # device attributes and status
    r"|\x1b\[[03]n"
    r"|\x1b\[[1-9];[0-9;]*t"  # window reports
    r"|\x1b\][0-9lL][^\x07\x1b]*(?:\x07|\x1b\\)"  # colours, clipboard, title
    r"|\x1b[PX^_][^\x1b]*\x1b\\"  # capabilities
)
_REPLY_BEGUN = re.compile(
    r"\x1b(?:\[(?:[?>=0-9][0-9;]*)?|\](?:[0-9lL][^\x07\x1b]*\x1b?)?|[P_][^\x1b]*\x1b?)\Z"
)
_KEY = re.compile(r"\x1b\[(?:[0-9;]*[~uA-IO-SZ]|<[0-9;]*[Mm]|48;[0-9;:]*t)")
_PAUSE_SECONDS = 0.5
_REPLY_SECONDS = 2.0
_LONGEST_REPLY = 8192


class InputDecoder:
    """Turns bytes from the terminal into text for the parser.

    A byte that is not UTF-8 becomes U+FFFD, where Textual's own decoder would end the app.
    Answers to queries that fttui never asks are dropped: the parser would take their
    letters for keys. One that is not whole is given up after a pause of half a second, and
    after two seconds in any case, because keys that are typed meanwhile look like its rest.
    The end of the input raises TerminalGone instead of looping.

    The first `cooked` bytes came while the terminal still turned Enter into a line feed.
    """

    def __init__(self, cooked: int = 0) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._cooked = cooked
        self._begun = ""
        self._begun_at = 0.0
        self._heard_at = 0.0

    def decode(self, data: bytes, final: bool = False) -> str:
        """The text of the next bytes, without what the terminal answers to questions.

        A reply that has only begun is held back until the next bytes, or until `final`. Raises
        TerminalGone at the end of the input.
        """
        if not data and not final:
            raise TerminalGone(errno.EIO, _("end of input"))
        fresh = self._decode(self._uncooked(data), final)
        begun = self._take_begun(fresh)
        text = begun + fresh
        if "\x1b" not in text:
            return text
        text = _REPLY.sub("", text)
        unfinished = _REPLY_BEGUN.search(text)
        if final or not unfinished or len(unfinished.group()) > _LONGEST_REPLY:
            return text
        self._begun, self._heard_at = unfinished.group(), time.monotonic()
        if not (begun and unfinished.start() == 0):
            self._begun_at = self._heard_at
        return text[: unfinished.start()]

    def _uncooked(self, data: bytes) -> bytes:
        cooked, rest = data[: self._cooked], data[self._cooked :]
        self._cooked -= len(cooked)
        return cooked.replace(b"\n", b"\r") + rest

    def _take_begun(self, fresh: str) -> str:
        """What began in an earlier read and goes on in `fresh`; a key does, however late."""
        begun, self._begun = self._begun, ""
        now = time.monotonic()
        in_time = now - self._heard_at < _PAUSE_SECONDS and now - self._begun_at < _REPLY_SECONDS
        return begun if in_time or _KEY.match(begun + fresh) else ""


_PASTE_MARK = re.compile(r"\x1b\[20([01])~")
_PASTE_MARK_BEGUN = re.compile(r"\x1b(?:\[(?:2(?:0[01]?)?)?)?\Z")
_PASTE_BEGINS = "0"
QUIET_TICKS = 10
"""How many looks at a silent terminal, of a tenth of a second each, close an open paste.

Looks and not a clock: a process that was stopped or starved has not looked.
"""

_ESC = "\x1b"
_NO_KEY = "\x1b[?9999;0$y"
"""What Textual's parser takes for the report of a mode that nobody asked for, and drops."""

_ESC_AND_KEY = re.compile("\x1b(?=[^\x1b\\[O\\]P_^X])", re.DOTALL)
_BY_WORDS = {"b": "ctrl+left", "f": "ctrl+right", "\x7f": "ctrl+w"}
"""Keys that many terminals write as Esc and a letter: they move or delete by words."""

_ESC_AND_LETTER = re.compile("\x1b([bf\x7f])")
_ESC_LETTER: Final = "fttui_esc_letter"
_GOES_ON = re.compile(r"[\[O\]]|P[0-9>!+$|]|_G|[\^X].")
"""What makes a sequence of an escape character that ended the read before."""

_READ_NUMBER: Final = "fttui_read_number"
_reads = itertools.count(1)  # one for all parsers: each time the app is resumed it gets a new one


class ResilientParser(XTermParser):
    """Textual's parser, which here knows which read brought an event, and ends every paste.

    Textual's own holds a paste without an end open for good, and takes what follows an escape
    character in a paste for keys. So pastes are told apart here, before it sees them.
    """

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._number = 0
        self._pasted: list[str] | None = None
        self._rest = ""
        self._has_esc = False
        self._quiet_ticks = 0

    def feed(self, data: str) -> Iterable[Message]:
        """The messages that the text of one read makes; an empty text is the end."""
        if not data:
            yield from super().feed(data)
            return
        self._number = next(_reads)
        self._quiet_ticks = 0
        yield from self._numbered(self._distinguished(data))

    def tick(self) -> Iterable[Message]:
        """To be called after each look at the terminal, whether anything came or not."""
        yield from self._numbered(super().tick())
        self._quiet_ticks += 1
        if self._quiet_ticks == QUIET_TICKS + 1:  # the first tick is the one of the last read
            yield from self._numbered(self._without_open_paste())

    def _numbered(self, messages: Iterable[Message]) -> Iterator[Message]:
        for message in messages:
            if isinstance(message, events.Key | events.Paste):
                vars(message)[_READ_NUMBER] = self._number
            yield message

    def _distinguished(self, data: str) -> Iterator[Message]:
        """Keys from outside of pastes, and whole pastes."""
        data, self._rest = self._rest + data, ""
        at = 0
        while at < len(data):
            mark = _PASTE_MARK.search(data, at)
            before = data[at : mark.start() if mark else len(data)]
            at = mark.end() if mark else len(data)
            if self._pasted is None:
                if mark and mark[1] != _PASTE_BEGINS:
                    before += mark.group()  # of a paste that Textual has begun, or of none
                    mark = None
                if before:
                    yield from self._keys(before)
            elif mark:
                self._pasted.append(before)
                yield from self._paste()
            else:
                self._paste_goes_on(before)
            if mark and mark[1] == _PASTE_BEGINS:
                self._pasted = []

    def _keys(self, text: str) -> Iterator[Message]:
        """The keys that are written in `text`."""
        at = 0
        for match in _ESC_AND_LETTER.finditer(text):
            before = self._without_alt(text[at : match.start()]) if match.start() > at else ""
            if self._has_esc:  # it is a key by itself, and comes first
                before, self._has_esc = before + _NO_KEY, False
            if before:
                yield from super().feed(before)
            key = events.Key(_BY_WORDS[match[1]], None)
            vars(key)[_ESC_LETTER] = match[1]
            yield key
            at = match.end()
        if at < len(text):
            yield from super().feed(self._without_alt(text[at:]))

    def _without_alt(self, keys: str) -> str:
        """Part the key Esc from a key that follows it, which Textual takes for one with Alt.

        Quick writers and slow links bring both at once, and fttui has no key with Alt.
        """
        if self._has_esc and not _GOES_ON.match(keys):
            keys = _NO_KEY + keys
        self._has_esc = keys.endswith(_ESC)
        return _ESC_AND_KEY.sub(_ESC + _NO_KEY, keys)

    def _paste_goes_on(self, text: str) -> None:
        """Add to the open paste, but for what could be the first half of a mark."""
        assert self._pasted is not None
        if begun := _PASTE_MARK_BEGUN.search(text):
            text, self._rest = text[: begun.start()], begun.group()
        self._pasted.append(text)

    def _paste(self) -> Iterator[Message]:
        """The open paste as an event; it is over."""
        text = "".join(self._pasted or ()).replace("\x00", "")
        self._pasted = None
        if text:
            yield events.Paste(text)

    def _without_open_paste(self) -> Iterator[Message]:
        if self._pasted is not None:
            self._pasted.append(self._rest)
            self._rest = ""
            yield from self._paste()
        # A mark that came in two halves has opened a paste in Textual's parser itself.
        yield from super().feed(BRACKETED_PASTE_END)


def esc_letter(event: events.Key) -> str:
    """The letter that came with an Esc at once, where the two may be a key that moves by words.

    They are that key where text is edited, and two keys elsewhere. "" for every other key.
    """
    return str(vars(event).get(_ESC_LETTER, ""))


def read_number(event: events.Event) -> int | None:
    """The number of the read of the terminal that brought a key or a paste.

    What has the same number came in the same burst. None for an event that came another way,
    as in tests without a terminal.
    """
    number = vars(event).get(_READ_NUMBER)
    return number if isinstance(number, int) else None
