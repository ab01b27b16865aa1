"""Models that people know by name, and when OpenAI shuts them down.

Suggestions and warnings only: any text is accepted as a model, since endpoints differ. Dates are
from OpenAI's deprecations page, as of November 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

NO_NEW_JOBS_AFTER = date(2027, 1, 6)


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model of OpenAI's with its last day; `instead` names what to fine-tune in its place."""

    id: str
    last_day: date
    instead: str = ""


_CURRENT_END = date(2027, 1, 14)
_RETIRED = date(2026, 10, 23)
_INSTEAD = "gpt-4.1-mini-2025-04-14"

KNOWN_MODELS = (
    KnownModel("gpt-4.1-2025-04-14", _CURRENT_END),
    KnownModel("gpt-4.1-mini-2025-04-14", _CURRENT_END),
    KnownModel("gpt-4o-2024-08-06", _CURRENT_END),
    KnownModel("gpt-4o-mini-2024-07-18", _CURRENT_END),
    KnownModel("gpt-3.5-turbo", _RETIRED, _INSTEAD),
    KnownModel("gpt-3.5-turbo-0125", _RETIRED, _INSTEAD),
    KnownModel("gpt-3.5-turbo-1106", _RETIRED, _INSTEAD),
    KnownModel("gpt-3.5-turbo-0613", _RETIRED, _INSTEAD),
    KnownModel("gpt-4-0613", _RETIRED, "gpt-4.1-2025-04-14"),
    KnownModel("gpt-4.1-nano-2025-04-14", _RETIRED, _INSTEAD),
    KnownModel("o4-mini-2025-04-16", _RETIRED),
    KnownModel("babbage-002", _RETIRED),
    KnownModel("davinci-002", _RETIRED),
)


def suggestions(today: date) -> list[str]:
    """The known models that are still served, newest families first."""
    return [model.id for model in KNOWN_MODELS if model.last_day >= today]


def base_model(model: str) -> str:
    """The model that `ft:MODEL:...` was made from; any other name is its own."""
    parts = model.split(":")
    return parts[1] if parts[0] == "ft" and len(parts) > 1 else model


def retirement_notice(model: str, today: date, told: date | None = None) -> str:
    """One sentence when `model` is gone or goes within a year, else "".

    `told` is the endpoint's own shutdown date for it, which goes before what we know.
    """
    base = base_model(model.strip())
    known = _find(base)
    last_day = told or (known.last_day if known else None)
    if last_day is None or (last_day - today).days > 365:
        return ""
    instead = f" Use {known.instead} instead." if known and known.instead else ""
    if last_day < today:
        return f"{base} was retired by OpenAI on {last_day}.{instead}"
    return f"{base} and its fine-tunes are shut down by OpenAI on {last_day}.{instead}"


def _find(base: str) -> KnownModel | None:
    for known in KNOWN_MODELS:
        if base == known.id:
            return known
    aliases = [known for known in KNOWN_MODELS if known.id.startswith(f"{base}-20")]
    return aliases[0] if base and aliases else None
