"""The files of a job by name: as the endpoint tells it once, or as it was known when they were."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.disk.reading import why
from fttui.services.endpoint.errors import NotFoundError, ServiceError
from fttui.services.endpoint.reading import as_text
from fttui.storage.file_records import FileRecord, keep_records, read_records
from fttui.storage.journal import JournalError
from fttui.terminal.format import size_text
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session
    from fttui.services.submission.state import FileState

_MOST_OF_A_JOB = 6
_NEWEST = 1_000
"""Submissions that are looked through for where a file came from."""


@dataclass(frozen=True, slots=True)
class JobFiles:
    """What is known of a job's files by their ids, and where its training file came from."""

    records: Mapping[str, FileRecord] = field(default_factory=dict)
    source: FileState | None = None

    @property
    def source_text(self) -> str:
        """Where on this machine the training file came from; "" where that is not known."""
        return safe_path(self.source.path) if self.source is not None else ""

    def text(self, file_id: str) -> str:
        """A file's id, with its name, its size, and that the endpoint has it no more."""
        record = self.records.get(file_id)
        if record is None:
            return file_id
        parts = [file_id, record.name]
        parts += [] if record.size is None else [size_text(record.size)]
        parts += [_("deleted")] if record.is_deleted else []
        return " · ".join(filter(None, parts))


NO_FILES = JobFiles()
UNTOLD = FileRecord("")
"""What is told of a file that the endpoint refuses to tell of: nothing."""


def files_of(job: Job) -> list[str]:
    """The ids of a job's files: training, validation, results."""
    ids = [job.training_file, job.validation_file, *job.result_files]
    return list(dict.fromkeys(one for one in ids if one))[:_MOST_OF_A_JOB]


def known_files(session: Session, job: Job) -> JobFiles:
    """What this machine knows of a job's files, without a call; blocks, and never raises."""
    wanted = files_of(job)
    owner = session.list_owner
    kept = read_records(owner) if owner is not None and wanted else {}
    records = {}
    for file_id in wanted:
        if file_id in kept:
            name = as_text(kept[file_id].name, 300) or ""
            records[file_id] = replace(kept[file_id], name=name)
    given = {one for one in (job.training_file, job.validation_file) if one}
    uploads = uploads_of(session, given)
    for file_id, uploaded in uploads.items():
        name = as_text(uploaded.name, 300) or ""
        records.setdefault(file_id, FileRecord(name, uploaded.size))
    return JobFiles(records, uploads.get(job.training_file or ""))


def uploads_of(session: Session, wanted: set[str]) -> dict[str, FileState]:
    """What the newest uploads of this machine tell of these files, by their ids; blocks."""
    if session.endpoint.archive or not wanted:
        return {}
    from fttui.services.submission.record import SubmissionRecords

    found: dict[str, FileState] = {}
    with suppress(JournalError, ServiceError):
        records = SubmissionRecords(session.journal, session.account)
        for submission_id in [*records.lone_ids(), *records.ids()][: -_NEWEST - 1 : -1]:
            submission = records.read(submission_id)
            for file in submission.files.values() if submission else ():
                if file.file_id in wanted and file.path:
                    found.setdefault(file.file_id, file)
            if len(found) == len(wanted):
                break
    return found


async def ask_for(session: Session, file_ids: Iterable[str]) -> dict[str, FileRecord]:
    """What the endpoint tells of these files, by one call for each.

    Of a file that it does not know, the record has no name and says that it is deleted; of one that
    it refuses to tell of it is `UNTOLD`. Those that fail in other ways are left out.
    """
    found: dict[str, FileRecord] = {}
    for file_id in file_ids:
        try:
            told = await session.handle.retrieve_file(file_id)
        except NotFoundError:
            found[file_id] = FileRecord("", None, is_deleted=True)
        except ServiceError as error:
            if not error.retryable:
                found[file_id] = UNTOLD
        else:
            is_gone = told.status == "deleted"
            found[file_id] = FileRecord(told.filename or "", told.size, is_deleted=is_gone)
    return found


def keep(session: Session, records: Mapping[str, FileRecord]) -> None:
    """Remember files beyond this run; blocks."""
    owner = session.list_owner
    told = {file_id: one for file_id, one in records.items() if one != UNTOLD}
    if owner is not None and told:
        keep_records(owner, told)


def changed_text(source: FileState) -> str:
    """Why a file here may not be what was uploaded from it, as a sentence; "" where it is.

    Raises:
        FileNotFoundError: it is not there any more, or is no file, or cannot be read.
    """
    path = Path(source.path)
    shown = safe_path(path)
    try:
        now = path.stat()
        is_file = stat.S_ISREG(now.st_mode)
        is_same = (now.st_size, now.st_mtime_ns) == (source.size, source.mtime_ns)
        if is_file and not is_same and now.st_size == source.size:
            with path.open("rb") as file:
                is_same = hashlib.file_digest(file, "sha256").hexdigest() == source.sha256
    except OSError as problem:
        told = _("{shown} cannot be read: {why}.", shown=shown, why=why(problem))
        raise FileNotFoundError(told) from problem
    if not is_file:
        raise FileNotFoundError(_("{shown} is no file any more.", shown=shown))
    return "" if is_same else _("{shown} was changed after it was uploaded.", shown=shown)
