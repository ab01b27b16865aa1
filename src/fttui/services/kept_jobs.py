"""What is kept on this machine beside jobs, read without making a journal for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.storage.annotations import Annotation, KeptAnnotations

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session


def has_journal(session: Session) -> bool:
    """Whether there is a journal to read; asking does not make one."""
    from fttui.storage.folders import state_folder
    from fttui.storage.journal_file import NAME

    return session.opened_journal is not None or (state_folder() / NAME).exists()


def annotations_of(session: Session) -> KeptAnnotations | None:
    """Those of the session's account or archive; None where none was ever kept.

    Raises NoKeyError without a key.
    """
    is_there = session.endpoint.archive or has_journal(session)
    return session.annotations if is_there else None


def kept_beside(job: Job, session: Session) -> Annotation:
    """What is kept beside one job; nothing where that cannot be read."""
    from fttui.storage.journal import JournalError

    try:
        kept = annotations_of(session)
        return kept.of(job.raw_id) if kept else Annotation()
    except JournalError:
        return Annotation()
