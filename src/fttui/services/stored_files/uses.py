"""Which jobs use which files, as far as all jobs are known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import ServiceError
from fttui.services.endpoint.transport import within
from fttui.services.newest_jobs import are_oldest_first
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Job, TrainingFile

TRAINING, VALIDATION, RESULTS, OTHER = "training", "validation", "results", "other"
_FINE_TUNE = re.compile(r"(?i)fine.?tun")
_RESULTS = re.compile(r"(?i)result")
_SHORTEST_NAME = 4
_LATE = timedelta(minutes=10)
"""So long after its end a job may still get its results."""


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
    """A job that has a file, and as what: to train by, to validate by, as its results, or other."""

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
    """The uses of all files, by what their jobs call them, the newest job first as jobs come so.

    `is_whole` says that all jobs are known; `problem` why they are not, as a sentence. `is_brief`
    is set where a job has files of which the list of jobs tells nothing.
    """

    def __init__(
        self, jobs: Iterable[Job] = (), *, is_whole: bool = False, problem: str = ""
    ) -> None:
        self.is_whole = is_whole
        self.problem = problem
        self.is_brief = False
        self._jobs: dict[str, Job] = {}
        self._uses: dict[str, dict[str, Use]] = {}
        self._untold: set[str] = set()
        self._told: dict[str, set[str]] = {TRAINING: set(), RESULTS: set()}
        self._without_results: set[str] = set()
        for job in jobs:
            self.note(job)

    @property
    def jobs(self) -> Mapping[str, Job]:
        """The jobs that are known, by the ids that the endpoint gave them."""
        return self._jobs

    def note(self, job: Job) -> bool:
        """Take what a job tells of its files now; True when its uses or its status are new.

        What was read before what is known of the job already tells nothing.
        """
        key = job.raw_id or job.id
        known_job = self._jobs.get(key)
        if known_job is not None and known_job.reading > job.reading:
            return False
        self._jobs[key] = job
        is_new = known_job is None or known_job.status != job.status
        for file_id, role in _roles(job).items():
            for name in _names(file_id):
                uses = self._uses.setdefault(name, {})
                is_new = is_new or key not in uses
                uses[key] = Use(job, role)
        self._note_what_is_untold(key, job)
        return is_new

    def note_whole(self, job: Job) -> None:
        """Take what a job tells of itself when it is asked, which may be more than its list tells.

        Where it is, no file is known to have no use.
        """
        before = self._jobs.get(job.raw_id or job.id)
        if before is not None and not _roles(job).keys() <= _roles(before).keys():
            self.is_brief = True
        self.note(job)

    def _note_what_is_untold(self, key: str, job: Job) -> None:
        """What was told once is known, whatever a later answer leaves out."""
        told = self._told
        told[TRAINING] |= {key} if job.training_file else set()
        told[RESULTS] |= {key} if job.result_files else set()
        is_told = key in told[TRAINING]
        (self._untold.discard if is_told else self._untold.add)(key)
        may_come = key not in told[RESULTS] and _may_get_results(job)
        (self._without_results.add if may_come else self._without_results.discard)(key)

    @property
    def knows_all(self) -> bool:
        """True when a file that has no use here certainly is used by no job."""
        return self.is_whole and not self._untold and not self.is_brief

    @property
    def untold(self) -> int:
        """How many jobs do not tell what they train by."""
        return len(self._untold)

    def of(self, file: TrainingFile) -> Sequence[Use]:
        """The known uses of a file: of its id, or of its name, by which some servers go."""
        by_id, by_name = self._uses.get(file.id), self._uses.get(file.filename or "")
        if by_id is None or by_name is None:
            return [*(by_id or by_name or {}).values()]
        return [*(by_name | by_id).values()]

    def needing(self, files: Iterable[TrainingFile]) -> dict[str, Use]:
        """By their jobs' ids, the uses of files by jobs that have not ended."""
        found = (use for file in files for use in self.of(file))
        return {use.job.id: use for use in found if not use.job.status.is_final}

    def state(self, file: TrainingFile) -> UseState:
        """Whether a job uses the file: never UNUSED as long as one might."""
        if file.id in self._uses or file.filename in self._uses:
            return UseState.USED
        if file.purpose and not _is_for_jobs(file.purpose):
            return UseState.OTHER
        if self._without_results and _RESULTS.search(file.purpose or ""):
            return UseState.UNKNOWN  # it may be of one that has ended since it was read
        return UseState.UNUSED if self.knows_all and file.id else UseState.UNKNOWN

    def used_by_json(self, file: TrainingFile) -> dict[str, object]:
        """`used_by` and `unused` as `--json` prints them; null where that is not known."""
        state = self.state(file)
        is_known = state is not UseState.UNKNOWN
        unused = {UseState.USED: False, UseState.UNUSED: True}.get(state)
        used_by = [use.to_json() for use in self.of(file)] if is_known else None
        return {"used_by": used_by, "unused": unused}


def _roles(job: Job) -> dict[str, str]:
    """What the job has each of its files for: the most telling of several."""
    roles = dict.fromkeys(job.other_files, OTHER)
    roles |= dict.fromkeys(job.result_files, RESULTS)
    roles |= dict.fromkeys(job.further_files, TRAINING)
    roles |= {job.validation_file: VALIDATION} if job.validation_file else {}
    return roles | ({job.training_file: TRAINING} if job.training_file else {})


def _names(told: str) -> tuple[str, ...]:
    """What a file may be called that a job tells of so: of an address also its end."""
    end = told.rstrip("/").rpartition("/")[2]
    return (told, end) if end != told and len(end) >= _SHORTEST_NAME else (told,)


def _may_get_results(job: Job) -> bool:
    """Whether results may come that the job did not tell of when it was read."""
    if not job.status.is_final or job.status.is_success:
        return True
    return job.finished_at is not None and datetime.now(UTC) - job.finished_at < _LATE


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
    for job in await ask_jobs(handle, uses):
        uses.note_whole(job)
    return uses


async def ask_jobs(handle: FineTuningHandle, uses: FileUses) -> list[Job]:
    """A job or two as they tell of themselves: those that have the fewest files by the list.

    Whether the list tells of all files is seen by them. Those that cannot be read are left out.
    """
    if handle.endpoint.archive or not uses.is_whole:
        return []
    jobs = [job for job in uses.jobs.values() if job.can_be_acted_on]
    lacking = [
        next((one for one in jobs if one.status.is_success and not one.result_files), None),
        next((one for one in jobs if not one.validation_file), None),
    ]
    found: list[Job] = []
    for job_id in dict.fromkeys(one.raw_id for one in lacking if one is not None):
        with suppress(ServiceError):
            async with within(handle.timeouts.part, _("a job")):
                found.append(await handle.retrieve_job(job_id))
    return found


async def read_newer(handle: FineTuningHandle, uses: FileUses) -> list[Job]:
    """The jobs that `uses` lacks or knows as they were, read until a page has no new one.

    All of them are read where not all are known, or where a list begins with the oldest. Raises
    ServiceError.
    """
    found: list[Job] = []
    async for page in handle.job_pages():
        found += page.items
        is_known = all((job.raw_id or job.id) in uses.jobs for job in page.items)
        if is_known and uses.is_whole and not are_oldest_first(page.items):
            break
    return found
