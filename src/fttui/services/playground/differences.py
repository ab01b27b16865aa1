"""Where an answer is not the expected one: word by word, or in lines where it is long."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from itertools import takewhile

from fttui.services.playground.types import Piece

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_MOST_PAIRS = 300_000
"""Pairs of words or lines that are compared at most: some tenths of a second."""


def comparable(text: str) -> str:
    """`text` with its line ends and accents written in one way: nobody sees which way it was."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def is_exact(expected: str, answer: str) -> bool:
    """Whether an answer is the expected one, once `comparable`, but for blanks around it."""
    wanted = comparable(expected).strip()
    return bool(wanted) and wanted == comparable(answer).strip()


def differences(expected: str, answer: str) -> list[Piece]:
    """The stretches of both texts in order: `same`, `missing` from the answer, `added` by it.

    What both begin and end with is told apart first. What is left is compared by words, by lines
    where there are too many of them, and as a whole where there are too many lines; so it takes a
    second at most, and is best called in a thread. Both are made `comparable` first.
    """
    ours, theirs = _WORD.findall(comparable(expected)), _WORD.findall(comparable(answer))
    begin = _alike(ours, theirs)
    head, ours, theirs = ours[:begin], ours[begin:], theirs[begin:]
    end = _alike(ours[::-1], theirs[::-1])
    tail = ours[len(ours) - end :]
    ours, theirs = ours[: len(ours) - end], theirs[: len(theirs) - end]
    middle = _middle(ours, theirs)
    return _joined([Piece("same", "".join(head)), *middle, Piece("same", "".join(tail))])


def _alike(ours: list[str], theirs: list[str]) -> int:
    """How many words both begin with."""
    pairs = zip(ours, theirs, strict=False)
    return sum(1 for _unused in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _middle(ours: list[str], theirs: list[str]) -> list[Piece]:
    first, second = "".join(ours), "".join(theirs)
    if len(ours) * len(theirs) > _MOST_PAIRS:
        ours, theirs = _LINE.findall(first), _LINE.findall(second)
    if len(ours) * len(theirs) > _MOST_PAIRS:
        return [Piece("missing", first), Piece("added", second)]
    return _compared(ours, theirs)


def _compared(ours: list[str], theirs: list[str]) -> list[Piece]:
    pieces = []
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(ours[i1:i2])))
        else:
            pieces.append(Piece("missing", "".join(ours[i1:i2])))
            pieces.append(Piece("added", "".join(theirs[j1:j2])))
    return pieces


def _joined(pieces: list[Piece]) -> list[Piece]:
    """The pieces that hold something, those of one kind in a row as one."""
    found: list[Piece] = []
    for piece in filter(lambda piece: piece.text, pieces):
        if found and found[-1].kind == piece.kind:
            found[-1] = Piece(piece.kind, found[-1].text + piece.text)
        else:
            found.append(piece)
    return found
