"""Keeping what trials came to: one JSON document a line, in a new file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fttui.disk.writing import new_lines
from fttui.services.playground.types import TrialResult
from fttui.terminal.text import safe_json


@contextmanager
def results_file(path: Path) -> Iterator[Callable[[TrialResult], None]]:
    """A function that adds a result to a new file; what was added is there whatever follows.

    The file is readable by its owner only. Raises NotWritten if the name is taken, or a result
    cannot be written.
    """
    with new_lines(path) as add:
        yield lambda result: add(safe_json(result.to_json()).encode())


def save_results(path: Path, results: Iterable[TrialResult]) -> None:
    """Write results to a new file; raises NotWritten as `results_file`."""
    with results_file(path) as add:
        for result in results:
            add(result)
