"""Runs on a Ray cluster, through Ray's Jobs API: Ray has the queue, the places and the machines."""

from __future__ import annotations

import json
import os
import shlex
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from . import STOP, TRAINER, End, EngineUnavailable
from .environment import child_environment
from .local import LOG, open_privately
from .ray_api import AnswerLost, RayApi, RayJob
from .ray_package import LAUNCHER, make_package

MOST_HANDED_OVER = 64
"""Runs that Ray has at a time, those that wait there among them."""
MOST_DRIVERS = 8
"""The same of runs with several workers: each has a process there while it waits for them."""
_KEPT = "ray.json"
_ASK_AGAIN = 30.0
"""Seconds until Ray is asked once more to end a run that goes on all the same."""
_LOG_BYTES = 1 << 20
_LAST_LINES, _LAST_LETTERS = 5, 1000
_RAYS_OWN = ("Running entrypoint for job", "Runtime env is setting up")
"""In lines that are Ray's, not the trainer's."""
_NEVER_BEGUN = frozenset({
    "JOB_SUPERVISOR_ACTOR_START_TIMEOUT", "JOB_SUPERVISOR_ACTOR_START_FAILURE",
    "JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE",
})  # fmt: skip
"""Ray fails a job that has waited a quarter of an hour for a place."""


@dataclass(frozen=True)
class _Attempt:
    """The latest handing over of a run, as its folder keeps it.

    `known`: Ray has said that it has it. `ended`: nothing more comes of it. `given_up`: it is not
    to begin any more. `text` says how it ended, `begun` whether it had a place.
    """

    number: int
    submission: str
    known: bool = False
    ended: bool = False
    given_up: bool = False
    text: str = ""
    begun: bool = True


