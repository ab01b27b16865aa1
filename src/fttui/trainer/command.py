"""What the trainer is asked for on its command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

USAGE = (
    "usage: trainer RUN_FOLDER [--workers N [--cpus C] [--gpus G]] | --probe | --answer "
    "| --make-demo-model FOLDER [--file FILE]\n"
)


def main(arguments: list[str]) -> int:
    """Does what is asked for; 2 where that is not understood."""
    _quiet()
    if arguments == ["--probe"]:
        from .probe import tell

        tell()
        return 0
    if arguments == ["--answer"]:
        from .answer import answer

        return answer()
    if arguments[:1] == ["--make-demo-model"] and len(arguments) in (2, 4):
        if len(arguments) == 4 and arguments[2] != "--file":
            return _misunderstood()
        from .demo_model import make

        return make(Path(arguments[1]), Path(arguments[3]) if len(arguments) == 4 else None)
    if not arguments or arguments[0].startswith("-"):
        return _misunderstood()
    try:
        workers, cpus, gpus = workers_asked(arguments[1:])
    except ValueError:
        return _misunderstood()
    folder = Path(arguments[0])
    if not folder.is_dir():
        sys.stderr.write(f"no such folder: {folder}\n")
        return 2
    if workers > 1:
        from .distributed import run_workers

        return run_workers(folder.resolve(), workers, cpus, gpus)
    from .run import run

    return run(folder.resolve())


def workers_asked(arguments: list[str]) -> tuple[int, float, float]:
    """How many workers train, with how many CPUs and GPUs each; raises ValueError."""
    named = dict(zip(arguments[::2], arguments[1::2], strict=False))
    if len(named) * 2 != len(arguments) or not named.keys() <= {"--workers", "--cpus", "--gpus"}:
        raise ValueError("no such arguments")
    workers = int(named.get("--workers", "1"))
    cpus, gpus = float(named.get("--cpus", "1")), float(named.get("--gpus", "0"))
    if workers < 1 or not (cpus >= 0 and gpus >= 0):
        raise ValueError("no such numbers")
    return workers, cpus, gpus


def _misunderstood() -> int:
    sys.stderr.write(USAGE)
    return 2


def _quiet() -> None:
    """No library asks the network or tells it anything, unless the environment allows it."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
