"""Why a job failed, in the words of its endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fttui.services.endpoint.reading import as_mapping, as_message, as_text
from fttui.services.endpoint.refusals import best_message
from fttui.services.endpoint.status import Status


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed; `param` names the request field at fault, if any."""

    code: str
    message: str
    param: str | None = None

    @classmethod
    def read(cls, value: object) -> JobError | None:
        """Read a job's `error`; healthy jobs carry `{}` or an object of nulls, which is None."""
        data = as_mapping(value)
        code, message = as_text(data.get("code")), as_message(data.get("message"))
        if not code and not message:
            return None
        return cls(code or "error", message or "", as_text(data.get("param")))


def error_of(job: Mapping[str, object], status: Status) -> JobError | None:
    """The error of a job in any form; what is no object counts of one that has ended badly only."""
    told = job.get("error")
    error = JobError.read(told)
    if error is not None or not status.is_final or status.is_success:
        return error
    said = best_message(told) if isinstance(told, str | dict) else ""
    return JobError("error", said) if said else None
