"""How an answer is asked for, as a person writes it: temperature, limit of tokens, ends."""

from __future__ import annotations

from collections.abc import Sequence

from fttui.services.field_error import FieldError
from fttui.terminal.language import _

_HOTTEST = 2.0
_MOST_STOPS = 4
_MOST_TOKENS = 1_000_000
_LONGEST_STOP = 200


def parse_temperature(text: str) -> float | None:
    """A temperature from 0 to 2, None for an empty text.

    Raises:
        FieldError: it is none.
    """
    written = text.strip().replace(",", ".")
    if not written:
        return None
    try:
        number = float(written)
    except ValueError:
        number = -1.0
    if not 0 <= number <= _HOTTEST:
        raise FieldError(_("The temperature is a number from 0 to 2, or empty."))
    return number


def parse_max_tokens(text: str) -> int | None:
    """The most tokens of an answer, from 1 on; None for an empty text, which is no limit.

    Raises:
        FieldError: it is none.
    """
    written = text.strip().replace(",", "").replace("_", "")
    if not written:
        return None
    number = int(written) if written.isascii() and written.isdecimal() and len(written) < 9 else 0
    if not 1 <= number <= _MOST_TOKENS:
        raise FieldError(_("The most tokens of an answer are a whole number from 1 on, or empty."))
    return number


def check_stops(stops: Sequence[str]) -> tuple[str, ...]:
    """The texts at which an answer ends, each once; empty ones are left out.

    Raises:
        FieldError: there are more than four, or one is longer than 200 characters.
    """
    wanted = tuple(dict.fromkeys(stop for stop in stops if stop))
    if len(wanted) > _MOST_STOPS:
        raise FieldError(_("At most 4 texts can end an answer; there are {n}.", n=len(wanted)))
    if any(len(stop) > _LONGEST_STOP for stop in wanted):
        raise FieldError(_("A text that ends an answer has at most 200 characters."))
    return wanted


def parse_stop(text: str) -> tuple[str, ...]:
    r"""The texts at which an answer ends, one a line; `\n` and `\t` stand for what they mean.

    Raises:
        FieldError: as of `check_stops`.
    """
    lines = (line.replace("\\n", "\n").replace("\\t", "\t") for line in text.split("\n"))
    return check_stops([*lines])
