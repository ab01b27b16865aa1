"""What a model's answers cost by the token, and how long they may be.

The prices of `models.toml` are OpenAI's: of fine-tuned models, and of their bases where known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fttui.training_data.models import base_model, find_model, model_table


@dataclass(frozen=True, slots=True)
class AnswerPrice:
    """US dollars for a million tokens of prompts, and of answers; `as_of` a day, or ""."""

    prompt: float
    answer: float
    as_of: str = ""

    def of(self, prompt_tokens: int, answer_tokens: int) -> float:
        """US dollars for so many tokens."""
        return (self.prompt * prompt_tokens + self.answer * answer_tokens) / 1e6


def known_answer_price(model: str) -> AnswerPrice | None:
    """OpenAI's price for answers of `model`, a base or fine-tuned; None where it is not known."""
    known = find_model(model)
    if known is None:
        return None
    is_fine_tuned = base_model(model) != model.strip()
    pair = known.answers if is_fine_tuned else known.base_answers
    return AnswerPrice(*pair, model_table().prices_as_of) if pair else None


def answer_price_in(
    prices: Mapping[str, tuple[float, float]], model: str
) -> tuple[float, float] | None:
    """The price that a person has set: by the longest name that `model` or its base begins with.

    A name goes for what it is the beginning of up to a `-2024-08-06`, a `:` or its end, so that
    `ft:gpt-4o` speaks of what was made from it and `gpt-4o` of that too where the first is not.
    """
    fitting = [
        (is_own, len(name), name)
        for is_own, full in ((True, model.strip().lower()), (False, base_model(model).lower()))
        for name in prices
        if _is_of(full, name.lower())
    ]
    return prices[max(fitting)[2]] if fitting else None


def longest_answer_of(model: str) -> int | None:
    """Tokens that one answer of a model can have; None where it is not known."""
    known = find_model(model)
    return known.longest_answer if known else None


def _is_of(full: str, name: str) -> bool:
    rest = full.removeprefix(name)
    return full.startswith(name) and (not rest or rest[0] == ":" or rest[:2] in {"-0", "-1", "-2"})
