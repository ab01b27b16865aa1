"""The vocabularies by which prompts and answers are counted: each is loaded once, in a thread."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

from fttui.training_data.models import encoding_of

if TYPE_CHECKING:
    from fttui.training_data.tokenizers import Tokenizer


class Vocabulary:
    """Counts for several threads, one text after the other."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._turn = threading.Lock()

    def count(self, texts: list[str]) -> list[int]:
        """The number of tokens in each text."""
        with self._turn:
            return self._tokenizer.count(texts)

    def warm_up(self) -> None:
        """It is ready when it is loaded."""


def vocabulary_of(model: str) -> tuple[Vocabulary, bool]:
    """What counts the tokens of `model`, and whether it is known to be the model's own.

    The first one takes some tenths of a second: call it in a thread.
    """
    encoding, is_own = encoding_of(model)
    return _loaded(encoding), is_own


@lru_cache(maxsize=4)
def _loaded(encoding: str) -> Vocabulary:
    from fttui.training_data.tokenizers import load

    tokenizer = load(encoding)
    tokenizer.warm_up()
    return Vocabulary(tokenizer)
