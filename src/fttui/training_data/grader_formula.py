"""The formula of a multi grader: numbers, names, + - * / ^, brackets and a few functions."""

from __future__ import annotations

import re

from fttui.terminal.language import _
from fttui.terminal.text import safe

_FUNCTIONS = {
    **dict.fromkeys(("min", "max"), (2, 50)),
    **dict.fromkeys(("abs", "floor", "ceil", "exp", "sqrt", "log"), (1, 1)),
}
"""How few and how many values each takes."""
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>[-+*/^(),]))"
)
_LONGEST = 4_000
_DEEPEST = 50


class FormulaError(ValueError):
    """A formula that cannot be read; the text is a clause that says why."""


def names_in(formula: str) -> tuple[str, ...]:
    """The names of graders that it uses, in its order. Raises FormulaError."""
    if len(formula) > _LONGEST:
        raise FormulaError(_("it is longer than {longest:,} characters", longest=_LONGEST))
    reader = _Reader(formula)
    reader.sum(0)
    if reader.next:
        raise FormulaError(_('"{next}" is not expected there', next=safe(reader.next, maxlen=40)))
    return tuple(dict.fromkeys(reader.names))


class _Reader:
    def __init__(self, formula: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._place = 0
        self.names: list[str] = []
        text, at = formula.rstrip(), 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise FormulaError(_('"{sign}" is not taken', sign=safe(text[at:].lstrip()[:1])))
            self._tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            at = found.end()

    @property
    def next(self) -> str:
        """What comes next; "" at the end."""
        return self._tokens[self._place][1] if self._place < len(self._tokens) else ""

    def sum(self, depth: int) -> None:
        """Read values with signs between them."""
        if depth > _DEEPEST:
            raise FormulaError(_("it is nested too deeply"))
        self._value(depth)
        while self.next and self.next in "+-*/^":
            self._place += 1
            self._value(depth)

    def _value(self, depth: int) -> None:
        while self.next and self.next in "+-":
            self._place += 1
        if self._place >= len(self._tokens):
            raise FormulaError(_("it ends too early"))
        kind, text = self._tokens[self._place]
        self._place += 1
        if text == "(":
            self.sum(depth + 1)
            self._close()
        elif kind == "name" and self.next == "(":
            self._call(text, depth)
        elif kind == "name":
            self.names.append(text)
        elif kind != "number":
            raise FormulaError(_('"{next}" is not expected there', next=text))

    def _call(self, name: str, depth: int) -> None:
        if name not in _FUNCTIONS:
            raise FormulaError(_("there is no function {name}", name=safe(name, maxlen=40)))
        self._place += 1
        given = 1
        self.sum(depth + 1)
        while self.next == ",":
            self._place += 1
            given += 1
            self.sum(depth + 1)
        self._close()
        least, most = _FUNCTIONS[name]
        if not least <= given <= most:
            raise FormulaError(_("{name} does not take {given} values", name=name, given=given))

    def _close(self) -> None:
        if self.next != ")":
            raise FormulaError(_("a bracket is not closed"))
        self._place += 1
