"""Finding equal examples by the hashes of their lines, within one file and between two."""

from array import array
from dataclasses import dataclass

from fttui.training_data.problems import LISTED

_PART = 500_000


@dataclass(frozen=True, slots=True)
class Repeats:
    """How many lines repeat others, and the first of them as (line, the line it repeats)."""

    count: int
    listed: list[tuple[int, int]]


def find_duplicates(hashes: "array[int]") -> Repeats:
    """Find the lines that repeat an earlier line of the same file; a hash of 0 is a blank line."""
    count = 0
    repeated: set[int] = set()
    for part in _parts(hashes):
        distinct = set(part)
        if len(distinct) == len(part):
            continue
        count += len(part) - len(distinct)
        seen: set[int] = set()
        for value in part:
            if value in seen:
                repeated.add(value)
            seen.add(value)
    if not count:
        return Repeats(0, [])
    return Repeats(count, _list_duplicates(hashes, repeated))


def find_shared(hashes: "array[int]", earlier: "array[int]") -> Repeats:
    """Find the lines of one file that are also in an earlier file."""
    count = 0
    shared: set[int] = set()
    for part, other in zip(_parts(hashes, len(earlier)), _parts(earlier, len(hashes)), strict=True):
        known = set(other)
        found = [value for value in part if value in known]
        count += len(found)
        shared.update(found)
    if not count:
        return Repeats(0, [])
    first: dict[int, int] = {}
    for line, value in enumerate(earlier, 1):
        if value in shared:
            first.setdefault(value, line)
    pairs = ((line, first[value]) for line, value in enumerate(hashes, 1) if value in shared)
    return Repeats(count, [pair for pair, _ in zip(pairs, range(LISTED), strict=False)])


def _list_duplicates(hashes: "array[int]", repeated: set[int]) -> list[tuple[int, int]]:
    listed: list[tuple[int, int]] = []
    first: dict[int, int] = {}
    for line, value in enumerate(hashes, 1):
        if value not in repeated:
            continue
        if value in first:
            listed.append((line, first[value]))
            if len(listed) == LISTED:
                break
        else:
            first[value] = line
    return listed


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
