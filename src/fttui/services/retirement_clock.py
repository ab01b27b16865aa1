"""`RetirementClock`: how long models still have, by the endpoint's dates where they are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from fttui.services.tuned_models.presence import ModelPresence
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job, Model, Page
    from fttui.training_data.retirement import Retirement, Told

_OWN_SERVER = "org-local"
"""Whom `fttui serve` names as the owner of its models."""
_SANDBOX = "org-sandbox-trains-nothing"
"""Whom a sandbox names as the owner of what was made there."""


def day_of(moment: datetime) -> date:
    """The local day of a moment."""
    return moment.astimezone().date()


def local_today() -> date:
    """The day of this machine's clock, in local time."""
    from fttui.training_data import retirement

    return retirement.local_today()


class RetirementClock:
    """What one run knows of its models' ends; all that shows a model asks it.

    `today` tells the day that is counted from. `told` are the endpoint's own dates; where it tells
    nothing, those of the table stand, which are OpenAI's: they count only where the endpoint is
    OpenAI's, or tells OpenAI's own date of one of OpenAI's models.
    """

    def __init__(self, today: Callable[[], date] | None = None, *, is_openais: bool = True) -> None:
        self.today = today or local_today
        self._is_openais = is_openais
        self.told: Told = {}
        self.speaks_for_openai = False
        """True when the endpoint tells OpenAI's own date of one of OpenAI's models."""
        self.presence = ModelPresence()
        """Which of the models that jobs have made are still there."""
        self.presence.names_tell = lambda: self._is_openais or self.speaks_for_openai
        self.unbilled: frozenset[str] = frozenset()
        """Models of a server of one's own, which bills nobody if it is on this machine."""
        self.own_bases: tuple[str, ...] = ()
        """Those of them that are there to be trained, in the server's order."""
        self.is_sandbox = False
        """Whether the models are those of a sandbox, which has OpenAI's names and bills nobody."""

    def learn(self, models: Iterable[Model]) -> None:
        """Take the endpoint's dates in place of those that it told before."""
        from fttui.training_data.retirement import told_dates

        known = list(models)
        self.told = told_dates((model.id, model.shutdown_date) for model in known)
        self.speaks_for_openai = _has_openais_date(self.told)
        own = [model for model in known if model.owned_by == _OWN_SERVER]
        self.unbilled = frozenset(model.id for model in own)
        self.is_sandbox = any(model.owned_by == _SANDBOX for model in known)
        self.own_bases = tuple(model.id for model in own if not model.is_fine_tuned)

    def take(self, page: Page[Model]) -> None:
        """Learn the dates of a list of models, and which are there."""
        self.learn(page.items)
        self.presence.learn(page)

    def of(self, model: str, base: str = "") -> Retirement | None:
        """When a model goes; see `retirement_of`."""
        from fttui.training_data.retirement import retirement_of

        found = retirement_of(model, self.today(), self.told, base)
        is_known = found is None or found.source == "endpoint" or self.knows_openai
        return found if is_known else None

    def of_job(self, job: Job) -> Retirement | None:
        """When the model that a job has made goes, or the one that it was to be made from."""
        base = job.model or ""
        return self.of(job.fine_tuned_model or base, base)

    def is_deleted(self, job: Job) -> bool:
        """True of a job whose model was deleted, and did not merely come to its last day."""
        if self.presence.of(job) is not False:
            return False
        return self._was_deleted(job.fine_tuned_model or "", self.of_job(job))

    def lacks(self, model: str) -> bool:
        """True of a model, by its name, that was deleted: of a job, a checkpoint, in a field."""
        model = model.strip()
        return self.presence.lacks(model) and self._was_deleted(model, self.of(model))

    def _was_deleted(self, model: str, goes: Retirement | None) -> bool:
        return model in self.presence.deleted or goes is None or not goes.is_gone

    def notice(self, model: str, *, brief: bool = False) -> str:
        """One sentence about a model that is gone or goes within a year, else ""."""
        if self.lacks(model):
            return (
                _("✗ deleted: the list of models has it no more")
                if brief
                else _("{model} is deleted: the list of models has it no more.", model=safe(model))
            )
        from fttui.training_data.retirement import retirement_notice

        if self.of(model) is None:
            return ""
        return retirement_notice(model, self.today(), self.told, brief=brief)

    @property
    def knows_openai(self) -> bool:
        """True where OpenAI's dates and prices are the endpoint's, as far as it has told."""
        return self._is_openais or self.speaks_for_openai


def _has_openais_date(told: Told) -> bool:
    """Whether one of these dates is OpenAI's own, of a model of OpenAI's; another's is no proof."""
    from fttui.training_data.models import find_model

    known = ((find_model(name), day) for name, day in told.items())
    return any(model is not None and model.shut_down == day for model, day in known)
