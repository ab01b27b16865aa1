"""Starting worker processes, if wanted while the modules of the check are still being imported.

So little is imported here. Workers are plain child processes on pipes: no fork of a process with
threads, no resource tracker, nothing inherited but the two pipes, and an environment without
secrets.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from fttui.terminal.catalogues import VARIABLE
from fttui.terminal.children import clean_environment
from fttui.terminal.language import spoken
from fttui.training_data.models import encoding_of
from fttui.training_data.profile import IN_PROCESS, IN_PROCESS_WITH_TOKENS, MUCH_TEXT

_MOST_WORKERS = 4
_START = """
import sys, json
sys.modules["typing_extensions"] = None  # msgspec would take it, and does without
sys.path[:] = json.loads(sys.argv[1])
if sys.argv[2]:
    from fttui.training_data.tokenizers import load_ahead
    load_ahead(sys.argv[2], much="much" in sys.argv, warm="warm" in sys.argv)
from fttui.training_data.worker_process import main
main()
"""
_KEPT_MEMORY = str(2 << 20)
_HEAD = 1 << 20

_ahead: "list[tuple[Crew, list[subprocess.Popen[bytes]]]]" = []


def usual_count() -> int:
    """One worker for each core that this process may use, at most four: each takes 90 MB."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, _MOST_WORKERS)


class Crew:
    """Starts workers that hash alike, so that their results can be compared.

    With an encoding, each begins to load its vocabulary before it knows what to judge.
    """

    def __init__(self, encoding: str = "", *, much: bool = False, warm: bool = False) -> None:
        self._options = [encoding, "much" if much else "", "warm" if warm else ""]
        self._environment = {
            **clean_environment(),
            "PYTHONHASHSEED": str(int.from_bytes(os.urandom(4))),
            VARIABLE: spoken(),
            "RAYON_NUM_THREADS": "1",
            # Large pages, where there are any, make the tables of a vocabulary quick to reach.
            "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
            # It gives the memory of each block back to the system, only to ask for it again.
            "MALLOC_MMAP_THRESHOLD_": _KEPT_MEMORY,
            "MALLOC_TRIM_THRESHOLD_": _KEPT_MEMORY,
            "MALLOC_ARENA_MAX": "1",
        }

    def start(self) -> "subprocess.Popen[bytes]":
        """Start one worker; raises OSError if the system has no room for it."""
        path = json.dumps([entry for entry in sys.path if entry])
        command = [sys.executable, "-s", "-S", "-P", "-c", _START, path, *self._options]
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=self._environment,
            start_new_session=True,
        )


def _start_ahead(encoding: str = "", *, much: bool = False, warm: bool = False) -> None:
    """Start the usual number of workers for the next pool, unless there are some for it already.

    Unused ones end with this process.
    """
    if _ahead:
        return
    crew = Crew(encoding, much=much, warm=warm)
    try:
        _ahead.append((crew, [crew.start() for _ in range(usual_count())]))
    except OSError:
        return


def take_crew() -> "tuple[Crew, list[subprocess.Popen[bytes]]]":
    """The crew that was started ahead with its workers, or a new one without any."""
    return _ahead.pop() if _ahead else (Crew(), [])


def prepare(path: str, *, model: str | None, count_tokens: bool) -> None:
    """Start workers for a large file, or load the vocabulary for a small one.

    Only for a program that checks this file next, and no validation file with it; a second time
    it does nothing. Whatever is wrong with the file is left to the check.
    """
    encoding = encoding_of(model)[0] if count_tokens else ""
    try:
        file = Path(path)
        size = file.stat().st_size if file.is_file() else 0
        head = b""
        if size and encoding:
            with file.open("rb") as opened:
                head = opened.read(_HEAD)
    except (OSError, ValueError):
        return
    warm = not head.isascii() or b"\\u" in head
    if size >= (IN_PROCESS_WITH_TOKENS if encoding else IN_PROCESS):
        _start_ahead(encoding, much=size >= MUCH_TEXT, warm=warm)
    elif size and encoding:
        from fttui.training_data.tokenizers import load_ahead

        load_ahead(encoding, much=False, warm=warm)
