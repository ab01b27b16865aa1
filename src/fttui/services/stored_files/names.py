"""What this machine knows of files that the endpoint tells little of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.services.endpoint.reading import as_text
from fttui.services.job_files import changed_text, uploads_of
from fttui.storage.file_records import read_records

if TYPE_CHECKING:
    from fttui.services.endpoint.models import TrainingFile
    from fttui.services.session import Session
    from fttui.services.submission.state import FileState

_LONGEST_NAME = 300


def _known_names(session: Session, files: Iterable[TrainingFile]) -> Mapping[str, str]:
    """The names of files that the endpoint gives none, by id, as far as known; blocks."""
    nameless = {file.id for file in files if file.id and not file.filename}
    if not nameless:
        return {}
    owner = session.list_owner
    names = {}
    if owner is not None:
        kept = read_records(owner)
        names = {one: kept[one].name for one in nameless if one in kept}
    names |= {one: state.name for one, state in uploads_of(session, nameless).items()}
    shown = ((one, as_text(name, _LONGEST_NAME)) for one, name in names.items())
    return {one: name for one, name in shown if name}


async def with_names(session: Session, files: list[TrainingFile]) -> list[TrainingFile]:
    """The files, those without a name called as this machine knows them."""
    if all(file.filename for file in files):
        return files
    names = await asyncio.to_thread(_known_names, session, files)
    return [replace(file, filename=file.filename or names.get(file.id)) for file in files]


def source_of(session: Session, file: TrainingFile) -> FileState | None:
    """Where a file was uploaded from on this machine, None where that is not known; blocks."""
    return uploads_of(session, {file.raw_id}).get(file.raw_id)


def local_copy(session: Session, file: TrainingFile) -> Path | None:
    """The file that this one was uploaded from, if it still holds the same; blocks."""
    source = source_of(session, file)
    if source is None or not source.path or (file.size is not None and source.size != file.size):
        return None
    with suppress(FileNotFoundError):
        if not changed_text(source):
            return Path(source.path)
    return None