class RayEngine:
    """Trainers as Ray's jobs; a job is found again by its name and number, whoever is restarted.

    The folders of runs and models are on a disk that Ray's machines see by the same paths.
    """

    name = "ray"
    here = False
    queues = True

    def __init__(
        self,
        runs: Path,
        api: RayApi,
        python: str,
        *,
        cpus: float = 1.0,
        gpus: float = 0.0,
        workers: int = 1,
        places: int | None = None,
        trainer: Path = TRAINER,
    ) -> None:
        """`cpus` and `gpus` are for each of `workers`; `places` for the runs that Ray has."""
        most = MOST_HANDED_OVER if workers == 1 else MOST_DRIVERS
        self.places: int | None = places or most
        self._runs = runs
        self._api = api
        self._python = python
        self._cpus = cpus
        self._gpus = gpus
        self._workers = workers
        self._trainer = trainer
        self._asked: dict[str, float] = {}

    def start(self, name: str, folder: Path) -> None:
        """Hands the run to Ray; raises EngineUnavailable where Ray certainly has not got it."""
        before = self._kept(name)
        number = 1 if before is None else before.number + 1
        attempt = _Attempt(number, f"{name}-{number}")
        (folder / STOP).unlink(missing_ok=True)
        # On the disk before it is sent: whatever dies in between, it is found again.
        self._keep(name, attempt)
        try:
            working_dir = self._send_trainer()
            self._api.submit(self._order(attempt, folder, working_dir))
        except AnswerLost as error:
            self._keep(name, replace(attempt, text=str(error)))
        except (EngineUnavailable, OSError) as error:
            self._keep(name, _not_sent(attempt, str(error)))
            raise
        else:
            self._keep(name, replace(attempt, known=True))

    def _send_trainer(self) -> str:
        package = make_package(self._trainer)
        if not self._api.has_package(package.name):
            self._api.upload(package.name, package.content)
        return package.uri

    def _order(self, attempt: _Attempt, folder: Path, working_dir: str) -> dict[str, Any]:
        """The job as Ray's API takes it."""
        threads = max(1, int(self._cpus))
        words = [self._python, LAUNCHER, str(folder), attempt.submission, str(threads)]
        cpus, gpus = self._cpus, self._gpus
        if self._workers > 1:
            words += ["--workers", str(self._workers), "--cpus", f"{cpus:g}", "--gpus", f"{gpus:g}"]
            # The workers take the places: one that waits for them must not sit on theirs.
            cpus, gpus = 0.0, 0.0
        return {
            "submission_id": attempt.submission,
            "entrypoint": f"exec {shlex.join(words)}",
            "entrypoint_num_cpus": cpus,
            "entrypoint_num_gpus": gpus,
            # Variables of this machine are of no use on another one, and none is a key.
            "runtime_env": {
                "working_dir": working_dir,
                "env_vars": child_environment({}, threads=threads),
            },
            "metadata": {"job": folder.name},
        }

    def stop(self, name: str) -> None:
        """Asks for a checkpoint and an end by the file alone: Ray would end it in three seconds."""
        if (self._runs / name).is_dir():
            (self._runs / name / STOP).touch(mode=0o600)

    def kill(self, name: str) -> None:
        """Has Ray end the run, and sees to it that it does not begin any more."""
        attempt = self._kept(name)
        if attempt is None or attempt.ended:
            return
        if not attempt.given_up:
            self._keep(name, replace(attempt, given_up=True))
        if self._asked.get(attempt.submission, 0.0) <= time.monotonic():
            self._api.stop(attempt.submission)
            self._asked[attempt.submission] = time.monotonic() + _ASK_AGAIN

    def alive(self, name: str) -> bool:
        """Whether Ray has the run, be it that it waits there; raises EngineUnavailable."""
        attempt = self._kept(name)
        if attempt is None or attempt.ended:
            return False
        job = self._api.job(attempt.submission)
        if job is None:
            self._keep(name, _missing(attempt))
        elif job.ended:
            self._end(name, attempt, job)
        elif not attempt.known:
            self._keep(name, replace(attempt, known=True))
        return job is not None and not job.ended

    def ending(self, name: str) -> End:
        """How a run has ended that had no last word."""
        attempt = self._kept(name)
        return End() if attempt is None else End(attempt.text, attempt.begun)

    # What it keeps.

    def _end(self, name: str, attempt: _Attempt, job: RayJob) -> None:
        """Takes over what Ray still knows of a run that has ended."""
        begun = job.error_type not in _NEVER_BEGUN
        log = ""
        with suppress(AnswerLost):  # the machine that had it may be gone
            log = self._api.logs(attempt.submission)
        if log:
            self._add_to_log(name, attempt, log)
        text = _how_it_ended(job, log, begun=begun)
        self._keep(name, replace(attempt, known=True, ended=True, text=text, begun=begun))
        self._asked.pop(attempt.submission, None)

    def _add_to_log(self, name: str, attempt: _Attempt, log: str) -> None:
        content = log.encode("utf-8", "replace")[-_LOG_BYTES:]
        with open(self._runs / name / LOG, "ab", opener=open_privately) as target:
            target.write(f"--- {attempt.submission} on Ray\n".encode() + content.rstrip() + b"\n")

    def _kept(self, name: str) -> _Attempt | None:
        try:
            return _Attempt(**json.loads((self._runs / name / _KEPT).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def _keep(self, name: str, attempt: _Attempt) -> None:
        draft = self._runs / name / f"{_KEPT}.new"
        descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as target:  # noqa: PTH123
            json.dump(asdict(attempt), target)
            target.flush()
            os.fsync(target.fileno())
        draft.replace(self._runs / name / _KEPT)


def _missing(attempt: _Attempt) -> _Attempt:
    """An attempt that Ray knows nothing of: it never came there, or was forgotten."""
    if attempt.known:
        text = (
            "Ray does not know the run any more: it was started anew, or somebody has deleted the "
            "run there."
        )
    else:
        text = attempt.text or "The run did not come to Ray."
    return _not_sent(attempt, text)


def _not_sent(attempt: _Attempt, text: str) -> _Attempt:
    """An attempt that has come to nothing, and is not to begin should it come to Ray late."""
    return replace(attempt, ended=True, given_up=True, begun=False, text=text)


def _how_it_ended(job: RayJob, log: str, *, begun: bool) -> str:
    if not begun:
        said = " ".join(job.message.split())[:300]
        return f"Ray gave the run no place, so it is handed over again: {said}"
    if job.status == "STOPPED":
        how = "Somebody has stopped the run in Ray."
    elif job.status == "SUCCEEDED":
        how = "The trainer ended on Ray without saying why."
    else:
        first = (job.message.strip().splitlines() or ["it failed"])[0][: _LAST_LETTERS // 4]
        how = f"The trainer ended on Ray without saying why. Ray says: {first.rstrip(' ,:')}."
    lines = [line.strip() for line in (log or job.message).splitlines()]
    lines = [line for line in lines if line and not any(each in line for each in _RAYS_OWN)]
    last = " / ".join(lines[-_LAST_LINES:])[-_LAST_LETTERS:]
    return f"{how} Its last lines: {last}" if last and begun else how
