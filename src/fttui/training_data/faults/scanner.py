"""Walking through one line of what should be JSON, up to the first place that breaks the grammar.

The walk can go on behind a fault, as if something else stood there.
"""

import re
from enum import StrEnum
from typing import Final

MAX_TOKENS = 200_000
"""Keys, values and signs of a line that are looked at; the rest of such a line is not."""

DONE: Final = "\0"
"""The token of an edit behind which nothing is left to walk through."""

_SPACE = re.compile(r"[ \t\r\n]*+")
_BODY = re.compile(r'[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*+)*+')
_SCALAR = re.compile(
    r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?![\w.+$-])"
)
_BLANK: Final = r"[\s\u200b-\u200d\u2060\ufeff\x00]*+"
_NEEDLESS = re.compile("," + _BLANK + r"[}\],]")


class Due(StrEnum):
    """What the grammar wants at a place."""

    START = "start"
    """The value of the line: nothing came before it."""
    VALUE = "value"
    KEY = "key"
    COLON = "colon"
    COMMA = "comma"
    """A comma, or the bracket that closes what is open."""
    END = "end"
    """Nothing more: the value of the line is complete."""
    STRING = "string"
    """A character or an escape that a text may hold, or the quote that ends it."""


class Scanner:
    """Stands at a place of a line; `due` says what is wanted there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.due = Due.START
        self.open: list[str] = []
        """The brackets that are open, outer ones first."""
        self.string = -1
        """Where the text that is open, or was closed last, begins."""
        self.last = ""
        """What was taken last: a sign, `"` for a text or key, `0` for another value."""
        self._outside = self.due
        self._left = MAX_TOKENS

    @property
    def is_first(self) -> bool:
        """Tell whether a bracket was opened right before."""
        return self.last in ("{", "[")

    def run(self) -> bool:
        """Go on to the next fault; False when the line is complete without one."""
        while self._left > 0:
            self._left -= 1
            if not self._is_inside():
                found = _SPACE.match(self.text, self.at)
                self.at = found.end() if found else self.at
                if self.at == len(self.text):
                    return self.due is not Due.END
                if self._takes_token():
                    continue
            if not self._is_inside() or not self._takes_body():
                return True
        return True

    @property
    def is_exhausted(self) -> bool:
        """Tell whether the walk ended because the line has too many values."""
        return self._left <= 0

    def begin(self) -> bool:
        """Take what stands at the start for a list or a text; False if it cannot be one."""
        if self.due is not Due.START or self.text[self.at : self.at + 1] not in ("[", '"'):
            return False
        self.due = Due.VALUE
        return True

    def take(self, sign: str, end: int) -> None:
        """Go on at `end`, as if `sign` had stood before it; empty for nothing of meaning.

        It is a sign of JSON, `"` for a text or key, `0` for another value, and a line
        feed for the beginning of another line.
        """
        self.at = end
        if not sign:
            return
        if sign == '"':
            self.string = -1
        if sign == "\n":
            self.open, self.due, self.last = [], Due.START, ""
            return
        self.last = sign
        if sign in "{[":
            self.open.append(sign)
            self.due = Due.KEY if sign == "{" else Due.VALUE
        elif sign == ":":
            self.due = Due.VALUE
        elif sign == ",":
            self.due = Due.KEY if self.open[-1:] == ["{"] else Due.VALUE
        elif sign == '"' and self.due is Due.KEY:
            self.due = Due.COLON
        else:
            if sign in "}]" and self.open:
                self.open.pop()
            self.due = Due.COMMA if self.open else Due.END

    def _takes_token(self) -> bool:
        """Take the sign or the plain value that stands here; open the text that begins here."""
        sign, due = self.text[self.at], self.due
        if due is Due.COLON:
            wanted = sign == ":"
        elif due is Due.COMMA:
            wanted = sign == self._closing or (
                sign == "," and not _NEEDLESS.match(self.text, self.at)
            )
        elif due is Due.END:
            wanted = False
        elif due is Due.START:
            wanted = sign == "{"
        elif sign == '"':
            self.string, self._outside, self.due = self.at, due, Due.STRING
            self.at += 1
            return False
        elif due is Due.KEY:
            wanted = sign == "}" and self.is_first
        elif sign in "{[":
            wanted = True
        elif sign == "]":
            wanted = self.last == "["
        else:
            found = _SCALAR.match(self.text, self.at)
            if found:
                self.take("0", found.end())
            return found is not None
        if wanted:
            self.take(sign, self.at + 1)
        return wanted

    @property
    def _closing(self) -> str:
        return "}" if self.open[-1] == "{" else "]"

    def _is_inside(self) -> bool:
        return self.due is Due.STRING

    def _takes_body(self) -> bool:
        found = _BODY.match(self.text, self.at)
        self.at = found.end() if found else self.at
        if self.text[self.at : self.at + 1] != '"':
            return False
        begin, self.due = self.string, self._outside
        self.take('"', self.at + 1)
        self.string = begin
        return True
