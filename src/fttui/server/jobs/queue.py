"""Moves jobs on: starts those that are due, sees which runs have died, ends those cancelled."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..engines import EngineUnavailable
from ..folder_models import FolderCatalogue
from .facts import end_last_line
from .job import ENDED
from .run_folder import TRAIN, VALID, write_spec

if TYPE_CHECKING:
    from ..config import ServeConfig
    from ..engines import Engine
    from ..state import Sandbox
    from .recorded import RecordedJob
    from .run_folder import RunFolders

log = logging.getLogger("fttui.server")

_LINGERS = 60.0
"""Seconds that a trainer may take to end after its last word."""
_LONGEST_WAIT = 60.0
"""Seconds until a start that failed is tried again, at most."""


class Jobs(Protocol):
    """The jobs that are moved on: their records, their folders, and what trains them."""

    @property
    def config(self) -> ServeConfig:
        """How the server trains."""

    @property
    def engine(self) -> Engine:
        """What trains."""

    @property
    def folders(self) -> RunFolders:
        """Where the runs are."""

    def settle(self, now: float) -> None:
        """Records what has come of jobs until now."""

    def open_jobs(self) -> list[RecordedJob]:
        """Those that have not ended, or whose process may still run; oldest first."""

    def find(self, job_id: str) -> RecordedJob:
        """The job as it is recorded now."""

    def note(self, job_id: str, kind: str, detail: dict[str, Any] | None = None) -> RecordedJob:
        """Records one more thing of a job, after all facts that are there by now."""

    def close(self, job: RecordedJob) -> None:
        """Notes that nothing more will come of a job that has ended."""

    def forget_start(self, job_id: str) -> None:
        """Takes back that a run was started, where nothing else was done to it since."""

    def model_folder(self, name: str) -> Path | None:
        """Where the weights of a fine-tuned model are; None if there are none."""


class Queue:
    """One turn after another, each of them alone; between two of them requests are answered.

    What a person did meanwhile counts: before anything is noted, the job is read anew.
    """

    def __init__(self, sandbox: Sandbox, jobs: Jobs) -> None:
        self._sandbox = sandbox
        self._jobs = jobs
        self._woken = asyncio.Event()
        self._turning = asyncio.Lock()
        self._begun = set[str]()
        """Runs that were started in this life of the server."""
        self._last_words: dict[str, float] = {}
        """When a run that has had its last word was first seen to go on."""
        self._again: dict[str, tuple[float, float]] = {}
        """When a start that failed is tried again, and how long it was waited for."""

    def wake(self) -> None:
        """Has the next turn come at once."""
        self._woken.set()

    async def run(self) -> None:
        """Takes turns until it is cancelled."""
        tick = self._jobs.config.tick
        while tick is not None:
            self._woken.clear()
            try:
                await self.turn()
            except (OSError, sqlite3.Error) as error:
                log.warning("The queue cannot move on: %s", error)
            except Exception:
                log.exception("The queue failed; it is tried again")
            try:
                await asyncio.wait_for(self._woken.wait(), tick)
            except TimeoutError:
                continue

    async def turn(self) -> None:
        """Looks at every job that has not ended, then starts what there is a place for."""
        async with self._turning:
            self._jobs.settle(self._sandbox.clock.now())
            going = set[str]()
            for job in self._jobs.open_jobs():
                if await self._look(job):
                    going.add(job.id)
            places = self._jobs.engine.places
            for job in self._jobs.open_jobs():
                # One that was paused may not have ended yet: two trainers do not share a folder.
                waits = job.course.phase == "queued" and job.id not in going
                if waits and (places is None or len(going) < places) and await self._start(job):
                    going.add(job.id)
            self._jobs.settle(self._sandbox.clock.now())

    async def _look(self, job: RecordedJob) -> bool:
        """Takes note of what has become of a job; tells if its trainer takes a place."""
        if job.course.phase == "validating_files":
            self._validate(job)
            return False
        alive = job.course.was_started and await self._alive(job)
        # Read after the look at the process: its last word was written before it ended.
        job = self._jobs.find(job.id)
        phase = job.course.phase
        if alive:
            await self._hurry(job)
        elif phase in ENDED:
            self._jobs.settle(self._sandbox.clock.now())
            self._jobs.close(job)
        elif phase in ("running", "pausing") or job.course.handed_over:
            await self._lost(job)
        return alive

    def _validate(self, job: RecordedJob) -> None:
        failure = job.run.failure
        self._jobs.note(job.id, "queued" if failure is None else "failed", failure)

    async def _alive(self, job: RecordedJob) -> bool:
        """Whether its run goes on; taken to where nobody can tell, which is told once."""
        try:
            alive = await asyncio.to_thread(self._jobs.engine.alive, job.id)
        except (EngineUnavailable, OSError) as error:
            course = self._jobs.find(job.id).course
            if not course.away and course.phase not in ENDED:
                log.warning("Nobody can tell whether %s runs: %s", job.id, error)
                told = {"message": str(error), "code": "engine_unavailable"}
                self._jobs.note(job.id, "away", told)
            return True
        if self._jobs.find(job.id).course.away:
            self._jobs.note(job.id, "back")
        return alive

    async def _hurry(self, job: RecordedJob) -> None:
        """Ends a run that is to end: at once, after its step, or when it does not by itself."""
        phase, engine = job.course.phase, self._jobs.engine
        ask = None
        if phase == "cancelled" or job.course.withdrawn:
            ask = engine.kill
        elif phase == "pausing":
            ask = engine.stop
        elif phase in ("paused", "succeeded", "failed") or (
            phase == "queued" and not job.course.handed_over
        ):
            seen = self._last_words.setdefault(job.id, time.monotonic())
            ask = engine.kill if time.monotonic() > seen + _LINGERS else None
        if ask is not None:
            try:
                await asyncio.to_thread(ask, job.id)
            except (EngineUnavailable, OSError) as error:
                log.info("%s cannot be ended now: %s", job.id, error)

    async def _lost(self, job: RecordedJob) -> None:
        end = await asyncio.to_thread(self._jobs.engine.ending, job.id)
        course = self._jobs.find(job.id).course
        if course.phase not in ("running", "pausing") and not course.handed_over:
            return
        said_nothing = course.facts == course.begun
        if said_nothing and not end.begun:
            self._wait(job.id, end.text)
        elif said_nothing and job.id not in self._begun:
            # The server was killed in between; what has done nothing may well begin anew.
            text = "The server ended while the run was being started; it is started again."
            self._jobs.note(job.id, "waiting", {"message": text})
        else:
            self._jobs.note(job.id, "failed", {"code": "trainer_lost", "message": end.text})

    async def _start(self, job: RecordedJob) -> bool:
        """Starts a run, or notes why it waits or fails; tells if it takes a place."""
        if self._again.get(job.id, (0.0, 0.0))[0] > time.monotonic():
            return False
        found = self._spec(job)
        if isinstance(found, str):
            self._jobs.note(
                job.id, "failed",
                {"code": "model_not_available", "message": found, "param": "model"},
            )  # fmt: skip
            return False
        folder = self._jobs.folders.path(job.id)
        try:
            problem = self._jobs.folders.space_problem(Path(found["model"]))
            if problem is None:
                await asyncio.to_thread(_prepare, folder, found)
        except OSError as error:
            problem = f"The run's folder cannot be written: {error.strerror or error}."
        if problem is not None:
            self._wait(job.id, problem)
            return False
        if self._jobs.find(job.id).course.phase != "queued":
            return False
        self._jobs.note(job.id, "start", {"queues": True} if self._jobs.engine.queues else None)
        self._begun.add(job.id)
        self._last_words.pop(job.id, None)
        return await self._begin(job.id, folder)

    async def _begin(self, job_id: str, folder: Path) -> bool:
        try:
            if self._jobs.engine.here and self._sandbox.chats is not None:
                await self._sandbox.chats.make_room()
            await asyncio.to_thread(self._jobs.engine.start, job_id, folder)
        except (EngineUnavailable, OSError) as error:
            self._jobs.forget_start(job_id)
            self._wait(job_id, f"The engine cannot start the run, which waits: {error}")
            return False
        self._again.pop(job_id, None)
        return True

    def _wait(self, job_id: str, text: str) -> None:
        """Leaves a job in the queue, says so once, and has it tried again later and later."""
        _, waited = self._again.get(job_id, (0.0, 0.0))
        tick = self._jobs.config.tick or 0.0
        wait = min(_LONGEST_WAIT, max(tick, 2 * waited))
        self._again[job_id] = (time.monotonic() + wait, wait)
        course = self._jobs.find(job_id).course
        if course.phase != "queued" or course.handed_over or course.waits_for != text:
            self._jobs.note(job_id, "waiting", {"message": text, "code": "engine_unavailable"})

    def _spec(self, job: RecordedJob) -> dict[str, Any] | str:
        """What the trainer is to do, or why that cannot be."""
        catalogue, request, run = self._sandbox.catalogue, job.request, job.run
        assert isinstance(catalogue, FolderCatalogue)
        model = catalogue.folder(run.base)
        if model is None:
            return f"The model {run.base} is not in the server's folder any more."
        adapter = None
        if request.model.startswith("ft:"):
            adapter = self._jobs.model_folder(request.model)
            if adapter is None:
                return f"The model {request.model} does not exist any more."
        config = self._jobs.config
        return {
            "job": job.id,
            "model": str(model),
            "adapter": None if adapter is None else str(adapter),
            "method": request.method,
            "hyperparameters": request.hyperparameters,
            "seed": run.seed,
            "train": TRAIN,
            "valid": VALID if request.validation_file else None,
            "resume": job.course.paused_folder,
            "recipe": dict(config.recipe) or None,
            "kept_checkpoints": 3,
            "device": config.device,
        }


def _prepare(folder: Path, spec: dict[str, Any]) -> None:
    end_last_line(folder)
    write_spec(folder, spec)
