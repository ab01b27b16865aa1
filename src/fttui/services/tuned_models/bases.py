"""The base models that can be tuned at an endpoint, as far as it or the table of models tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fttui.terminal.format import as_of_text, cents_text, count_text
from fttui.terminal.language import _
from fttui.training_data.models import KnownModel, base_model, find_model, suggestions

if TYPE_CHECKING:
    from fttui.services.endpoint.model_calls import ModelLimit
    from fttui.services.endpoint.models import Job, Model
    from fttui.services.session import Session
    from fttui.training_data.models import Price
    from fttui.training_data.retirement import Retirement


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A base model; `training_price` is US dollars for a million tokens, of the day `as_of`.

    `can_be_tuned` is None where nobody tells. `methods` are empty and `most_tokens`, of one
    example, is None where they are not known. `jobs` counts those that began with it. `is_free`
    where nobody bills.
    """

    id: str
    raw_id: str
    can_be_tuned: bool | None = None
    methods: tuple[str, ...] = ()
    most_tokens: int | None = None
    training_price: float | None = None
    as_of: str = ""
    is_free: bool = False
    goes: Retirement | None = None
    jobs: int = 0
    answer_prices: tuple[float, float] | None = None
    """US dollars for a million tokens of prompts, and of answers, of models made from it."""

    @property
    def answers_text(self) -> str:
        """The prices of prompts and answers; "" where none are known."""
        if self.answer_prices is None:
            return ""
        return " / ".join(cents_text(one) for one in self.answer_prices)

    @property
    def price_text(self) -> str:
        """The price of a million training tokens; "" where none is known."""
        if self.is_free:
            return _("free")
        return "" if self.training_price is None else cents_text(self.training_price)

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints."""
        return {
            "id": self.id,
            "shutdown_date": self.goes and f"{self.goes.day}",
            "days_left": self.goes and self.goes.days_left,
            "fine_tuned": False,
            "can_be_tuned": self.can_be_tuned,
            "methods": list(self.methods),
            "token_limit": self.most_tokens,
            "training_price_per_million": self.training_price,
            "inference_prices_per_million": self.answer_prices and list(self.answer_prices),
            "prices_as_of": self.as_of or None,
            "free": self.is_free,
            "jobs": self.jobs,
        }


def base_models(
    models: Iterable[Model],
    limits: Sequence[ModelLimit],
    jobs: Iterable[Job],
    session: Session,
) -> list[BaseModel]:
    """The base models that are listed or known here, those that can be tuned first.

    Where the endpoint tells which can be tuned that counts; else a server of one's own tunes all
    that it has, the table speaks for OpenAI's, and a model that a job began with has been tuned.
    """
    from fttui.services.submission_words import prices_of

    listed = {model.id: model.raw_id for model in models if model.id and not model.is_fine_tuned}
    told = {limit.model: limit for limit in limits}
    begun = Counter(base_model(job.model) for job in jobs if job.model)
    clock = session.retirement
    taken = {*told, *clock.own_bases}
    if not told and clock.knows_openai:
        offered = suggestions(clock.today())
        taken |= {name for name in offered if name in listed or not listed}
    is_certain = bool(told or clock.own_bases)
    tuned = taken or {name for name in begun if name in listed}
    names = dict.fromkeys([*_in_order(tuned), *([] if is_certain else _in_order(set(listed)))])
    if clock.knows_openai:  # whose others cannot be tuned
        names = dict.fromkeys(_in_order(tuned))
    if default := session.endpoint.profile.default_model:
        is_own = not session.endpoint.is_openais and default not in names and not is_certain
        names |= {default: None} if is_own and find_model(default) is None else {}
    prices = prices_of(session.settings)
    found = [
        _base(name, listed.get(name, name), name in tuned or None, begun[name], session, prices)
        for name in names
    ]
    return [_as_told(one, told[one.id]) if one.id in told else one for one in found]


def _in_order(names: set[str]) -> list[str]:
    """The table's models in its order, then the rest by name."""
    from fttui.training_data.models import model_table

    place = {known.name: at for at, known in enumerate(model_table().models)}
    return sorted(names, key=lambda name: (place.get(name, len(place)), name.lower()))


def _base(
    name: str,
    raw_id: str,
    can_be_tuned: bool | None,
    jobs: int,
    session: Session,
    prices: Mapping[str, Price],
) -> BaseModel:
    from fttui.services.submission_words import is_unbilled
    from fttui.training_data.models import price_in, price_of

    clock = session.retirement
    known: KnownModel | None = find_model(name) if clock.knows_openai else None
    price = price_in(prices, name)
    is_free = price is None and is_unbilled(name, session)
    if price is None and not is_free and clock.knows_openai:
        price = price_of(name)
    return BaseModel(
        name,
        raw_id,
        can_be_tuned,
        known.methods if known else _methods_here(session, can_be_tuned),
        known.token_limit if known else None,
        price.per_million if price else None,
        price.as_of if price else "",
        is_free,
        clock.of(name),
        jobs,
        session.settings.answer_prices.get(name) or (known.answers if known else None),
    )


def _methods_here(session: Session, can_be_tuned: bool | None) -> tuple[str, ...]:
    """The methods that the endpoint takes by its profile, of a model that can be tuned there."""
    return tuple(session.endpoint.profile.methods) if can_be_tuned else ()


def _as_told(model: BaseModel, limit: ModelLimit) -> BaseModel:
    """With what the endpoint itself tells of it."""
    return replace(
        model,
        methods=limit.methods or model.methods,
        most_tokens=limit.most_tokens or model.most_tokens,
    )


def base_facts(model: BaseModel) -> list[tuple[str, str]]:
    """Label and value of all that is known of a base model."""
    can = {True: _("yes"), None: _("not known: the endpoint does not tell"), False: _("no")}
    price = model.price_text
    if price and model.as_of:
        day = as_of_text(model.as_of)
        price = _("{price} per million tokens, as of {as_of}", price=price, as_of=day)
    facts = [
        (_("Model"), model.id),
        (_("Can be tuned"), can[model.can_be_tuned]),
        (_("Methods"), ", ".join(model.methods)),
        (_("Training"), price),
        (_("Inference"), _inference_text(model)),
        (_("Token limit"), _limit_text(model)),
        (_("Shuts down"), model.goes.when if model.goes else ""),
        (_("Jobs"), f"{model.jobs}" if model.jobs else ""),
    ]
    return [(label, value) for label, value in facts if value]


def _inference_text(model: BaseModel) -> str:
    if not model.answers_text:
        return ""
    return _("{prices} per million tokens of prompts / answers", prices=model.answers_text)


def _limit_text(model: BaseModel) -> str:
    if model.most_tokens is None:
        return ""
    return _("{tokens} tokens an example", tokens=count_text(model.most_tokens))


def base_text(model: BaseModel) -> str:
    """All of a base model that a filter looks into."""
    return " ".join((model.id, *model.methods))
