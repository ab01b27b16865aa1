"""The smallest app that a dialog can be shown in."""

from pathlib import Path
from typing import Any, ClassVar

from textual.screen import Screen

import fttui.interface
from fttui.interface.guard.app import SafeApp

STYLES = Path(fttui.interface.__file__).parent / "styles"
UNANSWERED = object()


class DialogHost(SafeApp[None]):
    """Shows one dialog and keeps its answer."""

    CSS_PATH: ClassVar[Any] = [
        STYLES / "controls.tcss",
        STYLES / "jobs.tcss",
        STYLES / "create.tcss",
        STYLES / "dialogs.tcss",
    ]
    HORIZONTAL_BREAKPOINTS: ClassVar[Any] = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS: ClassVar[Any] = [(0, "-short"), (30, "-tall")]

    def __init__(self, dialog: Screen[Any]) -> None:
        super().__init__()
        self.dialog = dialog
        self.answer: Any = UNANSWERED

    def on_mount(self) -> None:
        self.push_screen(self.dialog, self._answered)

    def _answered(self, answer: Any) -> None:
        self.answer = answer
