"""The jobs of a server that trains: their records, their folders, their models."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import errors, files, identifiers, models
from ..answer_process import AnswerProcess
from ..answer_server import AnswerServer
from ..config import ServeConfig
from ..data_folder import private_folder
from ..engines import Engine
from ..engines.local import LocalEngine
from ..folder_models import FolderCatalogue
from . import store
from .course import Course, Note
from .curves import metrics_csv
from .job import ENDED, ControlKind, Job
from .keeper import Order
from .plan import file_failure, model_name
from .queue import Queue
from .recorded import Outcome, RecordedJob, Run
from .run_folder import TRAIN, VALID, RunFolders

if TYPE_CHECKING:
    from ..catalogue import BaseModel
    from ..state import Sandbox

_MOST_COURSES = 32
"""Of runs that have ended, how many are kept in memory with their events."""
_ORGANIZATION_NAME = "local"


class RecordedJobs:
    """The jobs of a server with an engine."""

    def __init__(self, sandbox: Sandbox, config: ServeConfig) -> None:
        self._sandbox = sandbox
        self.config = config
        root = sandbox.folder / "runs"
        private_folder(root)
        self.folders = RunFolders(root)
        self.engine: Engine = (
            config.engine(root)
            if config.engine is not None
            else LocalEngine(root, config.python, places=config.places)
        )
        self.engine_name: str | None = self.engine.name
        self._courses: OrderedDict[str, Course] = OrderedDict()
        self.queue = Queue(sandbox, self)
        sandbox.chats = (
            AnswerServer(config.answers)
            if config.answers
            else AnswerProcess(
                config.python, config.device, sandbox.folder / "answers.txt", self.trains_here
            )
        )

    # Records.

    def from_row(self, row: sqlite3.Row) -> RecordedJob:
        """The job in a row of the database."""
        return RecordedJob.from_row(row, self.course)

    def find(self, job_id: str) -> RecordedJob:
        """The job as it is recorded now; raises 404."""
        return self.from_row(store.find_row(self._sandbox, job_id))

    def open_jobs(self) -> list[RecordedJob]:
        """Those that have not ended, or whose process may still run; oldest first."""
        rows = self._sandbox.database.all(
            "SELECT * FROM jobs WHERE due_at IS NOT NULL ORDER BY due_at, seq"
        )
        return [self.from_row(row) for row in rows]

    def course(self, job: RecordedJob) -> Course:
        """How the job's run has gone, read on to the end of its facts."""
        course = self._courses.get(job.id)
        if course is None:
            course = self._courses[job.id] = Course(
                job_id=job.id, created_at=job.created_at, request=job.request,
                model=job.run.model, folder=self.folders.path(job.id),
            )  # fmt: skip
            # Of those that go on, each is asked for at every look.
            ended = [each for each, known in self._courses.items() if known.phase in ENDED]
            for each in ended[:-_MOST_COURSES]:
                del self._courses[each]
        self._courses.move_to_end(job.id)
        course.read(job.notes)
        return course

    def note(self, job_id: str, kind: str, detail: dict[str, Any] | None = None) -> RecordedJob:
        """Records one more thing of a job, after all facts that are there by now."""
        job = self.find(job_id)
        at, after = self._sandbox.clock.now(), job.course.facts
        job = job.with_note(Note(kind, at, after, detail))
        self._save(job)
        job.course  # noqa: B018 - takes the note, before there are more facts
        return job

    def forget_start(self, job_id: str) -> None:
        """Takes back that a run was started, where nothing else was done to it since."""
        job = self.find(job_id)
        if job.notes and job.notes[-1].kind == "start":
            self._save(replace(job, notes=job.notes[:-1]))
            del self._courses[job_id]

    def close(self, job: RecordedJob) -> None:
        """Notes that nothing more will come of a job that has ended."""
        with self._sandbox.database.transaction():
            self._sandbox.database.execute("UPDATE jobs SET due_at = NULL WHERE seq = ?", job.seq)

    def _save(self, job: RecordedJob) -> None:
        _, run, notes = job.to_columns()
        with self._sandbox.database.transaction():
            self._sandbox.database.execute(
                "UPDATE jobs SET plan = ?, controls = ? WHERE seq = ?", run, notes, job.seq
            )

    # What the routes ask for.

    async def create(self, order: Order) -> RecordedJob:
        """Stores a job and the bytes that it is trained with, whatever becomes of its files."""
        sandbox = self._sandbox
        wanted = {TRAIN: json.loads(order.training_file["blobs"])}
        if order.validation_file is not None:
            wanted[VALID] = json.loads(order.validation_file["blobs"])
        try:
            draft = await asyncio.to_thread(self.folders.draft, sandbox.blobs, wanted)
        except FileNotFoundError:  # deleted since its record was looked at
            raise errors.no_such_file(order.request.training_file) from None
        try:
            with sandbox.database.transaction():
                job = self._add(order)
                draft.replace(self.folders.path(job.id))
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        self.queue.wake()
        return job

    def _add(self, order: Order) -> RecordedJob:
        sandbox, request = self._sandbox, order.request
        job_id = sandbox.new_id("ftjob-", 24)
        seed = request.seed
        if seed is None:
            seed = int(identifiers.hexadecimal(f"{job_id}/seed", 12), 16) % 2_147_483_648
        run = Run(
            base=order.base.id,
            model=model_name(order.base.id, _ORGANIZATION_NAME, request.suffix, job_id),
            seed=seed,
            result_file=sandbox.new_id("file-", 22),
            failure=file_failure(request, order.base, order.training, order.validation),
        )
        now = sandbox.clock.now()
        job = RecordedJob(0, job_id, now, request, run, (), self.course)
        return replace(job, seq=store.insert(sandbox, job, job.to_columns(), now))

    def control(self, job_id: str, kind: ControlKind, now: float) -> RecordedJob:
        """Notes it; the queue does it.

        A pause is with the trainer before it is answered: it holds also if the server dies then.
        """
        job = self.note(job_id, kind)
        if job.course.phase == "pausing":
            with suppress(OSError):  # the queue tries it again
                self.engine.stop(job_id)
        self.queue.wake()
        return job

    def settle(self, now: float) -> None:
        """Reads on, and records the models and the ends that are new."""
        for job in self.open_jobs():
            course = job.course
            ended = course.phase in ENDED and job.run.outcome is None
            if ended or course.made_since(job.run.recorded):
                with self._sandbox.database.transaction():
                    self._record(job, course)

    def _record(self, job: RecordedJob, course: Course) -> None:
        sandbox, run = self._sandbox, job.run
        kept = {checkpoint.model: checkpoint.made_at for checkpoint in course.checkpoints()}
        for name in course.made_since(run.recorded):
            if name in kept:
                models.add_fine_tuned_model(sandbox, name, job.id, kept[name])
        for row in sandbox.database.all("SELECT id FROM models WHERE job_id = ?", job.id):
            if row["id"] not in kept:  # its folder has been deleted
                sandbox.database.execute("DELETE FROM models WHERE id = ?", row["id"])
        run = replace(run, recorded=course.facts)
        if course.phase in ENDED and run.outcome is None:
            assert course.ended_at is not None
            if course.phase == "succeeded":
                self._add_result_file(run, course, course.ended_at)
            run = replace(run, outcome=Outcome(
                course.phase, course.ended_at, course.hyperparameters,
                max(course.steps, default=0), course.trained_tokens, course.error,
            ))  # fmt: skip
        self._save(replace(job, run=run))

    def _add_result_file(self, run: Run, course: Course, at: float) -> None:
        content = base64.b64encode(metrics_csv(course.rows()).encode())
        files.add_file(
            self._sandbox, file_id=run.result_file, filename="step_metrics.csv",
            purpose="fine-tune-results", size=len(content), content=content, created_at=at,
        )  # fmt: skip

    async def complete(self, jobs: Iterable[Job], now: float) -> bool:
        """Nothing is waited for."""
        return False

    async def turn(self) -> None:
        """Has the queue take one turn."""
        await self.queue.turn()

    async def run(self) -> None:
        """Moves the queue until it is cancelled."""
        await self.queue.run()

    # Models.

    def trains_here(self) -> bool:
        """Whether a run takes this machine's memory now."""
        return self.engine.here and any(
            job.course.phase in ("running", "pausing") for job in self.open_jobs()
        )

    def model_folders(self, name: str, base: BaseModel) -> tuple[Path, Path | None] | None:
        """Where the base and the adapter of a model are."""
        catalogue = self._sandbox.catalogue
        assert isinstance(catalogue, FolderCatalogue)
        folder = catalogue.folder(base.id)
        adapter = None if name == base.id else self.model_folder(name)
        if folder is None or (adapter is None and name != base.id):
            return None
        return folder, adapter

    def model_folder(self, name: str) -> Path | None:
        """Where a fine-tuned model lies; None if it does not exist or its folder is gone."""
        row = models.fine_tuned_model(self._sandbox, name)
        if row is None:
            return None
        job = self.find(row["job_id"])
        folder = job.course.folder_of(name)
        path = None if folder is None else self.folders.path(job.id) / folder
        return path if path is not None and path.is_dir() else None

    def weights_of(self, name: str) -> list[Path]:
        """The folders of a fine-tuned model; none while its job may still go on from them."""
        row = models.fine_tuned_model(self._sandbox, name)
        job = None if row is None else self.find(row["job_id"])
        if job is None or job.run.outcome is None:
            return []
        folder = self.folders.path(job.id)
        return [folder / each for each in job.course.folders_of(name)]

    async def drop_weights(self, folders: Sequence[Path]) -> None:
        """Deletes them; what cannot be deleted stays, and takes space alone."""
        for folder in folders:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
