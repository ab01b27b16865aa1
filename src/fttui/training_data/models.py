"""The models that people know by name, and what a job with one of them costs.

The table is the data file `models.toml`, read when a model is first asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from fttui.terminal.language import _
from fttui.training_data.profile import Format

if TYPE_CHECKING:
    from fttui.training_data.report import Report

DEFAULT_ENCODING = "o200k_base"
DEFAULT_TOKEN_LIMIT = 65_536
"""Of the models that can be fine-tuned today, for a check without a model."""

TARGET_EPOCHS = 3
MIN_TARGET_EXAMPLES = 100
MAX_TARGET_EXAMPLES = 25_000
MIN_DEFAULT_EPOCHS = 1
MAX_DEFAULT_EPOCHS = 25


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A row of the table; `models.toml` tells what each column means."""

    name: str
    family: str
    encoding: str
    token_limit: int | None = None
    methods: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    price: float | None = None
    answers: tuple[float, float] | None = None
    base_answers: tuple[float, float] | None = None
    longest_answer: int | None = None
    shut_down: date | None = None
    replacement: str = ""
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class ModelTable:
    """All known models, the newest families first."""

    models: tuple[KnownModel, ...]
    prices_as_of: str
    """The day on which the prices were published prices, such as `2026-11-22`."""
    no_new_jobs_from: date
    """The first day on which OpenAI takes no new fine-tuning job."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million training tokens, and the date of that price."""

    per_million: float
    as_of: str


@cache
def model_table() -> ModelTable:
    """The table that comes with fttui; read once."""
    import pkgutil
    import tomllib

    content = pkgutil.get_data("fttui", "models.toml") or b""
    document: dict[str, Any] = tomllib.loads(content.decode())
    return ModelTable(
        tuple(_read(row) for row in document["models"]),
        str(document["prices_as_of"]),
        document["no_new_jobs_from"],
    )


def _read(row: Mapping[str, Any]) -> KnownModel:
    return KnownModel(
        name=row["name"],
        family=row.get("family", row["name"]),
        encoding=row["encoding"],
        token_limit=row.get("token_limit"),
        methods=tuple(row.get("methods", ())),
        formats=tuple(row.get("formats", ())),
        price=row.get("price"),
        answers=_pair(row.get("answers")),
        base_answers=_pair(row.get("base_answers")),
        longest_answer=row.get("longest_answer"),
        shut_down=row.get("shut_down"),
        replacement=row.get("replacement", ""),
        elsewhere=row.get("elsewhere", False),
    )


def _pair(numbers: Sequence[float] | None) -> tuple[float, float] | None:
    return (numbers[0], numbers[1]) if numbers else None


def base_model(model: str) -> str:
    """The model that `ft:MODEL:...` or a checkpoint of it was made from; else the name itself."""
    parts = model.strip().split(":")
    return parts[1] if parts[0] == "ft" and len(parts) > 1 else model.strip()


def find_model(model: str) -> KnownModel | None:
    """The row of a model or of the base of a fine-tuned one, by its full or its short name."""
    name = base_model(model).lower()
    models = model_table().models
    by_name = next((known for known in models if known.name == name), None)
    return by_name or next((known for known in models if known.family == name), None)


def _relative(model: str) -> KnownModel | None:
    """The row of a model, else the first row of the family that its name begins with."""
    name = base_model(model).lower().rpartition("/")[2]
    families = [
        known
        for known in model_table().models
        if name.startswith((f"{known.family}-", f"{known.family}."))
    ]
    return find_model(name) or max(families, key=lambda known: len(known.family), default=None)


def encoding_of(model: str | None) -> tuple[str, bool]:
    """The vocabulary for a model, and whether it is known to be the model's own.

    Without a model the vocabulary of the models that can be fine-tuned today is taken.
    """
    if not model:
        return DEFAULT_ENCODING, True
    known = _relative(model)
    return (known.encoding, True) if known else (DEFAULT_ENCODING, False)


def token_limit_of(model: str | None) -> int | None:
    """Tokens of one example that a model is trained on at most, None when it is not known."""
    if not model:
        return DEFAULT_TOKEN_LIMIT
    known = _relative(model)
    return known.token_limit if known else None


