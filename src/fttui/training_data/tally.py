"""What is measured on the examples of a file, and what these sums tell of all of it.

Workers send their sums and the parent adds them up: distributions are kept as histograms, equal
examples are found by the hashes of their lines, within one file and between two.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, islice

import msgspec

from fttui.training_data.rules import LISTED

_EXACT_LENGTHS = 131_072
_COARSE_STEP = 4_096
_LONGEST_AFFIX = 200
MAX_PROMPTS = 1_000
"""Distinct system prompts that are told apart; beyond it the count reads `at least`."""

MAX_NAMES = 20
"""Distinct names of keys that are remembered."""

_PART = 100_000


def bucket(length: int) -> int:
    """The key of a length in a histogram: itself, rounded where nobody reads the last digits."""
    return length if length < _EXACT_LENGTHS else length - length % _COARSE_STEP


class Affixes(msgspec.Struct):
    """What all texts of a kind begin and end with, as far as `_LONGEST_AFFIX` characters."""

    prefix: str | None = None
    suffix: str | None = None

    def add(self, text: str) -> None:
        """Narrow both to what `text` shares."""
        head, tail = text[:_LONGEST_AFFIX], text[-_LONGEST_AFFIX:]
        self.prefix = _common(self.prefix, head)
        self.suffix = _common_end(self.suffix, tail)

    def merge(self, other: "Affixes") -> None:
        """Narrow both to what the texts of `other` share."""
        if other.prefix is not None and other.suffix is not None:
            self.prefix = _common(self.prefix, other.prefix)
            self.suffix = _common_end(self.suffix, other.suffix)


def _common(first: str | None, second: str) -> str:
    if first is None:
        return second
    length = min(len(first), len(second))
    different = (i for i in range(length) if first[i] != second[i])
    return second[: next(different, length)]


def _common_end(first: str | None, second: str) -> str:
    if first is None:
        return second
    return _common(first[::-1], second[::-1])[::-1]


class Tally(msgspec.Struct):
    """Sums and histograms over examples; adding two of them gives that of both.

    Lines are relative to the block until `merge` adds the lines before it.
    """

    measured: int = 0
    """Examples that could be read as the file's format, faulty or not."""
    roles: dict[str, int] = msgspec.field(default_factory=dict)
    messages: dict[int, int] = msgspec.field(default_factory=dict)
    """Examples by their number of messages."""
    lengths: dict[int, int] = msgspec.field(default_factory=dict)
    """Examples by their number of tokens."""
    tokens: int = 0
    assistant_tokens: int = 0
    shortest: int | None = None
    longest: int | None = None
    estimated: int = 0
    """Examples whose tokens are an estimate because of tools, images or refusals."""
    with_tools: int = 0
    with_images: int = 0
    first_with_tools: int | None = None
    first_with_images: int | None = None
    with_nulls: int = 0
    """Examples with a key that is null, or holds nothing, and counts as absent."""
    first_with_nulls: int | None = None
    null_keys: set[str] = msgspec.field(default_factory=set)
    """Names of these keys, MAX_NAMES at most."""
    mojibake: int = 0
    """Lines with UTF-8 that was read as another encoding."""
    first_mojibake: int | None = None
    replaced: int = 0
    """Lines with U+FFFD, which takes the place of what could not be read."""
    first_replaced: int | None = None
    prompts: set[int] = msgspec.field(default_factory=set)
    """Hashes of the distinct system prompts, MAX_PROMPTS at most."""
    other_prompt: int | None = None
    """Line of the first example whose system prompt is not the file's first one."""
    prompt: Affixes = msgspec.field(default_factory=Affixes)
    completion: Affixes = msgspec.field(default_factory=Affixes)

    def add_lengths(self, lengths: list[int]) -> None:
        """Count the tokens of examples."""
        if not lengths:
            return
        histogram = self.lengths
        for length in lengths:
            key = bucket(length)
            histogram[key] = histogram.get(key, 0) + 1
        self.tokens += sum(lengths)
        self.shortest = _first(min, self.shortest, min(lengths))
        self.longest = _first(max, self.longest, max(lengths))

    def add_shape(self, roles: tuple[str, ...], examples: int) -> None:
        """Count examples whose messages have these roles, empty ones being unknown."""
        for role in roles:
            if role:
                self.roles[role] = self.roles.get(role, 0) + examples
        count = len(roles)
        self.messages[count] = self.messages.get(count, 0) + examples

    def add_nulls(self, names: set[str], line: int) -> None:
        """Count an example with keys that hold nothing; no names stand for none."""
        if names:
            self.with_nulls += 1
            self.first_with_nulls = self.first_with_nulls or line
            self._add_null_keys(names)

    def _add_null_keys(self, names: set[str]) -> None:
        for name in sorted(names - self.null_keys):
            if len(self.null_keys) < MAX_NAMES:
                self.null_keys.add(name)

    def add_prompt(self, prompt: int) -> None:
        """Count a system prompt, given by its hash."""
        if len(self.prompts) < MAX_PROMPTS:
            self.prompts.add(prompt)

    def merge(self, other: "Tally", lines_before: int) -> None:
        """Add the tally of the block that begins after `lines_before` lines."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in _HISTOGRAMS:
            mine = getattr(self, name)
            for key, count in getattr(other, name).items():
                mine[key] = mine.get(key, 0) + count
        for name in _FIRST_LINES:
            if getattr(self, name) is None and getattr(other, name) is not None:
                setattr(self, name, getattr(other, name) + lines_before)
        self.shortest = _first(min, self.shortest, other.shortest)
        self.longest = _first(max, self.longest, other.longest)
        for prompt in other.prompts:
            self.add_prompt(prompt)
        self._add_null_keys(other.null_keys)
        self.prompt.merge(other.prompt)
        self.completion.merge(other.completion)


_SUMS = (
    *("measured", "tokens", "assistant_tokens", "estimated", "with_tools", "with_images"),
    *("with_nulls", "mojibake", "replaced"),
)


_HISTOGRAMS = ("roles", "messages", "lengths")


_FIRST_LINES = (
    "first_with_tools",
    "first_with_images",
    "first_with_nulls",
    "first_mojibake",
    "first_replaced",
    "other_prompt",
)


def _first(choose: Callable[[int, int], int], one: int | None, other: int | None) -> int | None:
    """The smaller or larger of two numbers, either of which may be missing."""
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)


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


@dataclass(frozen=True, slots=True)
class Distribution:
    """Where the values of a sample lie; percentiles are interpolated between neighbours."""

    count: int = 0
    total: int = 0
    min: int = 0
    max: int = 0
    mean: float = 0.0
    median: float = 0.0
    p5: float = 0.0
    p95: float = 0.0


def describe(
    histogram: Mapping[int, int],
    *,
    total: int | None = None,
    shortest: int | None = None,
    longest: int | None = None,
) -> Distribution:
    """Describe a histogram of value to count.

    A histogram whose large values are rounded comes with the exact sum and extremes.
    """
    if not histogram:
        return Distribution()
    values = sorted(histogram)
    below = list(accumulate(histogram[value] for value in values))
    count = below[-1]
    if total is None:
        total = sum(value * histogram[value] for value in values)

    def percentile(share: float) -> float:
        place = share * (count - 1)
        low = int(place)
        first = _value_at(values, below, low)
        second = _value_at(values, below, min(low + 1, count - 1))
        return first + (second - first) * (place - low)

    return Distribution(
        count=count,
        total=total,
        min=values[0] if shortest is None else shortest,
        max=values[-1] if longest is None else longest,
        mean=total / count,
        median=percentile(0.5),
        p5=percentile(0.05),
        p95=percentile(0.95),
    )


def _value_at(values: list[int], below: list[int], place: int) -> int:
    """The value at a place of the sorted sample, counted from 0."""
    return values[bisect_right(below, place)]


def bars(histogram: Mapping[int, int], count: int) -> list[tuple[int, int, int]]:
    """Sum a histogram into at most `count` bars of equal width: (from, to inclusive, examples)."""
    if not histogram or count < 1:
        return []
    low, high = min(histogram), max(histogram)
    width = max(1, -(-(high - low + 1) // count))
    sums = [0] * (-(-(high - low + 1) // width))
    for value, examples in histogram.items():
        sums[(value - low) // width] += examples
    return [(low + i * width, low + (i + 1) * width - 1, n) for i, n in enumerate(sums)]
