"""Which of the models that jobs have made are still there.

The API tells of a deleted model by leaving it out of the list of models, and of nothing else. So
nothing is concluded from a list that is not whole, from one that never has fine-tuned models, or
about a model that is too young to be in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job, Model, Page

_SETTLED = timedelta(minutes=10)
"""What a model that a job has just made may need to be listed, and clocks may differ by."""


def _now() -> datetime:
    return datetime.now(UTC)


def in_any_case(name: str) -> str:
    """A model's name to compare by: a job and the list may write it in other letters."""
    return name.casefold()


class ModelPresence:
    """What one run, and those before it, know of the fine-tuned models of an account.

    `listed_before` are names that were in the list once, `deleted` those that fttui has deleted.
    With `names_tell` a fine-tuned model's name is enough to see that they are listed at all; else
    one that a job has made must have been.
    """

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self._now = now
        self.names_tell: Callable[[], bool] = lambda: False
        self.listed_before: set[str] = set()
        self.deleted: set[str] = set()
        self._listed: frozenset[str] = frozenset()
        self._in_any_case: frozenset[str] = frozenset()
        """The listed names as they are where upper case does not count."""
        self._made: dict[str, datetime | None] = {}
        """The models that jobs have made, with the end of the job where it is told."""
        self._has_names = False
        self._told_at: datetime | None = None
        """When the list was read that is known whole; None while there is none."""

    def learn(self, page: Page[Model]) -> None:
        """Take what the list of models tells, in place of what it told before."""
        names = {model.id for model in page.items if model.id}
        fine_tuned = {model.id for model in page.items if model.is_fine_tuned}
        self.listed_before |= self._listed & (self._made.keys() | fine_tuned)
        self._listed = frozenset(names)
        self._in_any_case = frozenset(map(in_any_case, names))
        self._has_names = bool(fine_tuned)
        is_whole = not page.goes_on and not page.dropped
        self._told_at = self._now() if is_whole else None
        self.listed_before |= fine_tuned | (names & self._made.keys())
        self.deleted -= names

    def meet(self, jobs: Iterable[Job]) -> None:
        """Take note of the models that these jobs have made; from any thread."""
        made = {job.fine_tuned_model: job.finished_at for job in jobs if job.fine_tuned_model}
        self._made |= made
        self.listed_before.update(name for name in made if name in self._listed)

    def note_deleted(self, model: str) -> None:
        """The endpoint has said that a model is deleted."""
        gone = in_any_case(model)
        names = {model, *(one for one in [*self._made] if in_any_case(one) == gone)}
        self._listed -= names
        self._in_any_case -= {gone}
        self.listed_before |= names
        self.deleted |= names

    @property
    def is_known(self) -> bool:
        """True when the list of models was read to its end."""
        return self._told_at is not None

    def is_listed(self, model: str) -> bool:
        """True of a model that the list has."""
        return model in self._listed

    def of(self, job: Job) -> bool | None:
        """Whether the model of a job is there; None where that is not known, or it made none."""
        return self._of(job.fine_tuned_model, job.finished_at) if job.fine_tuned_model else None

    def lacks(self, model: str) -> bool:
        """True of a model, whichever, that was there or that a job has made, and that is gone."""
        return self._of(model, self._made.get(model)) is False

    @property
    def gone(self) -> list[str]:
        """The fine-tuned models that are known to be gone, those too that no known job has made."""
        names = [*self.listed_before | self.deleted]
        return [name for name in names if self.lacks(name)]

    def _of(self, name: str, finished_at: datetime | None) -> bool | None:
        if in_any_case(name) in self._in_any_case:
            return True
        if name in self.deleted:
            return False
        if self._told_at is None:
            return None
        if name in self.listed_before:
            return False
        is_old = finished_at is not None and self._told_at - finished_at > _SETTLED
        return False if is_old and self._lists_fine_tuned else None

    @property
    def _lists_fine_tuned(self) -> bool:
        """True where fine-tuned models were in the list, now or before."""
        if self._has_names and self.names_tell():
            return True
        return not (
            self._made.keys().isdisjoint(self._listed)
            and self._made.keys().isdisjoint(self.listed_before)
        )
