"""The arithmetic of a multi grader's `calculate_output`.

Numbers, grader names, + - * / ^, parentheses and a few functions; nothing is ever handed to
Python's own evaluator.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-+*/^(),]))"
)
_MAX_LENGTH = 4096
_MAX_DEPTH = 50


class _Function(NamedTuple):
    call: Callable[..., float]
    least: int
    most: int | None


def _floor(value: float) -> float:
    # A float, not an int: powers of ints grow without bound, powers of floats overflow.
    return float(math.floor(value))


def _ceil(value: float) -> float:
    return float(math.ceil(value))


def _raise(base: float, exponent: float) -> float:
    result = base**exponent
    if isinstance(result, complex):
        raise FormulaError("a negative number has no such power")
    return float(result)


_FUNCTIONS: dict[str, _Function] = {
    "min": _Function(min, 2, None),
    "max": _Function(max, 2, None),
    "abs": _Function(abs, 1, 1),
    "floor": _Function(_floor, 1, 1),
    "ceil": _Function(_ceil, 1, 1),
    "exp": _Function(math.exp, 1, 1),
    "sqrt": _Function(math.sqrt, 1, 1),
    "log": _Function(math.log, 1, 1),
}


class FormulaError(ValueError):
    """A formula that cannot be read or calculated."""


def variables(formula: str) -> set[str]:
    """The names of graders in a formula; raises FormulaError if it cannot be read."""
    reader = _FormulaReader(formula, None)
    reader.run()
    return reader.names


def calculate(formula: str, values: Mapping[str, float]) -> float:
    """The formula's value; raises FormulaError if it has none."""
    try:
        result = _FormulaReader(formula, values).run()
    except (ArithmeticError, ValueError) as error:
        raise FormulaError(str(error)) from None
    if not math.isfinite(result):
        raise FormulaError("the result is not a finite number")
    return float(result)


class _FormulaReader:
    """Recursive descent over the tokens; without values every name and result counts as 1."""

    def __init__(self, formula: str, values: Mapping[str, float] | None) -> None:
        if len(formula) > _MAX_LENGTH:
            raise FormulaError(f"the formula is longer than {_MAX_LENGTH} characters")
        self.names: set[str] = set()
        self._values = values
        self._tokens = list(self._split(formula))
        self._place = 0
        self._depth = 0

    @staticmethod
    def _split(formula: str) -> list[tuple[str, str]]:
        tokens = []
        place = 0
        text = formula.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None or match.lastgroup is None:
                raise FormulaError(f"unexpected character {text[place]!r}")
            tokens.append((match.lastgroup, match[match.lastgroup]))
            place = match.end()
        return tokens

    def run(self) -> float:
        """The value of the whole formula. Raises FormulaError."""
        result = self._sum()
        if self._place < len(self._tokens):
            raise FormulaError(f"unexpected {self._tokens[self._place][1]!r}")
        return result

    def _accept(self, *signs: str) -> str | None:
        if self._place < len(self._tokens):
            kind, text = self._tokens[self._place]
            if kind == "sign" and text in signs:
                self._place += 1
                return text
        return None

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            raise FormulaError(f"{sign!r} is missing")

    def _sum(self) -> float:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise FormulaError("the formula is nested too deeply")
        value = self._product()
        while sign := self._accept("+", "-"):
            other = self._product()
            value = value + other if sign == "+" else value - other
        self._depth -= 1
        return value

    def _product(self) -> float:
        value = self._signed()
        while sign := self._accept("*", "/"):
            other = self._signed()
            if self._values is None:
                continue
            value = value * other if sign == "*" else value / other
        return value

    def _signed(self) -> float:
        negative = False
        while sign := self._accept("-", "+"):
            negative ^= sign == "-"
        value = self._power()
        return -value if negative else value

    def _power(self) -> float:
        base = self._atom()
        powers = []
        while self._accept("^"):
            negative = self._accept("-") is not None
            exponent = self._atom()
            powers.append(-exponent if negative else exponent)
        if self._values is None:
            return base
        result: float | None = None
        for exponent in reversed(powers):
            result = exponent if result is None else _raise(exponent, result)
        return base if result is None else _raise(base, result)

    def _atom(self) -> float:
        if self._accept("("):
            value = self._sum()
            self._expect(")")
            return value
        if self._place >= len(self._tokens):
            raise FormulaError("the formula ends too early")
        kind, text = self._tokens[self._place]
        self._place += 1
        if kind == "number":
            return float(text)
        if kind != "name":
            raise FormulaError(f"unexpected {text!r}")
        if self._accept("("):
            return self._call(text)
        self.names.add(text)
        if self._values is None:
            return 1.0
        if text not in self._values:
            raise FormulaError(f"there is no grader named {text!r}")
        return self._values[text]

    def _call(self, name: str) -> float:
        function = _FUNCTIONS.get(name)
        if function is None:
            raise FormulaError(f"there is no function named {name!r}")
        arguments = [self._sum()]
        while self._accept(","):
            arguments.append(self._sum())
        self._expect(")")
        if len(arguments) < function.least or len(arguments) > (function.most or len(arguments)):
            raise FormulaError(f"{name} does not take {len(arguments)} arguments")
        return 1.0 if self._values is None else function.call(*arguments)
