"""What an endpoint tells of a file: read as `models` says of all that endpoints tell."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from fttui.services.endpoint.job_error import JobError
from fttui.services.endpoint.reading import (
    as_integer,
    as_message,
    as_name,
    as_text,
    as_time,
    raw_text,
    snake_cased,
    to_rfc3339,
)
from fttui.services.endpoint.refusals import best_message

_REASONS = ("status_details", "error", "errors", "status_message", "failure_reason")
"""Where servers tell what is wrong with a file."""


_SIZES = ("bytes", "size", "size_bytes")
"""What servers call the number of its bytes."""


def _reason(value: object) -> str | None:
    """A reason in any form: a sentence, an error with its code, or what is wrong place by place."""
    if isinstance(value, dict | list):
        error = JobError.read(value) if isinstance(value, dict) and value.get("code") else None
        if error is not None:
            return f"{error.code}: {error.message}".removesuffix(": ")
        return best_message(value) or None
    return as_message(value) if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class TrainingFile:
    """A file on the endpoint; `size` in bytes."""

    id: str
    raw_id: str = field(repr=False, default="")
    filename: str | None = None
    size: int | None = None
    purpose: str | None = None
    status: str | None = None
    status_details: str | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None

    @classmethod
    def read(cls, value: object) -> TrainingFile | None:
        """Read one file; None when `value` is not an object at all."""
        if not isinstance(value, dict):
            return None
        value = snake_cased(value)
        name = value.get("id") or value.get("file_id")
        return cls(
            id=as_name(name, 200) or "",
            raw_id=raw_text(name),
            filename=as_text(value.get("filename") or value.get("name"), 300),
            size=as_integer(next((value[one] for one in _SIZES if one in value), None)),
            purpose=as_name(value.get("purpose"), 60),
            status=as_name(value.get("status"), 40),
            status_details=next(
                filter(None, (_reason(value.get(name)) for name in _REASONS)), None
            ),
            created_at=as_time(value.get("created_at")),
            expires_at=as_time(value.get("expires_at")),
        )

    def called(self, file_id: str) -> TrainingFile:
        """The same file under the id `file_id`.

        What is done to it next must be done to what was asked for, not to what an answer names.
        """
        if self.raw_id == file_id:
            return self
        return replace(self, id=as_name(file_id, 200) or "", raw_id=file_id)

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints."""
        return {
            "id": self.id,
            "filename": self.filename,
            "bytes": self.size,
            "purpose": self.purpose,
            "status": self.status,
            "status_details": self.status_details,
            "created_at": to_rfc3339(self.created_at),
            "expires_at": to_rfc3339(self.expires_at),
        }
