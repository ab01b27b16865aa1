"""Which jobs use which files, as far as all jobs are known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import ServiceError

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Job, TrainingFile

TRAINING, VALIDATION, RESULTS = "training", "validation", "results"
_FINE_TUNE = re.compile(r"(?i)fine.?tun")
_RESULTS = re.compile(r"(?i)result")


@lru_cache(maxsize=256)
def _is_for_jobs(purpose: str) -> bool:
    return _FINE_TUNE.search(purpose) is not None


class UseState(StrEnum):
    """Whether a job uses a file; OTHER is of files that are not for fine-tuning at all."""

    USED = "used"
    UNUSED = "unused"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Use:
    """A job that has a file, and as what: to train by, to validate by, or as its results."""

    job: Job
    role: str

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints."""
        return {
            "job": self.job.id,
            "role": self.role,
            "name": self.job.name or None,
            "status": self.job.status.word,
        }


class FileUses:
    """The uses of all files, by their ids, the newest job first as far as jobs come so.

    `is_whole` says that all jobs are known; `problem` why they are not, as a sentence.
    """

    def __init__(
        self, jobs: Iterable[Job] = (), *, is_whole: bool = False, problem: str = ""
    ) -> None:
        self.is_whole = is_whole
        self.problem = problem
        self._uses: dict[str, dict[str, Use]] = {}
        self._untold: set[str] = set()
        self._going_on: set[str] = set()
        for job in jobs:
            self.note(job)

    def note(self, job: Job) -> bool:
        """Take what a job tells of its files now; True when its uses or its status are new."""
        key = job.raw_id or job.id
        roles = dict.fromkeys(job.result_files, RESULTS)
        roles |= dict.fromkeys(job.further_files, TRAINING)
        if job.validation_file:
            roles[job.validation_file] = VALIDATION
        if job.training_file:
            roles[job.training_file] = TRAINING
        (self._untold.discard if job.training_file else self._untold.add)(key)
        (self._going_on.discard if job.status.is_final else self._going_on.add)(key)
        is_new = False
        for file_id, role in roles.items():
            uses = self._uses.setdefault(file_id, {})
            known = uses.get(key)
            is_new = is_new or known is None or known.job.status != job.status
            uses[key] = Use(job, role)
        return is_new

    @property
    def knows_all(self) -> bool:
        """True when a file that has no use here certainly is used by no job."""
        return self.is_whole and not self._untold

    @property
    def untold(self) -> int:
        """How many jobs do not tell what they train by."""
        return len(self._untold)

    def of(self, file_id: str) -> Sequence[Use]:
        """The uses of a file that are known."""
        return [*self._uses.get(file_id, {}).values()]

    def needing(self, files: Iterable[TrainingFile]) -> dict[str, Use]:
        """By their jobs' ids, the uses of files by jobs that have not ended."""
        found = (use for file in files for use in self.of(file.id))
        return {use.job.id: use for use in found if not use.job.status.is_final}

    def state(self, file: TrainingFile) -> UseState:
        """Whether a job uses the file: never UNUSED as long as one might."""
        if file.id in self._uses:
            return UseState.USED
        if file.purpose and not _is_for_jobs(file.purpose):
            return UseState.OTHER
        if self._going_on and _RESULTS.search(file.purpose or ""):
            return UseState.UNKNOWN  # it may be of one that has ended since it was read
        return UseState.UNUSED if self.knows_all and file.id else UseState.UNKNOWN

    def used_by_json(self, file: TrainingFile) -> dict[str, object]:
        """`used_by` and `unused` as `--json` prints them; null where that is not known."""
        state = self.state(file)
        is_known = state is not UseState.UNKNOWN
        unused = {UseState.USED: False, UseState.UNUSED: True}.get(state)
        used_by = [use.to_json() for use in self.of(file.id)] if is_known else None
        return {"used_by": used_by, "unused": unused}


async def read_uses(handle: FineTuningHandle) -> FileUses:
    """The uses that the endpoint's own list of jobs tells, read page by page; never raises."""
    uses, dropped, goes_on = FileUses(), 0, True
    try:
        async for page in handle.job_pages():
            dropped, goes_on = dropped + page.dropped, page.goes_on
            for job in page.items:
                uses.note(job)
    except ServiceError as error:
        uses.problem = error.sentence
        return uses
    uses.is_whole = not dropped and not goes_on
    return uses
