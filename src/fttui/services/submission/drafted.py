"""What the journal keeps of a draft when it is confirmed, before anything is sent."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fttui.services.submission.state import TRAINING, VALIDATION, FileState, request_data
from fttui.services.submission.types import Draft
from fttui.training_data.files import CheckedFile


def drafted_data(draft: Draft, scope: str) -> dict[str, Any]:
    """The data of the entry that begins a submission; the draft has its digests.

    `scope` is the account's.
    """
    files = [_file_state(TRAINING, draft.training, draft)]
    if draft.validation is not None:
        files.append(_file_state(VALIDATION, draft.validation, draft))
    data = {
        "request": request_data(draft.request),
        "files": [file.to_data() for file in files],
        "cost": draft.cost,
        "scope": scope,
    }
    return data | ({"sweep": asdict(draft.sweep)} if draft.sweep else {})


def _file_state(role: str, file: CheckedFile | str, draft: Draft) -> FileState:
    if isinstance(file, str):
        return FileState(role, file_id=file)
    sha256 = draft.training_sha256 if role == TRAINING else draft.validation_sha256
    md5 = draft.training_md5 if role == TRAINING else draft.validation_md5
    return FileState.of(role, file, sha256, md5)
