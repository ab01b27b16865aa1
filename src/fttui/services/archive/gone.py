"""Which models an archive tells to be gone, by what its run reads and what was known before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fttui.services.endpoint.models import Job, Model, Page
from fttui.services.endpoint.records import Record
from fttui.services.tuned_models.asking import recall_models, take_models
from fttui.services.tuned_models.presence import in_any_case
from fttui.storage.archive.gone_models import gone_records
from fttui.training_data.retirement import without_checkpoint

if TYPE_CHECKING:
    from fttui.services.session import Session


class GoneModels:
    """Which models of the session's account are gone; all of it waits for the disk.

    It asks for nothing itself: `learn` is told the list of models, and `meet` the jobs.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._by_model: dict[str, list[str]] = {}
        """The names of what is deleted by that of the model, of which they may be checkpoints."""
        self._deleted: set[str] = set()
        self.is_told = False
        """True where the list of models was read to its end."""

    def learn(self, records: Iterable[Record], *, is_whole: bool) -> None:
        """Take the list of models, of which there may be more unless it `is_whole`."""
        models = [model for model in map(Model.read, records) if model is not None]
        recall_models(self._session)
        take_models(self._session, Page(tuple(models), is_cut=not is_whole))
        self.is_told = is_whole

    def meet(self, jobs: Iterable[Job]) -> None:
        """Take note of the jobs; what is gone is known from then on."""
        clock = self._session.retirement
        known = list(jobs)
        clock.presence.meet(known)
        made = {job.fine_tuned_model or "" for job in known if clock.is_deleted(job)}
        self._deleted = made | {name for name in clock.presence.gone if clock.lacks(name)}
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name in sorted(self._deleted):
            found[in_any_case(without_checkpoint(name))].append(name)
        self._by_model = dict(found)

    def lacks(self, model: str) -> bool:
        """True of a model that was deleted, a checkpoint too."""
        return model in self._deleted

    def of(self, job: Job) -> tuple[str, ...]:
        """What is deleted of what a job has made: its model, and checkpoints of that."""
        return tuple(self._by_model.get(in_any_case(job.fine_tuned_model or ""), ()))

    def notes(self) -> Sequence[Record]:
        """What there is to note of models that are gone; nothing while that is not known."""
        gone = {*self._session.retirement.presence.gone, *self._deleted}
        return [*gone_records(gone, self._deleted)]
