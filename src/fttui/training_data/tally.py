"""What is measured on the examples of a file: workers send it, the parent adds it up."""

from collections.abc import Callable

import msgspec

_EXACT_LENGTHS = 131_072
_COARSE_STEP = 4_096
_LONGEST_AFFIX = 200
MAX_PROMPTS = 1_000
"""Distinct system prompts that are told apart; beyond it the count reads `at least`."""


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
        self.prompt.merge(other.prompt)
        self.completion.merge(other.completion)


_SUMS = ("measured", "tokens", "assistant_tokens", "estimated", "with_tools", "with_images")
_HISTOGRAMS = ("roles", "messages", "lengths")
_FIRST_LINES = (
    "first_with_tools",
    "first_with_images",
    "other_prompt",
)


def _first(choose: Callable[[int, int], int], one: int | None, other: int | None) -> int | None:
    """The smaller or larger of two numbers, either of which may be missing."""
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)
