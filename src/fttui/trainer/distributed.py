"""One training by several workers of a Ray cluster, through Ray Train.

    PYTHON .../fttui/trainer/ RUN_FOLDER --workers N [--cpus C] [--gpus G]

is run as a job of the cluster. It trains nothing itself: Ray Train starts N workers, with C CPUs
and G GPUs each, which take their share of each batch and sum up what they learnt. The first one
alone writes into the run folder, which all of them see. Where any of them fails, all end.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from .facts import Facts
from .failure import FailureError
from .run import attempt, encoder_of
from .spec import Spec, read_spec

_RAYS = ".ray-train"
_FAILURES = ".failure-"
_LOST = "lost"
"""What a worker says whose fellow is gone: the reason is the other's."""


class _Silent(Facts):
    """The facts of a worker that is not the first."""

    def write(self, fact: str, **values: Any) -> None:
        """Says nothing."""


def run_workers(folder: Path, workers: int, cpus: float, gpus: float) -> int:
    """Trains with so many workers; every end that is understood is a fact, and 0."""
    facts = Facts(folder)
    try:
        count = workers_for(_batch(read_spec(folder)), workers)
        _forget(folder)
        return ended(folder, _fit(folder, count, workers, cpus, gpus))
    except FailureError as failure:
        facts.failed(failure.code, failure.message, failure.param)
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("ray"):
            raise
        facts.failed(
            "server_error",
            "Several workers for one job need Ray Train, and this Python has no "
            f"{error.name}. Install 'ray[train]' there, of the cluster's version, or serve without "
            "--ray-workers.",
        )
    finally:
        _forget(folder)
    return 0


def workers_for(batch: int, most: int) -> int:
    """The most workers that can take equal shares of a batch: its size is the user's."""
    return max(count for count in range(1, min(batch, most) + 1) if batch % count == 0)


def _batch(spec: Spec) -> int:
    """The batch of the training; only where it is to be found out does that take reading."""
    from .hyperparameters import make_schedule

    given = spec.hyperparameters.get("batch_size", "auto")
    if given != "auto":
        return int(given)
    _, encoder, _ = encoder_of(spec)
    train = encoder.file(spec.train, spec.method, "invalid_training_file", "training_file")
    return make_schedule(spec, len(train.examples)).batch


def _fit(folder: Path, count: int, asked: int, cpus: float, gpus: float) -> str:
    """Has Ray Train do it; returns what Ray says of an end that was none, or nothing."""
    # The log is read as plain text.
    os.environ.setdefault("RAY_COLOR_PREFIX", "0")
    import ray
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchTrainer

    # The workers need what this interpreter has, whichever one Ray itself is run by.
    ray.init(runtime_env={"py_executable": sys.executable}, log_to_driver=True)
    trainer = TorchTrainer(
        _worker(),
        train_loop_config={"folder": str(folder), "asked": asked},
        scaling_config=ScalingConfig(
            num_workers=count,
            use_gpu=gpus > 0,
            resources_per_worker={"CPU": cpus, **({"GPU": gpus} if gpus else {})},
        ),
        run_config=RunConfig(
            name=f"{int(time.time())}-{os.getpid()}",
            storage_path=str(folder / _RAYS),
            failure_config=FailureConfig(max_failures=0),
        ),
    )
    try:
        trainer.fit()
    except Exception as error:  # noqa: BLE001
        traceback.print_exc()
        return " ".join(str(error).split()) or type(error).__name__
    finally:
        ray.shutdown()
    return ""


def _worker() -> Any:
    """What a worker does; a function within one, so that it is sent whole and not by its name."""

    def work(told: dict[str, Any]) -> None:
        import importlib

        # Ray starts a worker in the job's folder, of which the trainer's is a part.
        importlib.import_module("trainer.distributed").work(Path(told["folder"]), told["asked"])

    return work


def work(folder: Path, asked: int) -> None:
    """Trains as one of several, in a process group that stands; raises RuntimeError at a failure.

    `asked` is the number of workers that were wanted.
    """
    import torch

    from . import ranks

    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    facts = Facts(folder) if ranks.first() else _Silent(folder)
    if ranks.count() < asked:
        facts.notice(
            f"{ranks.count()} of {asked} workers train this job, as the batch can be shared by no "
            "more.",
            "warn",
        )
    failure = attempt(folder, facts)
    if failure is None:
        return
    _write_failure(folder, ranks.number(), failure)
    # Ray ends all others then, wherever they wait for this one.
    raise RuntimeError(failure.message)


def _write_failure(folder: Path, rank: int, failure: FailureError) -> None:
    said = {
        "code": _LOST if _is_of_another(failure) else failure.code,
        "message": failure.message,
        "param": failure.param,
        "at": time.time(),
    }
    making = folder / f"{_FAILURES}{rank}.partial"
    making.write_text(json.dumps(said), encoding="utf-8")
    making.replace(folder / f"{_FAILURES}{rank}")


def _is_of_another(failure: FailureError) -> bool:
    """Whether the failure is that a fellow worker does not answer any more."""
    import torch

    cause = failure.__cause__
    text = str(cause).lower()
    return isinstance(cause, torch.distributed.DistError) or (
        isinstance(cause, RuntimeError) and ("gloo" in text or "nccl" in text)
    )


def ended(folder: Path, said: str) -> int:
    """Tells the one failure that all of it comes down to; 1 where nobody knows one."""
    failures = [failure for failure in _failures(folder) if failure["code"] != _LOST]
    if failures:
        # What was asked of all of them, all of them find wrong: one word of it is enough.
        first = min(failures, key=lambda failure: float(failure["at"]))
        Facts(folder).failed(first["code"], first["message"], first["param"])
        return 0
    if said:
        sys.stderr.write(f"A worker of the training was lost: {said[-700:]}\n")
        return 1
    return 0


def _failures(folder: Path) -> list[dict[str, Any]]:
    found = []
    for path in folder.glob(f"{_FAILURES}*"):
        with contextlib.suppress(OSError, ValueError):
            found.append(json.loads(path.read_bytes()))
    return found


def _forget(folder: Path) -> None:
    shutil.rmtree(folder / _RAYS, ignore_errors=True)
    for path in folder.glob(f"{_FAILURES}*"):
        path.unlink(missing_ok=True)
