"""Epochs, billable tokens and cost of a job, from the report of its file and a price table."""

from collections.abc import Mapping
from dataclasses import dataclass

from fttui.training_data.formats import Format
from fttui.training_data.profile import base_model, encoding_of, token_limit_of
from fttui.training_data.report import Report

TARGET_EPOCHS = 3
MIN_TARGET_EXAMPLES = 100
MAX_TARGET_EXAMPLES = 25_000
MIN_DEFAULT_EPOCHS = 1
MAX_DEFAULT_EPOCHS = 25

AS_OF = "2026-11-22"
"""The day on which the prices below were published prices."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million training tokens, and the date of that price."""

    per_million: float
    as_of: str = AS_OF


PRICES: Mapping[str, Price] = {
    "gpt-4.1-nano": Price(1.50),
    "gpt-4.1-mini": Price(5.00),
    "gpt-4.1": Price(25.00),
    "gpt-4o-mini": Price(3.00),
    "gpt-4o": Price(25.00),
    "gpt-3.5-turbo": Price(8.00),
    "davinci-002": Price(6.00),
    "babbage-002": Price(0.40),
}
"""Training prices of OpenAI by the beginning of the model's name; users override them."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job will train on and cost; `usd` is None when no price is known."""

    epochs: int
    epochs_are_default: bool
    tokens_per_epoch: int | None
    """Each example cut at the model's limit; None when tokens were not counted."""
    billable_tokens: int | None
    truncated_examples: int
    price: Price | None
    usd: float | None
    exact: bool
    """False if any number in it rests on an estimate: show it with `≈`."""
    validation_tokens: int | None = None
    """Tokens of the validation file, which are not billed."""


def default_epochs(examples: int) -> int:
    """The epochs that a job gets without a choice of one, by the cookbook's rule."""
    if examples <= 0:
        return TARGET_EPOCHS
    if examples * TARGET_EPOCHS < MIN_TARGET_EXAMPLES:
        return min(MAX_DEFAULT_EPOCHS, MIN_TARGET_EXAMPLES // examples)
    if examples * TARGET_EPOCHS > MAX_TARGET_EXAMPLES:
        return max(MIN_DEFAULT_EPOCHS, MAX_TARGET_EXAMPLES // examples)
    return TARGET_EPOCHS


def price_of(model: str | None, prices: Mapping[str, Price] | None = None) -> Price | None:
    """The price of a model: the longest name in the table that the model's name begins with.

    Entries of `prices` come before the built-in table; None when neither knows the model.
    """
    if not model:
        return None
    name = base_model(model).lower()
    for table in (prices or {}, PRICES):
        fitting = [key for key in table if _is_of_family(name, key.lower())]
        if fitting:
            return table[max(fitting, key=len)]
    return None


def _is_of_family(name: str, family: str) -> bool:
    """Tell whether a model is a dated snapshot of a family or the family's own name."""
    rest = name.removeprefix(family)
    return name.startswith(family) and (not rest or rest[:2] == "-2" or rest[:2] in ("-0", "-1"))


def estimate(
    report: Report,
    *,
    model: str | None = None,
    epochs: int | None = None,
    prices: Mapping[str, Price] | None = None,
) -> Estimate:
    """Work out epochs and cost again for other fields of the form; cheap, no file is read.

    `epochs` None is the default of the endpoint. Reinforcement is billed by the hour and has
    no cost here. A model with another vocabulary than the report's makes the result inexact.
    """
    chosen = default_epochs(report.examples) if epochs is None else epochs
    tokens = report.tokens
    limit = token_limit_of(model)
    per_epoch = tokens.billed(limit) if tokens else None
    billable = per_epoch * chosen if per_epoch is not None else None
    price = None if report.format is Format.REINFORCEMENT else price_of(model, prices)
    validation = report.validation.tokens if report.validation else None
    return Estimate(
        epochs=chosen,
        epochs_are_default=epochs is None,
        tokens_per_epoch=per_epoch,
        billable_tokens=billable,
        truncated_examples=tokens.over(limit) if tokens and limit else 0,
        price=price,
        usd=_cost(price, billable),
        exact=tokens is not None and tokens.exact and _same_vocabulary(report, model),
        validation_tokens=validation.total if validation else None,
    )


def _cost(price: Price | None, billable: int | None) -> float | None:
    if price is None or billable is None:
        return None
    return price.per_million * billable / 1e6


def _same_vocabulary(report: Report, model: str | None) -> bool:
    """Tell whether the tokens of the report were counted as the model counts them."""
    encoding, known = encoding_of(model)
    return known and report.tokens is not None and report.tokens.encoding == encoding
