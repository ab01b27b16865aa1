"""One row of the table of foreign formats, and what is read of one example by it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from fttui.training_data.foreign.shapes import Unconvertible, left_out, quiet_keys
from fttui.training_data.profile import Format

Made = tuple[dict[str, Any], Collection[str]]
"""An example in a format of ours, and the keys of the other one that went into it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A foreign format: how an example of it is known by its whole shape, and what it becomes."""

    name: str
    fits: Callable[[Any], bool]
    mapping: str = ""
    target: Format | None = None
    convert: Callable[[Any], Made] | None = None
    """None where only a person can say what belongs where."""
    leaves: frozenset[str] = frozenset()
    """Keys that mean nothing to the example in this format."""
    advice: str = ""
    hint: Callable[[Any], str] | None = None
    """What a person may say instead, as `--map` takes it."""
    repeats: Callable[[Any], Collection[str]] = lambda _example: ()
    """Keys whose values only hold the others once more."""
    is_guess: bool = False
    """It is no format of any tool, just rows that might be examples."""
    words: Callable[[Any], tuple[str, str]] | None = None
    """Name and mapping of one example, where they depend on it."""

    def read(self, example: Any) -> "Reading":
        """Read an example that fits."""
        name, mapping = self.words(example) if self.words else (self.name, self.mapping)
        columns = tuple(example) if isinstance(example, dict) else ()
        bare = Reading(
            name,
            mapping,
            self.target,
            columns,
            advice=self.advice,
            hint=self.hint(example) if self.hint else "",
            is_guess=self.is_guess,
        )
        if self.convert is None:
            return bare
        try:
            value, used = self.convert(example)
            known = {*self.leaves, *self.repeats(example)}
            others = left_out(example, used, known) if isinstance(example, dict) else ()
        except Unconvertible as fault:
            return replace(bare, fault=fault)
        return replace(
            bare, value=value, left_out=(*others, *quiet_keys(example, value, self.leaves))
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What one example turned out to be."""

    name: str
    mapping: str
    target: Format | None
    columns: tuple[str, ...]
    value: dict[str, Any] | None = None
    """The example in its new format, None if that is not certain."""
    left_out: tuple[str, ...] = ()
    fault: Unconvertible | None = None
    advice: str = ""
    hint: str = ""
    is_guess: bool = False
