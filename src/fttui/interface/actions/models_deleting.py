"""Deleting models: confirmed with what is lost, one after another, and none twice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fttui.interface.actions.read_only import refuses_change
from fttui.interface.screens.confirm import Confirm
from fttui.interface.tab_messages.models import ModelsBusy
from fttui.services.endpoint.errors import ServiceError, UnauthorizedError, UnsupportedError
from fttui.services.endpoint.offered import DELETE_MODEL
from fttui.services.stored_files.words import listed_still_text, not_looked_text
from fttui.services.tuned_models.deletion import delete_one, needing_since
from fttui.services.tuned_models.words import (
    NOTHING_DELETED_SINCE,
    deleted_text,
    deletion_facts,
    deletion_question,
    deletion_title,
    deletion_warning,
    must_type,
    needed_by_text,
    short_model,
    why_not_deleted,
)
from fttui.terminal.format import counted
from fttui.terminal.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fttui.interface.actions.job_feed import JobFeed
    from fttui.interface.actions.models_listing import ModelListing
    from fttui.interface.host import Host
    from fttui.services.tuned_models.inventory import TunedModel

_MOST_NAMED = 6
_FORBIDDEN = 403


class ModelDeleting:
    """Deletes what a person has agreed to."""

    def __init__(self, host: Host, listing: ModelListing, jobs: JobFeed) -> None:
        self._host = host
        self._jobs = jobs
        self._listing = listing
        self._busy: dict[str, None] = {}

    @property
    def under_way(self) -> bool:
        """True while models are being deleted."""
        return bool(self._busy)

    def begin(self, models: Sequence[TunedModel]) -> None:
        """Confirm the deletion of those that can be deleted, and do it."""
        if refuses_change(self._host):
            return
        why_not = self._why_not(models)
        if why_not:
            self._host.notice(why_not, severity="warning")
            return
        fitting = [one for one in models if not why_not_deleted(one, busy=one.id in self._busy)]

        knows_jobs = self._jobs.knows_all_jobs

        def answered(yes: bool | None) -> None:
            left = [one for one in fitting if one.id not in self._busy]
            if yes and left:
                self._busy |= dict.fromkeys(one.id for one in left)
                self._tell()
                work = partial(self._delete, left, knows_jobs=knows_jobs)
                self._host.start_worker(work, group="delete-models")

        question = self._question(fitting, len(models), knows_jobs=knows_jobs)
        self._host.push_screen(question, answered)

    def _why_not(self, models: Sequence[TunedModel]) -> str:
        """Why none of them can be deleted, as a sentence; "" where one can."""
        if not models:
            return _("No fine-tuned model is selected. Move the cursor to one first.")
        refusal = self._host.session.handle.offers.refusal_of(DELETE_MODEL)
        if refusal is not None:
            return refusal.sentence
        reasons = [why_not_deleted(one, busy=one.id in self._busy) for one in models]
        if not all(reasons):
            return ""
        return reasons[0] if len(models) == 1 else _("None of these models can be deleted.")

    def _question(self, models: list[TunedModel], chosen: int, *, knows_jobs: bool) -> Confirm:
        count = len(models)
        facts = [(_("Endpoint"), self._host.session.endpoint.host)]
        for model in models[:_MOST_NAMED]:
            facts += deletion_facts(model)
        if count > _MOST_NAMED:
            facts.append((_("And"), counted(count - _MOST_NAMED, "more model")))
        if chosen > count:
            gone = counted(chosen - count, "model")
            facts.append((_("Left out"), _("{gone}: not there, or under way", gone=gone)))
        return Confirm(
            deletion_title(count),
            facts,
            deletion_question(count),
            _("Delete the model") if count == 1 else _("Delete all {count} models", count=count),
            danger=True,
            must_type=must_type(models),
            warning=deletion_warning(models, knows_jobs=knows_jobs),
        )

    async def _delete(self, models: list[TunedModel], *, knows_jobs: bool) -> None:
        """One after another; what would be refused to all is asked for once."""
        session = self._host.session
        done: list[str] = []
        still: list[str] = []
        try:
            if why_not := await self._why_not_now(models, knows_jobs=knows_jobs):
                self._host.notice(why_not, severity="warning")
                return
            for number, model in enumerate(models, 1):
                try:
                    is_gone = await session.thread.write(delete_one(session, model))
                except ServiceError as error:
                    if self._tell_failure(model, error, len(models) - number):
                        break
                else:
                    if is_gone:
                        done.append(model.id)
                        await self._listing.drop(model.id)
                    else:
                        still.append(model.id)
                finally:
                    self._busy.pop(model.id, None)
                    self._tell()
        finally:
            self._busy = {name: None for name in self._busy if name not in {m.id for m in models}}
            self._tell()
        if done:
            self._host.notice(deleted_text(done))
        for name in still:
            host = session.endpoint.host
            self._host.notice(listed_still_text(short_model(name), host), severity="warning")

    async def _why_not_now(self, models: list[TunedModel], *, knows_jobs: bool) -> str:
        """Why none is deleted after all: a job has come, or nobody knows whether one has."""
        session = self._host.session
        work = needing_since(session.handle, models, knows_jobs=knows_jobs)
        try:
            since = await session.thread.read(work)
        except ServiceError as error:
            return not_looked_text(error)
        return f"{needed_by_text(since)}\n{NOTHING_DELETED_SINCE}" if since else ""

    def _tell_failure(self, model: TunedModel, error: ServiceError, left: int) -> bool:
        """Say why a model was not deleted; True where the others would fail alike."""
        is_of_all = error.status == _FORBIDDEN or isinstance(
            error, UnauthorizedError | UnsupportedError
        )
        text = error.full_text
        if is_of_all and left:
            text += "\n" + _("{models} left as they are.", models=counted(left, "other model"))
        title = _("Delete {model}", model=short_model(model.id))
        self._host.notice(text, title=title, severity="error")
        return is_of_all

    def _tell(self) -> None:
        self._host.post(ModelsBusy(frozenset(self._busy)))
