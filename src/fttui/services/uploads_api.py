"""Uploads in parts, as the endpoint tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fttui.services.endpoint.models import TrainingFile
from fttui.services.endpoint.reading import as_name, as_time, raw_text


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload; `file` is there once it is completed. It dies at `expires_at`."""

    raw_id: str
    status: str | None = None
    expires_at: datetime | None = None
    file: TrainingFile | None = None

    @classmethod
    def read(cls, value: object) -> Upload | None:
        """Read one upload; None when `value` is not an object at all."""
        if not isinstance(value, dict):
            return None
        return cls(
            raw_id=raw_text(value.get("id")),
            status=as_name(value.get("status"), 40),
            expires_at=as_time(value.get("expires_at")),
            file=TrainingFile.read(value.get("file")),
        )


@dataclass(frozen=True, slots=True)
class UploadPart:
    """One acknowledged part of an upload."""

    raw_id: str

    @classmethod
    def read(cls, value: object) -> UploadPart | None:
        """Read one part; None when `value` is not an object at all."""
        return cls(raw_text(value.get("id"))) if isinstance(value, dict) else None
