"""Where an account's archive is, and what fttui itself knows about its jobs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fttui.services.endpoint.models import to_rfc3339
from fttui.services.endpoint.records import Record, without_keys
from fttui.storage.annotations import Annotations
from fttui.storage.archive.annotations import records_of
from fttui.storage.archive.folder import ArchiveFolder
from fttui.storage.archive.head import Head
from fttui.storage.archive.known import archive_folder
from fttui.storage.journal import Account, Journal, JournalError

if TYPE_CHECKING:
    from fttui.services.session import Session


def usual_folder(account: Account) -> Path:
    """Where the archive of an account is unless another place is named."""
    return archive_folder(account.host, account.name, account.base_url)


def open_folder(session: Session, path: Path | None) -> ArchiveFolder:
    """The archive of the session's account, in `path` or the usual place.

    Raises ArchiveRefused, FolderRefused, OSError and NoKeyError.
    """
    account = session.account
    head = Head(account.host, session.endpoint.base_url, account.name)
    return ArchiveFolder.open(path or usual_folder(account), head)


def notes_of(journal: Journal, account: Account) -> list[Record]:
    """What the journal tells about the account's jobs; never a key.

    It is an entry a submission, and one for what is kept beside a job.
    """
    try:
        kept = Annotations(journal, account).all()
        told = [_note(journal, account, one) for one in journal.submissions(account)]
        return [*told, *map(without_keys, records_of(kept))]
    except JournalError:
        return []


def _note(journal: Journal, account: Account, submission: str) -> Record:
    entries = journal.entries(account, submission)
    jobs = [job for entry in entries if isinstance(job := entry.data.get("job_id"), str)]
    told = [
        {"kind": entry.kind, "at": to_rfc3339(entry.at), "data": dict(entry.data)}
        for entry in entries
    ]
    note: Record = without_keys(
        {"job": jobs[-1] if jobs else None, "submission": submission, "entries": told}
    )
    return note
