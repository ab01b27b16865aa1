"""Starts the trainer on a machine of Ray's, with the few variables that it needs.

It travels there beside the trainer's folder and `environment.py`, and imports nothing else of
fttui (Python 3.10 or newer):

    PYTHON launch.py RUN_FOLDER SUBMISSION THREADS [WHAT THE TRAINER IS TOLD BESIDE THE FOLDER]

A run that the server has given up meanwhile, or has handed to Ray anew, is not begun: two trainers
in one folder would end each other's work.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path

NOT_SEEN = 3
"""The exit status where the run's folder is not seen from here."""


def main(arguments: list[str]) -> None:
    """Becomes the trainer, unless the run is not to begin."""
    folder, submission, threads, *told = arguments
    try:
        kept = json.loads((Path(folder) / "ray.json").read_bytes())
    except (OSError, ValueError) as error:
        sys.stderr.write(
            f"The run's folder is not seen from this machine ({error}). Ray's machines and the "
            "server need one disk: name a folder on it with --data.\n"
        )
        sys.exit(NOT_SEEN)
    if kept.get("submission") != submission or kept.get("given_up"):
        sys.exit("The run was given up before it began.")
    here = Path(__file__).resolve().parent
    sys.path.insert(0, str(here))
    environ = import_module("environment").child_environment(os.environ, threads=int(threads))
    if told:
        # One that has Ray start workers needs to find Ray, and to be let in.
        environ |= {name: value for name, value in os.environ.items() if name.startswith("RAY_")}
    os.execve(  # noqa: S606 - the interpreter that this runs in
        sys.executable, [sys.executable, str(here / "trainer"), folder, *told], environ
    )


if __name__ == "__main__":
    main(sys.argv[1:])
