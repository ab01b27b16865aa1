"""What the trainer is asked for on its command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

USAGE = "usage: trainer RUN_FOLDER | --probe | --answer | --make-demo-model FOLDER [--file FILE]\n"


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
    if len(arguments) == 1 and not arguments[0].startswith("-"):
        folder = Path(arguments[0])
        if not folder.is_dir():
            sys.stderr.write(f"no such folder: {folder}\n")
            return 2
        from .run import run

        return run(folder.resolve())
    return _misunderstood()


def _misunderstood() -> int:
    sys.stderr.write(USAGE)
    return 2


def _quiet() -> None:
    """No library asks the network or tells it anything, unless the environment allows it."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
