"""Writing a repaired copy of a training file in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from fttui.interface.messages import FttuiMessage, RepairEnded


class Repairs:
    """Writes one copy at a time, in a daemon thread."""

    def __init__(self, tell: Callable[[FttuiMessage], None]) -> None:
        self._tell = tell
        self._given_up: threading.Event | None = None

    @property
    def is_running(self) -> bool:
        """True while a copy is being written."""
        return self._given_up is not None

    def start(
        self, field: str, source: Path, copy: Path, method: str | None, model: str | None
    ) -> None:
        """Write a repaired copy of the field's file; does nothing while another is written."""
        if self._given_up is not None:
            return
        given_up = self._given_up = threading.Event()

        def run() -> None:
            ended = _repair(field, source, copy, method, model, given_up)
            self._given_up = None
            self._tell(ended)

        threading.Thread(target=run, name="repair", daemon=True).start()

    def stop(self) -> None:
        """Give the copy up; nothing of it is left."""
        if self._given_up is not None:
            self._given_up.set()


def _repair(
    field: str,
    source: Path,
    copy: Path,
    method: str | None,
    model: str | None,
    given_up: threading.Event,
) -> RepairEnded:
    from fttui.disk.writing import NotWritten
    from fttui.training_data.check import CheckCancelled
    from fttui.training_data.files import FileRefused
    from fttui.training_data.repair import RepairRefused, repair

    try:
        report = repair(source, copy, method=method, model=model, cancelled=given_up.is_set)
    except CheckCancelled:
        return RepairEnded(field, problem="The copy was given up; nothing of it is left.")
    except (FileRefused, RepairRefused, NotWritten) as error:
        return RepairEnded(field, problem=str(error))
    except Exception as error:  # noqa: BLE001 - a failed copy must reach the form as a sentence
        return RepairEnded(field, problem=f"The copy failed ({type(error).__name__}).")
    return RepairEnded(field, report=report)
