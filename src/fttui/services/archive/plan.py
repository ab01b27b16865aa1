"""What a run of the archive is asked for, how far it is, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from fttui.services.endpoint.errors import (
    NotFoundError,
    ServiceError,
    UnsupportedError,
)
from fttui.storage.archive.saved import FAILED, Missing


@dataclass(frozen=True, slots=True)
class ArchiveOptions:
    """Which things are saved: all, unless `jobs` names some; `files` False leaves training files.

    Files larger than `most_bytes` are left out. `rate` is in requests a second.
    """

    jobs: tuple[str, ...] = ()
    files: bool = True
    most_bytes: int | None = None
    rate: float | None = None

    @property
    def is_all(self) -> bool:
        """True when nothing is left out."""
        return not self.jobs and self.files and self.most_bytes is None


@dataclass(frozen=True, slots=True)
class ArchiveProgress:
    """How far a run is: `stage` is listing, jobs, files or index.

    `listed` is models, files or jobs while these are listed. `size` is in bytes received.
    `seconds_left` is None while it is not known.
    """

    stage: str = "listing"
    listed: str = ""
    done: int = 0
    total: int = 0
    requests: int = 0
    size: int = 0
    failed: int = 0
    seconds_left: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveResult:
    """What came of a run: things `saved` of all `things`, and what could not be had.

    `error` is why nothing more was asked, before all was there. `size` is that of the archive.
    `is_all` is False when the options left something out.
    """

    jobs: int
    files: int
    models: int
    saved: int
    things: int
    size: int
    requests: int
    missing: tuple[Missing, ...]
    error: ServiceError | None = None
    is_all: bool = True

    @property
    def is_whole(self) -> bool:
        """True when all that the endpoint still has, and that was asked for, is saved."""
        return self.error is None and self.saved == self.things

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints."""
        return {
            "jobs": self.jobs,
            "files": self.files,
            "models": self.models,
            "saved": self.saved,
            "things": self.things,
            "bytes": self.size,
            "requests": self.requests,
            "missing": [one.to_json() for one in self.missing],
            "error": self.error and self.error.to_json(),
        }


def missing_for(what: str, error: ServiceError) -> Missing:
    """Why a thing is not in the archive, by what the endpoint said."""
    if isinstance(error, NotFoundError):
        code = "deleted"
    elif isinstance(error, UnsupportedError):
        code = "not_offered"
    elif error.status == 403:
        code = "no_permission"
    elif error.code == "answer_too_large":
        code = "too_large"
    else:
        code = FAILED
    return Missing(what, code, error.sentence)
