"""A job of one endpoint as the form of another, its files fetched."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import ServiceError
from fttui.services.job_again import Again
from fttui.services.moving.earlier import Earlier
from fttui.services.moving.fetching import Fetcher
from fttui.services.moving.gathering import NoJobsThereError, ask_target
from fttui.services.moving.single import Here, fetch_files, known_again, there_of
from fttui.services.submission.record import SubmissionRecords
from fttui.storage.journal import Account, JournalError
from fttui.storage.moved_files import MovedFiles
from fttui.training_data.endpoints import limits_of

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session

_LONGEST_LOOK = 10.0


async def again_at(source: Session, target: Session, job: Job) -> Again:
    """What a new job at `target` takes over from a job of `source`; from any loop.

    Its model is "" where nobody knows which stands for the old one there. The files stay until
    they are sent, or for a day.

    Raises:
        ServiceError: it cannot be asked for there, or a file could not be had.
    """
    again = await source.thread.read(known_again(source, job))
    offered = await _offered(target)
    there = await asyncio.to_thread(there_of, source, target, again, offered)
    files = await asyncio.to_thread(_files, source, target)
    fetcher = Fetcher(source, files, limits_of(target.endpoint.base_url).max_bytes)
    here: Here = await source.thread.read(
        fetch_files(fetcher, again, validation=there.has_validation)
    )
    return Again(
        again.job,
        there.form,
        f"{here.training}",
        f"{here.validation or ''}",
        (*there.left_out, *here.notes),
        is_fetched=True,
        old_form=again.form,
    )


async def _offered(target: Session) -> tuple[str, ...]:
    """The models that it lists; none where it does not answer in time: the form tells that."""
    if target.credential is None:
        return ()
    try:
        async with asyncio.timeout(_LONGEST_LOOK):
            return await target.thread.read(ask_target(target))
    except NoJobsThereError:
        raise
    except (ServiceError, TimeoutError):
        return ()


def _files(source: Session, target: Session) -> MovedFiles:
    """Where they are kept; old ones go first."""
    endpoint = target.endpoint
    has_key = target.credential is not None
    account = target.account if has_key else Account(endpoint.server, "", endpoint.place)
    files = MovedFiles.for_forms(account)
    with suppress(JournalError):  # then it is not known what is needed
        records = SubmissionRecords(source.journal, account)
        files.drop([], Earlier(records.read_all(done=False).values(), "").needed_files)
    return files
