"""A file whose check lasts for as long as a test wants it to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.interface.create.create_app import write_examples

from fttui.training_data import check


@dataclass(frozen=True)
class HeldCheck:
    """The check of the file at `path` goes on once `goes_on` is set, or ends when it is given up.

    It is held after it has told for the first time how far it is.
    """

    path: Path
    goes_on: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def held_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldCheck]:
    """A good file, and the hold on its checks."""
    held = HeldCheck(write_examples(tmp_path / "held.jsonl"))
    check_file = check.check_file

    def run(
        file: Any, *, progress: Callable[..., None], cancelled: Callable[[], bool], **how: Any
    ) -> Any:
        is_told = threading.Event()

        def tell(*how_far: Any) -> None:
            progress(*how_far)
            is_told.set()

        def is_given_up() -> bool:
            if file.path == held.path and is_told.is_set():
                while not held.goes_on.wait(0.005) and not cancelled():
                    pass
            return cancelled()

        return check_file(file, progress=tell, cancelled=is_given_up, **how)

    monkeypatch.setattr(check, "check_file", run)
    yield held
    held.goes_on.set()
