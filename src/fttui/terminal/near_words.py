"""What somebody may have meant by a word that is not known: one measure for all words that are.

Near is what a slip of the fingers makes of a word (a letter too many, too few, another one, two
that changed places), its beginning, and a whole part of it. Nothing else is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from fttui.terminal.language import _

_LONGEST = 64
_LEAST_BEGINNING = 3
_LEAST_PART = 4
_PART = re.compile(r"[^\W_]+")


def near_words(word: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The words of `known` that are near `word`, the nearest first; case does not count."""
    wanted = word.strip().casefold()
    if not wanted or len(wanted) > _LONGEST:
        return ()
    found = []
    for place, one in enumerate(known):
        distance = _distance(wanted, one.casefold())
        if distance is not None:
            found.append((distance, place, one))
    return tuple(one for _unused, _place, one in sorted(found)[:most])


def did_you_mean(word: str, known: Iterable[str], most: int = 3) -> str:
    """The question whether a near word was meant, or "" where none is near."""
    return meant(near_words(word, known, most))


def meant(near: Iterable[str]) -> str:
    """The question whether one of these was meant, or "" for none."""
    shown = _(" or ").join(f"`{one}`" for one in near)
    return _("Did you mean {words}?", words=shown) if shown else ""


def _distance(word: str, known: str) -> float | None:
    """How far `known` is from `word` in slips; None where it is too far to be meant."""
    if word == known:
        return 0.0
    allowed = _slips_allowed(min(len(word), len(known)))
    slips = _slips(word, known, allowed)
    if slips <= allowed:
        return float(slips)
    bare = known.lstrip("-")
    begun = word.lstrip("-")
    if len(begun) >= _LEAST_BEGINNING and bare.startswith(begun):
        return allowed + 0.5
    parts = _PART.findall(known)
    if len(begun) >= _LEAST_PART and len(parts) > 1 and begun in parts:
        return allowed + 0.75
    return None


def _slips_allowed(length: int) -> int:
    if length < 3:
        return 0
    return 1 if length < 6 else 2 if length < 12 else 3


def _slips(one: str, other: str, most: int) -> int:
    """How many slips lead from one word to the other; any number above `most` where more do."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        last, row, before_last = row, [place], before
        for column, wanted in enumerate(other, 1):
            is_other = letter != wanted
            cost = min(last[column] + 1, row[-1] + 1, last[column - 1] + is_other)
            changed = place > 1 and column > 1 and letter == other[column - 2]
            if changed and one[place - 2] == wanted:
                cost = min(cost, before_last[column - 2] + 1)
            row.append(cost)
        before = last
        if min(row) > most:
            return most + 1
    return row[-1]
