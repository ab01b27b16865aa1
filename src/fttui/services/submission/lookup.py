"""Finding on the endpoint what a lost answer did not tell of: the job, or the uploaded file."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from fttui.services.endpoint.asked import differences
from fttui.services.endpoint.errors import NotSentError, Outcome, ServiceError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.models import Job, TrainingFile
from fttui.services.job_form import SUBMISSION_TAG
from fttui.services.submission.state import FileState, Submission

CLOCK_TOLERANCE = timedelta(minutes=5)
_BEGINNING_OF_TIME = datetime.fromtimestamp(0, tz=UTC)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
_PAGES = 2
_COMPARABLE_SIZE = 64 * 1024 * 1024
_MOST_COMPARED = 3

Others = Callable[[], Awaitable[Sequence[Submission]]]
"""Reads what the journal has of the account's other submissions."""


async def _no_others() -> Sequence[Submission]:
    return ()


@dataclass(frozen=True, slots=True)
class FoundJob:
    """The job of a submission, and further jobs that carry its mark and should not exist."""

    job: Job
    extra: tuple[Job, ...] = ()


async def find_job(
    handle: FineTuningHandle, submission: Submission, others: Others = _no_others
) -> FoundJob | None:
    """The job that `submission` created, or None when the endpoint shows none.

    First by its mark in the metadata, as the endpoint filters it and in the newest 200 jobs; then,
    for endpoints that drop metadata, by files, model and time, of a row of a sweep by all that was
    asked. What the endpoint filtered is checked again here. A job that is known to be that of one
    of the `others` does not count.

    Raises:
        ServiceError: the endpoint could not be asked, so nothing is known.
    """
    try:
        page = await handle.list_jobs(limit=100, metadata={SUBMISSION_TAG: submission.id})
    except ServiceError as error:
        if error.status is None or error.status >= 500 or error.status in {401, 403, 429}:
            raise
    else:
        if found := _marked(page.items, submission):
            return found
    jobs: list[Job] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        newest = await handle.list_jobs(cursor, limit=100)
        jobs.extend(newest.items)
        cursor = newest.cursor
        if not newest.has_more:
            break
    found = _marked(jobs, submission)
    if found is None and any(SUBMISSION_TAG in job.metadata for job in jobs):
        return None  # the endpoint keeps metadata, so ours would carry its mark
    return found or _alike(jobs, submission, await others())


@dataclass(frozen=True, slots=True)
class JobsBefore:
    """What was there before a create call: the jobs on its file, and how late the newest job is.

    `newest_at` is by the endpoint's clock, the beginning of time where there is no job.
    """

    ids: frozenset[str]
    newest_at: datetime


async def jobs_before(handle: FineTuningHandle, file_id: str) -> JobsBefore | None:
    """The newest jobs, looked at for those that use a file; None when nobody could be asked."""
    try:
        page = await handle.list_jobs(limit=100)
    except ServiceError as error:
        if isinstance(error, NotSentError):
            raise
        return None
    ids = frozenset(job.raw_id for job in page.items if job.training_file == file_id)
    times = [job.created_at for job in page.items if job.created_at is not None]
    return JobsBefore(ids, max(times, default=_BEGINNING_OF_TIME))


async def find_stored(
    handle: FineTuningHandle,
    file: FileState,
    known: Collection[str],
    *,
    verified: bool,
) -> TrainingFile | None:
    """The file on the endpoint that an upload with a lost answer left, or None.

    Name, size and time must fit, and `known` ids belong to other uploads. The content is compared
    too, up to 64 MB. A larger file counts only when `verified` says that the endpoint has checked
    its content, and when it is the only one that fits.

    Raises:
        ServiceError: the endpoint could not be asked.
    """
    try:
        page = await handle.list_files(purpose="fine-tune")
    except ServiceError as error:
        if error.outcome is Outcome.REFUSED:
            return None  # an endpoint that lists no files
        raise
    fitting = [one for one in page.items if _fits(one, file) and one.raw_id not in known]
    if file.size > _COMPARABLE_SIZE:
        return fitting[0] if verified and len(fitting) == 1 else None
    for stored in fitting[:_MOST_COMPARED]:
        if await _has_content(handle, stored, file.sha256):
            return stored
    return None


def _marked(jobs: Collection[Job], submission: Submission) -> FoundJob | None:
    by_id = {
        job.raw_id: job
        for job in jobs
        if job.raw_id and job.metadata.get(SUBMISSION_TAG) == submission.id
    }
    # Lists are newest first, so of several in one second the last one listed is the oldest.
    oldest_first = reversed(by_id.values())
    found = sorted(oldest_first, key=lambda job: job.created_at or _END_OF_TIME)
    return FoundJob(found[0], tuple(found[1:])) if found else None


def _alike(
    jobs: Collection[Job], submission: Submission, others: Sequence[Submission]
) -> FoundJob | None:
    if submission.earlier_job_ids is None:
        return None  # nobody could look before the call, so one that fits may be older
    known = {id_ for other in others for id_ in other.known_jobs}
    candidates = [job for job in jobs if job.raw_id and job.raw_id not in known]
    found = {job.raw_id: job for job in candidates if _is_alike(job, submission)}
    if len(found) != 1:
        return None
    job = next(iter(found.values()))
    rivals = [one for one in others if one.may_have_job and (one.sweep or submission.sweep)]
    return None if any(_is_alike(job, rival) for rival in rivals) else FoundJob(job)


def _is_alike(job: Job, submission: Submission) -> bool:
    if job.metadata.get(SUBMISSION_TAG) or job.raw_id in (submission.earlier_job_ids or ()):
        return False
    if job.training_file != submission.training_file or not submission.training_file:
        return False
    if (job.validation_file or "") != submission.validation_file:
        return False
    if not (job.model or "").startswith(submission.request.model):
        return False
    if submission.sweep is not None and _says_otherwise(job, submission):
        return False
    if job.created_at is None or submission.intent_at is None:
        return False
    # The endpoint's own clock where it was seen: this machine's may be hours off.
    return job.created_at >= (submission.newest_at or submission.intent_at - CLOCK_TOLERANCE)


def _says_otherwise(job: Job, submission: Submission) -> bool:
    """True when the job tells something else than was asked; silence is no difference."""
    told = differences(replace(job, asked=submission.body.asked()))
    return any(one.made is not None for one in told)


def _fits(stored: TrainingFile, file: FileState) -> bool:
    if stored.filename != file.name or stored.size != file.size or not stored.raw_id:
        return False
    if stored.created_at is None or file.started_at is None:
        return False
    return stored.created_at >= file.started_at - CLOCK_TOLERANCE


async def _has_content(handle: FineTuningHandle, stored: TrainingFile, sha256: str) -> bool:
    try:
        content = await handle.file_content(stored.raw_id, _COMPARABLE_SIZE)
    except ServiceError:
        return False
    digest = await asyncio.to_thread(lambda: hashlib.sha256(content).hexdigest())
    return digest == sha256
