"""One job of an endpoint for another one: its form, its files, and what is kept beside it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.services.job_again import Again, again_from
from fttui.services.kept_jobs import kept_beside
from fttui.services.moving.earlier import Earlier
from fttui.services.moving.origin import origin_of
from fttui.services.submission.asking import all_asked
from fttui.storage.annotations import AnnotationRefused
from fttui.storage.journal import JournalError
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.moving.models import ModelChoice
    from fttui.services.session import Session
    from fttui.storage.moved_files import MovedFiles


async def again_of(source: Session, job_id: str) -> Again:
    """What a new job takes over from this one; raises ServiceError. On source's thread."""
    job = await source.handle.find_job(job_id)
    origin = origin_of(source)
    if origin.account is None:
        return again_from(job)
    asked = await asyncio.to_thread(all_asked, source.journal, origin.account)
    return again_from(replace(job, asked=asked.get(job.raw_id)))


def model_text(choice: ModelChoice) -> str:
    """Which model takes another's place, and by whose word; "" where that is the same."""
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
