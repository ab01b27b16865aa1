"""Which models a filter lets through, as it is typed in the app and on the command line.

desk                a word that stands in the id, state, base, owner, or in what is told of the job
base:gpt-4.1        a word in one field; with quotes round it where it has blanks
job:WORD            a word in the id or the suffix of the job that made it
file:WORD           a word in the id of a file that it was trained on
since:7d            made in the last 7 days; 12h, 2w, or a date such as 2026-11-01
deleted             one of the states; is:deleted says the same
!word  -word        not so
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from fttui.services.filter_words import Term, Vocabulary
from fttui.services.tuned_models.bases import BaseModel, base_text
from fttui.services.tuned_models.inventory import TunedModel
from fttui.services.tuned_models.words import state_of, tuned_text

AnyModel = TunedModel | BaseModel


def _base(model: AnyModel) -> str:
    return model.id if isinstance(model, BaseModel) else model.base


def _job(model: AnyModel) -> str:
    job = model.job if isinstance(model, TunedModel) else None
    return f"{job.id} {job.suffix or ''}" if job else ""


def _file(model: AnyModel) -> str:
    job = model.job if isinstance(model, TunedModel) else None
    return f"{job.training_file or ''} {job.validation_file or ''}" if job else ""


def _method(model: AnyModel) -> str:
    if isinstance(model, BaseModel):
        return " ".join(model.methods)
    return (model.job.method or "") if model.job else ""


def _state(model: AnyModel) -> str:
    return "there" if isinstance(model, BaseModel) else state_of(model).name


TEXTS: dict[str, Callable[[AnyModel], str]] = {
    "name": lambda model: model.id,
    "base": _base,
    "job": _job,
    "file": _file,
    "method": _method,
    "owner": lambda model: "" if isinstance(model, BaseModel) else model.owned_by or "",
}
"""By the word before the colon, the text that is looked in."""
STATES: dict[str, Callable[[AnyModel], bool]] = {
    "deleted": lambda model: _state(model) == "deleted",
    "there": lambda model: _state(model) == "there",
    "shutdown": lambda model: _state(model) == "shutdown",
    "unknown": lambda model: _state(model) == "unknown",
    "leaving": lambda model: _state(model) != "deleted" and bool(model.goes and model.goes.is_soon),
    "archived": lambda model: isinstance(model, TunedModel) and model.archived is True,
    "checkpoint": lambda model: isinstance(model, TunedModel) and bool(model.of_model),
    "needed": lambda model: isinstance(model, TunedModel) and bool(model.needed_by),
}
"""What `is:` can ask for, and a word alone. Leaving is what goes within 60 days."""
WORDS = Vocabulary((*TEXTS, "since", "is"), (*STATES,), states_alone=True)
"""What the list of models can be asked for."""


@dataclass(frozen=True, slots=True)
class ModelFilter:
    """All its terms must hold; `problems` are sentences about words that are none of its terms."""

    terms: tuple[Term, ...] = ()
    problems: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, now: datetime | None = None) -> ModelFilter:
        """Read a filter as typed at `now`; what stands before a colon and is no field is told."""
        terms, problems = WORDS.read(text, now)
        return cls(terms, tuple(problems))

    @property
    def asks_for_jobs(self) -> bool:
        """True when it depends on what is known of jobs."""
        return any(
            term.field in ("job", "file") or (term.field == "is" and term.needle == "needed")
            for term in self.terms
        )

    def matches(self, model: AnyModel) -> bool:
        """True when every term holds for the model."""
        return all(_has(term, model) is term.wanted for term in self.terms)


def _has(term: Term, model: AnyModel) -> bool:
    if term.since is not None:
        made = model.created_at if isinstance(model, TunedModel) else None
        return made is not None and made >= term.since
    if term.field == "is":
        return STATES[term.needle](model)
    text_of = TEXTS.get(term.field)
    text = text_of(model) if text_of else _everything(model)
    return term.needle in text.lower()


def _everything(model: AnyModel) -> str:
    return base_text(model) if isinstance(model, BaseModel) else tuned_text(model)


def model_completions(text: str, models: Iterable[AnyModel]) -> list[str]:
    """What `text` may go on as: its last word completed by a field, a state or a known value."""

    def values(field: str) -> Iterable[str]:
        if field not in ("base", "owner", "method"):
            return ()
        return dict.fromkeys(value for one in models if (value := TEXTS[field](one)))

    return WORDS.completions(text, values)
