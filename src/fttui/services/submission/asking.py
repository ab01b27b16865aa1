"""What a job was asked to be, as the journal of this machine has it."""

from __future__ import annotations

from dataclasses import replace

from fttui.services.endpoint.asked import Asked
from fttui.services.endpoint.models import Job
from fttui.services.job_form import SUBMISSION_TAG
from fttui.services.submission.record import SubmissionRecords
from fttui.services.submission.state import FileState, Submission
from fttui.storage.journal import Account, Journal, JournalError

_MOST_LOOKED_AT = 200


def with_asked(job: Job, journal: Journal, account: Account) -> Job:
    """`job` with what it was asked to be, if this machine has asked for it; reads the journal."""
    try:
        found = _submission_of(job, SubmissionRecords(journal, account))
    except JournalError:
        return job
    return replace(job, asked=found.body.asked()) if found is not None else job


def all_asked(journal: Journal, account: Account) -> dict[str, Asked]:
    """What this machine has asked of all jobs that it knows of, by their raw ids."""
    try:
        found = SubmissionRecords(journal, account).read_all()
    except JournalError:
        return {}
    return {one.job_id: one.body.asked() for one in found.values() if one and one.job_id}


def sent_files(journal: Journal, account: Account) -> dict[str, FileState]:
    """The files of this machine that were sent to an account, by the ids that they got there."""
    try:
        found = SubmissionRecords(journal, account).read_all()
    except JournalError:
        return {}
    files = (file for one in found.values() if one for file in one.files.values())
    return {file.file_id: file for file in files if file.file_id and file.path and file.sha256}


def _submission_of(job: Job, records: SubmissionRecords) -> Submission | None:
    """The submission that made a job: by the mark that it carries, else among the newest."""
    mark = job.metadata.get(SUBMISSION_TAG, "")
    ids = [mark] if mark else records.ids()[: -_MOST_LOOKED_AT - 1 : -1]
    for submission_id in ids:
        found = records.read(submission_id)
        if found is not None and found.job_id == job.raw_id:
            return found
    return None
