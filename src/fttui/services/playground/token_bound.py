"""Ending an answer of an endpoint that does not keep the limit of tokens it was given."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from fttui.services.endpoint.chat_answer import PAST_LIMIT
from fttui.services.endpoint.errors import UnreadableAnswerError
from fttui.terminal.format import count_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.training_data.tokens import TokenCounter

_SPARE = 64
_LEAST_STEP = 512
"""Characters between two counts at least."""


class TokenBound:
    """Counts an answer as it comes, and tells once it is far past its limit of tokens.

    Another model's tokens are counted by a vocabulary that is near it, not its own, so twice the
    limit is let pass: of what is nearer to it the endpoint's own count tells. Texts that are too
    short to be past it are never counted. All of them are called on one thread, the service's,
    which does all else too.
    """

    def __init__(self, model: str, host: str, most_tokens: int) -> None:
        self._model = model
        self._host = host
        self._limit = most_tokens
        self._most = 2 * most_tokens + _SPARE
        self._pieces: list[str] = []
        self._size = 0
        self._next = self._most
        self._tokens = 0

    def take(self, piece: str) -> UnreadableAnswerError | None:
        """One piece more; what is wrong with its length, else None."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size < self._next:
            return None
        text, self._pieces = "".join(self._pieces), []
        self._tokens += self._count(text)
        if self._tokens > self._most:
            return self._past()
        self._next = self._size + max(self._most - self._tokens, _LEAST_STEP)
        return None

    def _count(self, text: str) -> int:
        from fttui.training_data.models import encoding_of

        encoding, _is_own = encoding_of(self._model)
        return _counter_of(encoding).count(text)

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


@lru_cache(maxsize=4)
def _counter_of(encoding: str) -> TokenCounter:
    """Loaded once: an answer is counted some hundred times, and a load holds up all other calls."""
    from fttui.training_data.tokens import TokenCounter

    return TokenCounter(encoding)
