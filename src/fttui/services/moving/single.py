"""One job of an endpoint for another one: its form, its files, and what is kept beside it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.job_again import Again, again_from
from fttui.services.kept_jobs import kept_beside
from fttui.services.moving.earlier import Earlier
from fttui.services.moving.fetching import Fetcher, NotFetchedError
from fttui.services.moving.fitting import fitted
from fttui.services.moving.models import ModelChoice, ModelMap
from fttui.services.moving.origin import origin_of
from fttui.services.submission.asking import all_asked
from fttui.storage.annotations import AnnotationRefused
from fttui.storage.journal import JournalError
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.job_form import JobForm
    from fttui.services.session import Session
    from fttui.storage.moved_files import MovedFiles


class CannotMoveError(ServiceError):
    """A job cannot be asked for at another endpoint; nothing was sent."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint, outcome=Outcome.NOT_SENT, code="cannot_move")


@dataclass(frozen=True, slots=True)
class There:
    """What is asked for at the other endpoint; `left_out` are sentences on what is not as it was.

    The form's model is "" where nobody knows one; `offered` are then some of those that there are.
    """

    form: JobForm
    has_validation: bool
    left_out: tuple[str, ...]
    base: str = ""
    offered: str = ""


@dataclass(frozen=True, slots=True)
class Here:
    """The files of a job, which are here now; None for no validation file."""

    training: Path
    validation: Path | None
    notes: tuple[str, ...]

    @property
    def paths(self) -> list[Path]:
        """Both."""
        return [self.training, *([self.validation] if self.validation else [])]


async def known_again(source: Session, job: Job) -> Again:
    """What a new job takes over from this one, as it was asked for where that is known."""
    origin = origin_of(source)
    if origin.account is None:
        return again_from(job)
    asked = await asyncio.to_thread(all_asked, source.journal, origin.account)
    return again_from(replace(job, asked=asked.get(job.raw_id, job.asked)))


def there_of(
    source: Session, target: Session, again: Again, offered: Sequence[str], model: str = ""
) -> There:
    """The form of a job as the other endpoint takes it, with `model` where one is given.

    `offered` are the models that it lists. Raises CannotMoveError.
    """
    fit = fitted(again, target.endpoint, origin_of(source).base_url)
    host = target.endpoint.host
    if fit.refusals:
        why = " ".join(fit.refusals)
        raise CannotMoveError(_("It cannot be asked for at {host}: {why}", host=host, why=why))
    if again.job.further_files:
        raise CannotMoveError(
            _("It was trained on several files, and a job there has one."),
            _("Join them, and create the job from that."),
        )
    choices = ModelMap(target, offered, {"": model} if model else {})
    choice = choices.choose(again.form.model)
    said = [one.sentence for one in fit.left_out]
    said += filter(None, [_model_text(choice)])
    form = replace(fit.form, model=choice.model)
    return There(form, fit.has_validation, tuple(said), choice.base, choices.offered_text)


async def fetch_files(fetcher: Fetcher, again: Again, *, validation: bool) -> Here:
    """Fetch the files of a job, that for validation if it is wanted; raises NotFetchedError."""
    if not again.training:
        raise NotFetchedError(_("It does not say which training file it used."))
    training = await fetcher.fetch(again.training)
    wanted = again.validation if validation else ""
    held_out = await fetcher.fetch(wanted) if wanted else None
    notes = (training.note, held_out.note if held_out else "")
    return Here(training.path, held_out.path if held_out else None, tuple(filter(None, notes)))


def _model_text(choice: ModelChoice) -> str:
    """Which model takes another's place, and by whose word; "" where that is the same."""
    if not choice.model:
        return _("Nobody knows which model stands for {base} there.", base=safe(choice.base or "?"))
    if choice.model == choice.base:
        return ""
    return _(
        "{model} is trained in the place of {base}: {why}.",
        model=safe(choice.model, maxlen=100),
        base=safe(choice.base or "?", maxlen=100),
        why=choice.why,
    )


def keep_beside(source: Session, target: Session, old: Job, new: Job) -> None:
    """Take the note and the labels of the old job along; never raises. It waits for the disk."""
    with contextlib.suppress(JournalError, AnnotationRefused):  # it costs a convenience
        kept = kept_beside(old, source)
        said = _("Moved from {job}.", job=old.id)
        target.annotations.set_note(new.raw_id, " · ".join(filter(None, (kept.note, said))))
        target.annotations.change_labels(new.raw_id, add=kept.labels)


def drop_files(target: Session, files: MovedFiles, paths: Collection[Path]) -> None:
    """Remove fetched files that nothing needs any more, and old ones; never raises."""
    with contextlib.suppress(JournalError):  # then it is not known: the next one tries again
        known = Earlier(target.submissions.records.read_all(done=False).values(), "")
        files.drop(paths, known.needed_files)