def formats_of(model: str | None) -> tuple[Format, ...] | None:
    """The formats that a model is trained with, also by its family; None where it is not known."""
    known = _relative(model) if model else None
    return tuple(map(Format, known.formats)) or None if known else None


def suggestions(today: date) -> list[str]:
    """The models that OpenAI takes new jobs for, newest families first."""
    table = model_table()
    if today >= table.no_new_jobs_from:
        return []
    return [
        known.name
        for known in table.models
        if known.methods
        and not known.elsewhere
        and (known.shut_down is None or today < known.shut_down)
    ]


def format_notice(model: str, found: Format | None) -> str:
    """One sentence when `model` is known not to be trained with files in this format, else ""."""
    known = find_model(model)
    if known is None or found is None or not known.formats or found in known.formats:
        return ""
    wanted = _(" or ").join(known.formats)
    return _(
        "{name} is trained with files in {wanted} format; this one is in {found} format.",
        name=known.name,
        wanted=wanted,
        found=found,
    )


def price_of(model: str | None, prices: Mapping[str, Price] | None = None) -> Price | None:
    """The price of a model: the longest name in the table that the model's name begins with.

    Entries of `prices` come before the built-in table; None when neither knows the model.
    """
    if not model:
        return None
    return price_in(prices or {}, model) or _known_price(model)


def price_in(prices: Mapping[str, Price], model: str) -> Price | None:
    """The price of a model by one table alone, as in `price_of`."""
    name = base_model(model).lower()
    fitting = [key for key in prices if _is_of_family(name, key.lower())]
    return prices[max(fitting, key=len)] if fitting else None


@lru_cache(256)  # a list asks for each of its jobs
def _known_price(model: str) -> Price | None:
    return price_in(_known_prices(), model)


def _known_prices() -> Mapping[str, Price]:
    table = model_table()
    return {
        name: Price(known.price, table.prices_as_of)
        for known in table.models
        if known.price is not None
        for name in (known.family, known.name)
    }


def _is_of_family(name: str, family: str) -> bool:
    """Tell whether a model is a dated snapshot of a family or the family's own name."""
    rest = name.removeprefix(family)
    return name.startswith(family) and (not rest or rest[:2] in ("-0", "-1", "-2"))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job will train on and cost.

    `usd` is None when no price is known, and 0 without a price where nobody bills anything.
    """

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
    model: str | None = None
    """The model that it is for; without one no price can be known."""
    is_billed_by_time: bool = False
    """True of reinforcement, whose tokens times a price would be a wrong sum."""

    def to_json(self) -> dict[str, Any]:
        """What `fttui check --json` tells of it: epochs, tokens and cost."""
        cost = None
        if self.usd is not None and self.price is not None:
            cost = {
                "usd": round(self.usd, 6 if self.usd < 0.01 else 2),
                "price_per_million": self.price.per_million,
                "as_of": self.price.as_of,
            }
        return {"epochs": self.epochs, "billable_tokens": self.billable_tokens, "cost": cost}


def default_epochs(examples: int) -> int:
    """The epochs that a job gets without a choice of one, by the cookbook's rule."""
    if examples <= 0:
        return TARGET_EPOCHS
    if examples * TARGET_EPOCHS < MIN_TARGET_EXAMPLES:
        return min(MAX_DEFAULT_EPOCHS, MIN_TARGET_EXAMPLES // examples)
    if examples * TARGET_EPOCHS > MAX_TARGET_EXAMPLES:
        return max(MIN_DEFAULT_EPOCHS, MAX_TARGET_EXAMPLES // examples)
    return TARGET_EPOCHS


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
    is_billed_by_time = report.format is Format.REINFORCEMENT
    price = None if is_billed_by_time else price_of(model, prices)
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
        model=model,
        is_billed_by_time=is_billed_by_time,
    )


def _cost(price: Price | None, billable: int | None) -> float | None:
    if price is None or billable is None:
        return None
    return price.per_million * billable / 1e6


def _same_vocabulary(report: Report, model: str | None) -> bool:
    """Tell whether the tokens of the report were counted as the model counts them."""
    encoding, known = encoding_of(model)
    return known and report.tokens is not None and report.tokens.encoding == encoding
