"""Finding equal examples by the hashes of their lines, within one file and between two."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from fttui.training_data.problems import LISTED

_PART = 100_000


@dataclass(frozen=True, slots=True)
class Repeats:
    """How many lines repeat others, and the first of them as (line, the line it repeats)."""

    count: int
    listed: list[tuple[int, int]]


def find_duplicates(hashes: "array[int]") -> Repeats:
    """Find the lines that repeat an earlier line of the same file; a hash of 0 is a blank line.

    Each part yields the values of its first repeats, among which the file's first ones must be;
    so the memory is that of one part, however many repeats there are.
    """
    count = 0
    candidates: set[int] = set()
    for part in _parts(hashes):
        distinct = len(set(part))
        if distinct < len(part):
            count += len(part) - distinct
            candidates.update(islice(_repeats(part), LISTED))
    first: dict[int, int] = {}
    listed: list[tuple[int, int]] = []
    if candidates:
        for line, value in enumerate(hashes, 1):
            if value in candidates and (earlier := first.setdefault(value, line)) != line:
                listed.append((line, earlier))
                if len(listed) == LISTED:
                    break
    return Repeats(count, listed)


def find_shared(hashes: "array[int]", earlier: "array[int]") -> Repeats:
    """Find the lines of one file that are also in an earlier file."""
    count = 0
    candidates: set[int] = set()
    for part, other in zip(_parts(hashes, len(earlier)), _parts(earlier, len(hashes)), strict=True):
        known = set(other)
        found = sum(map(known.__contains__, part))
        if found:
            count += found
            candidates.update(islice((value for value in part if value in known), LISTED))
    first: dict[int, int] = {}
    if candidates:
        for line, value in enumerate(earlier, 1):
            if value in candidates:
                first.setdefault(value, line)
    pairs = ((line, first[value]) for line, value in enumerate(hashes, 1) if value in first)
    return Repeats(count, list(islice(pairs, LISTED)))


def later_equals(hashes: "array[int]", others: "array[int]") -> bytearray:
    """A 1 for each line that equals an earlier one in both of its hashes, a 0 for the rest.

    Takes 4 bytes a line beside the hashes, and the memory of one part.
    """
    marks = bytearray(len(hashes))
    bits = (len(hashes) // _PART).bit_length()
    mask = (1 << bits) - 1
    parts = [array("I" if len(hashes) < 1 << 32 else "Q") for _ in range(1 << bits)]
    add = [part.append for part in parts]
    for at, value in enumerate(hashes):
        add[value & mask](at)
    for part in parts:
        if len(set(map(hashes.__getitem__, part))) == len(part):
            continue
        seen: set[tuple[int, int]] = set()
        for at in part:
            both = hashes[at], others[at]
            if both in seen:
                marks[at] = 1
            seen.add(both)
    return marks


def _repeats(part: "array[int]") -> Iterator[int]:
    """The values that came before, in their order."""
    seen: set[int] = set()
    for value in part:
        if value in seen:
            yield value
        seen.add(value)


def _parts(hashes: "array[int]", other: int = 0) -> list["array[int]"]:
    """Deal the hashes out by their lowest bits, without the blank lines.

    A set of a part takes little memory, whatever the number of lines; `other` is the number of
    hashes that will be dealt out to match.
    """
    bits = (max(len(hashes), other) // _PART).bit_length()
    parts = [array("q") for _ in range(1 << bits)]
    if bits == 0:
        parts[0].extend(hashes if 0 not in hashes else [value for value in hashes if value])
        return parts
    mask = (1 << bits) - 1
    add = [part.append for part in parts]
    for value in hashes:
        add[value & mask](value)
    if 0 in parts[0]:
        parts[0] = array("q", [value for value in parts[0] if value])
    return parts
