"""Finding the results of a run of trials that has ended before its last call."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.disk.writing import NotWritten
from fttui.services.playground.trial_files import MOST_TRIALS, read_trials
from fttui.services.playground.trial_results import read_earlier
from fttui.services.playground.trials import asked_at
from fttui.services.playground.types import RESULTS, ChatOptions

if TYPE_CHECKING:
    from fttui.services.session import Session

_MOST_LOOKED_AT = 5
_LARGEST_LOOKED_AT = 64 << 20
"""Bytes: a file that takes long to read is gone on with where it is named, and not offered."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A file of results with `kept` answers of a run that was to try so many `examples`."""

    path: Path
    examples: int
    kept: int


def unfinished_beside(
    file: Path, session: Session, models: Sequence[str], options: ChatOptions
) -> Unfinished | None:
    """The newest unfinished run of these models and settings, of those that lie beside `file`.

    It reads the disk: call it in a thread. Raises FileRefused as `read_trials`.
    """
    found = _candidates(file)
    trials = read_trials(file, MOST_TRIALS).trials if found else ()
    calls = [(trial, model) for trial in trials for model in dict.fromkeys(models)]
    for path in found if calls else ():
        try:
            earlier, kept = read_earlier(path, calls, asked_at(session, options, len(trials)))
        except NotWritten:
            continue
        tried = {trial.example for trial in trials[: earlier.examples]}
        done = sum(result.trial.example in tried for result in kept)
        if (kept or earlier.failed) and done < len(tried) * len(set(models)):
            return Unfinished(path, len(tried), len(kept))
    return None


def _candidates(file: Path) -> list[Path]:
    """Files with the names that are offered for results of `file`, the newest first."""
    times: dict[Path, float] = {}
    with suppress(OSError):
        for path in file.absolute().parent.iterdir():
            if path.name.startswith(file.stem + RESULTS) and path.suffix == ".jsonl":
                with suppress(OSError):
                    found = path.lstat()
                    if found.st_size <= _LARGEST_LOOKED_AT:
                        times[path] = found.st_mtime
    return sorted(times, key=lambda path: -times[path])[:_MOST_LOOKED_AT]
