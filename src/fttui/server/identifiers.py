"""Ids that look like OpenAI's and come out the same for the same seed and order of calls."""

from __future__ import annotations

import hashlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def base62(text: str, length: int) -> str:
    """`length` letters and digits (43 at most) that depend on `text` alone."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest())
    letters = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        letters.append(ALPHABET[rest])
    return "".join(letters)


def hexadecimal(text: str, length: int) -> str:
    """`length` hexadecimal digits (64 at most) that depend on `text` alone."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


class EventIds:
    """Turns an event's place in its job's history into an id, and back without a search.

    A job can have tens of thousands of events; none is stored, so an id given as `after` must
    tell its place by itself. The last six letters are the place, scrambled per job.
    """

    _MODULUS = 62**6
    _FACTOR = 7_654_321_039
    _INVERSE = pow(_FACTOR, -1, _MODULUS)

    def __init__(self, job_id: str) -> None:
        self._head = "ftevent-" + base62(f"{job_id}/events", 18)
        self._shift = int(hexadecimal(f"{job_id}/shift", 12), 16) % self._MODULUS

    def id(self, place: int) -> str:
        """The id of the event at `place`, counted from 0, oldest first."""
        number = (place * self._FACTOR + self._shift) % self._MODULUS
        letters = ""
        for _ in range(6):
            number, rest = divmod(number, 62)
            letters = ALPHABET[rest] + letters
        return self._head + letters

    def place(self, event_id: str) -> int | None:
        """The place that `id` made `event_id` from, None if it is not one of this job's."""
        head, letters = event_id[:-6], event_id[-6:]
        if head != self._head or any(letter not in ALPHABET for letter in letters):
            return None
        number = 0
        for letter in letters:
            number = number * 62 + ALPHABET.index(letter)
        return (number - self._shift) * self._INVERSE % self._MODULUS
