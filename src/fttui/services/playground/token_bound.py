"""Ending an answer of an endpoint that does not keep the limit of tokens it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.services.endpoint.chat_answer import PAST_LIMIT
from fttui.services.endpoint.errors import UnreadableAnswerError
from fttui.terminal.format import count_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.playground.counting import Vocabulary

_SPARE = 64
_LEAST_STEP = 64
"""Characters between two counts at least."""


class TokenBound:
    """Counts an answer as it comes, and tells once it is further past its limit than can be.

    A text has more tokens when it is counted than it was written in where a model writes nonsense:
    up to 11 % more in 512 tokens drawn by chance from `o200k_base`, so a quarter is let pass where
    the vocabulary is the model's own (`is_exact`). Elsewhere it is only one that is near it, and
    twice the limit is let pass: of what is nearer to it the endpoint's own count tells. Texts that
    are too short to be past it are never counted. All of them are called on one thread, the
    service's, which does all else too.
    """

    def __init__(
        self, vocabulary: Vocabulary, host: str, most_tokens: int, *, is_exact: bool = False
    ) -> None:
        self._vocabulary = vocabulary
        self._host = host
        self._limit = most_tokens
        self._most = most_tokens + (most_tokens // 4 if is_exact else most_tokens) + _SPARE
        self._pieces: list[str] = []
        self._counted = 0
        """How many of the pieces are counted."""
        self._size = 0
        self._next = self._most
        self._tokens = 0

    def take(self, piece: str) -> UnreadableAnswerError | None:
        """One piece more; what is wrong with its length, else None."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size < self._next:
            return None
        self._tokens += self._count_from(self._counted)
        self._counted = len(self._pieces)
        if self._tokens > self._most:  # a stretch that begins within a word has more of them
            self._tokens = self._count_from(0)
        if self._tokens > self._most:
            return self._past()
        self._next = self._size + max(self._most - self._tokens, _LEAST_STEP)
        return None

    def _count_from(self, first: int) -> int:
        return self._vocabulary.count(["".join(self._pieces[first:])])[0]

    def _past(self) -> UnreadableAnswerError:
        return UnreadableAnswerError(
            _(
                "{host} does not keep the limit of {limit} tokens: its answer was ended at "
                "about {n}.",
                host=self._host,
                limit=count_text(self._limit),
                n=count_text(self._tokens),
            ),
            _("What came is kept, and may cost more than was told. Ask for a shorter answer."),
            code=PAST_LIMIT,
        )
