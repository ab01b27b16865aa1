"""The list of files alone in an app, fed with prepared answers: a screen is always equal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

from textual.app import ComposeResult

import fttui.interface
from fttui.interface.files.pane import FilesPane
from fttui.interface.guard.app import SafeApp
from fttui.interface.kit.keys import KeyLine
from fttui.interface.messages import FttuiMessage
from fttui.interface.tab_messages.files import FilesLoading, FilesPage
from fttui.services.endpoint.models import Job, TrainingFile
from fttui.services.retirement_clock import RetirementClock
from fttui.services.stored_files.uses import FileUses

STYLES = Path(fttui.interface.__file__).parent / "styles"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def make_file(number: int, name: str, **told: Any) -> TrainingFile:
    """A file as an endpoint sends it, `number` hours old."""
    value = {
        "id": f"file-{number:022}",
        "filename": name,
        "bytes": 12_345 * (number + 1),
        "purpose": "fine-tune",
        "status": "processed",
        "created_at": NOW.timestamp() - number * 3600,
        **told,
    }
    file = TrainingFile.read(value)
    assert file is not None
    return file


def make_job(number: int, suffix: str, status: str, training: TrainingFile, **told: Any) -> Job:
    value = {
        "id": f"ftjob-{number:024}",
        "status": status,
        "user_provided_suffix": suffix,
        "training_file": training.id,
        **told,
    }
    job = Job.read(value)
    assert job is not None
    return job


class FilesHost(SafeApp[None]):
    """Only the pane; what it asks for is noted in `asked`."""

    CSS_PATH: ClassVar[Any] = [
        STYLES / name for name in ("controls.tcss", "jobs.tcss", "dialogs.tcss", "files.tcss")
    ]
    HORIZONTAL_BREAKPOINTS: ClassVar[Any] = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS: ClassVar[Any] = [(0, "-short"), (30, "-tall")]

    def __init__(self, files: Iterable[TrainingFile], jobs: Iterable[Job]) -> None:
        super().__init__()
        self.asked: list[str] = []
        feed = SimpleNamespace(
            uses=FileUses(jobs, is_whole=True),
            clock=lambda: NOW,
            selection=tuple,
            load=lambda: None,
            watch=lambda: None,
            source_text=lambda file: "",
            note_jobs=lambda jobs: False,
            ask_of=lambda file, ask: ask(),
        )
        endpoint = SimpleNamespace(host="api.example.com")
        session = SimpleNamespace(endpoint=endpoint, refusal="", retirement=RetirementClock())
        self.utils = SimpleNamespace(
            files=feed,
            host=SimpleNamespace(session=session, clear_notifications=lambda: None),
            stop_file_work=lambda: self.asked.append("stop"),
            delete_files=lambda: self.asked.append("delete"),
        )
        self.pane = FilesPane()
        self._first = tuple(files)

    def compose(self) -> ComposeResult:
        yield self.pane
        yield KeyLine()

    def on_mount(self) -> None:
        self.tell(FilesLoading())
        self.tell(FilesPage(self._first))
        self.tell(FilesPage((), last=True))
        self.pane.table.focus()

    def tell(self, message: FttuiMessage) -> None:
        self.pane.post_message(message)
