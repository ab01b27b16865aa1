"""The tokens of one example and of each of its turns, and which of them are cut off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fttui.training_data.models import encoding_of, token_limit_of
from fttui.training_data.profile import Format, format_of
from fttui.training_data.tokens import ExampleTokens, TokenCounter
from fttui.training_data.turns import Turn


@dataclass(frozen=True, slots=True)
class Counting:
    """How tokens are counted: by which vocabulary, and at which number an example is cut."""

    encoding: str
    limit: int | None = None
    is_known: bool = True
    """Whether the vocabulary is known to be the model's own."""

    @classmethod
    def of_model(cls, model: str | None) -> Counting:
        """As for a job with this model; None for one that is not chosen."""
        encoding, is_known = encoding_of(model)
        return cls(encoding, token_limit_of(model), is_known)


@dataclass(frozen=True, slots=True)
class TurnTokens:
    """All tokens of an example, those of each turn, and those before which it is cut."""

    total: int
    exact: bool
    of_turns: tuple[int, ...] = ()
    limit: int | None = None

    @property
    def beyond(self) -> int:
        """How many are cut off."""
        return max(self.total - self.limit, 0) if self.limit is not None else 0

    def lost(self, index: int) -> int:
        """How many tokens of a turn are cut off, as far as the turns stand in the order of the cut.

        The end of an example is what is cut off.
        """
        if self.limit is None:
            return 0
        before = sum(self.of_turns[:index])
        return min(max(before + self.of_turns[index] - self.limit, 0), self.of_turns[index])


def text_length(turns: Sequence[Turn]) -> int:
    """The characters of all texts of turns, but for pictures, which are not counted by text."""
    return sum(_text_length(turn.counted) for turn in turns)


def _text_length(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_text_length(each) for key, each in value.items() if key != "image_url")
    return sum(map(_text_length, value)) if isinstance(value, list) else 0


class TurnCounter:
    """Counts examples one by one, in one thread; the vocabulary is loaded with the first."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting
        self._tokens: ExampleTokens | None = None

    @property
    def is_loaded(self) -> bool:
        """False before the first count, which takes a tenth of a second longer."""
        return self._tokens is not None

    def count(self, example: Mapping[str, Any], turns: Sequence[Turn]) -> TurnTokens:
        """The tokens of an example of a known format, and of its turns."""
        if self._tokens is None:
            self._tokens = ExampleTokens(TokenCounter(self._counting.encoding))
        tokens, kind = self._tokens, format_of(example) or Format.CHAT
        tokens.measure(example, kind)
        total, exact = tokens.total, tokens.exact and self._counting.is_known
        each = tuple(tokens.of_turn(turn.counted) for turn in turns)
        return TurnTokens(total, exact, each, self._counting.limit)
