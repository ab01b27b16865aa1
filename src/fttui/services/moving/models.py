"""Which model a job gets at another endpoint, and by whose word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.storage.settings import DEFAULT_MODEL
from fttui.terminal.language import _
from fttui.training_data.model_moves import same_model, stand_in
from fttui.training_data.models import base_model

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model that a job of `base` gets, "" where nobody knows one; `why` is a clause."""

    base: str
    model: str = ""
    why: str = ""


class ModelMap:
    """Chooses models for one endpoint.

    `given` are the user's own choices by the old name, "" for all others. `offered` is what the
    endpoint lists, in its order; empty where it lists nothing.
    """

    def __init__(
        self, target: Session, offered: Sequence[str], given: Mapping[str, str] | None = None
    ) -> None:
        self._profile = target.endpoint.profile
        self._base_url = target.endpoint.base_url
        self._own = target.retirement.own_bases
        self._offered = tuple(self._own or offered)
        self._given = dict(given or {})

    def choose(self, model: str, *bases: str) -> ModelChoice:
        """The model for a job of `model`, whose `bases` are what that was made from, if known."""
        names = [name for name in dict.fromkeys((model, base_model(model), *bases)) if name]
        base = names[-1] if names else ""
        for name in names:
            if chosen := self._given.get(name):
                return ModelChoice(base, chosen, _("your choice"))
        if chosen := self._given.get(""):
            return ModelChoice(base, chosen, _("your choice"))
        if base and (same := same_model(base, self._offered)):
            return ModelChoice(base, same, _("the same model"))
        if base and (alike := stand_in(base, self._offered, self._base_url)):
            return ModelChoice(base, alike, _("the nearest in fttui's table"))
        if len(self._own) == 1:
            return ModelChoice(base, self._own[0], _("the only model there"))
        default = self._profile.default_model
        is_usable = default in self._offered if self._offered else default != DEFAULT_MODEL
        if default and is_usable:
            return ModelChoice(base, default, _("the default of the profile"))
        return ModelChoice(base)

    @property
    def offered_text(self) -> str:
        """Some of what is offered, for a hint; "" where nothing is listed."""
        shown = ", ".join(self._offered[:_SHOWN])
        return f"{shown} …" if len(self._offered) > _SHOWN else shown


def bases_of(jobs: Sequence[Job]) -> dict[str, str]:
    """What each fine-tuned model of these jobs was made from in the end, by its name."""
    made = {job.fine_tuned_model: job.model or "" for job in jobs if job.fine_tuned_model}
    found = {}
    for name in made:
        base, seen = name, {name}
        while (below := made.get(base, "")) and below not in seen:
            seen.add(below)
            base = below
        found[name] = base_model(base)
    return found
