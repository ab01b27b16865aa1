"""From a report to a repaired copy: what is shown, asked and done on the way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.screens.check_report import CheckReport
from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.save_copy import SaveCopy
from fttui.interface.widgets.file_check import counted, verdict
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.interface.interface_utils import OpenAiInterfaceUtils
    from fttui.interface.messages import RepairEnded
    from fttui.training_data.repair import RepairReport
    from fttui.training_data.report import Report


class Reporting:
    """Shows the report of a field's file and carries out what is asked for in it."""

    def __init__(self, utils: OpenAiInterfaceUtils) -> None:
        self._utils = utils
        self._keys_then = 0

    def show(self, field: str, path: Path, report: Report, cost: Sequence[tuple[str, str]]) -> None:
        """Open the report; `cost` is label and value of each line of an estimate."""

        def answered(wish: str | None) -> None:
            if wish == "repair":
                self._ask_name(field, path, report)

        self._utils.app.push_screen(CheckReport(path, report, cost), answered)

    def _ask_name(self, field: str, path: Path, report: Report) -> None:
        def answered(copy: Path | None) -> None:
            if copy is not None:
                self._utils.notice(f"Writing the copy {safe_path(copy.name)} …")
                self._keys_then = self._utils.app.keys.taken
                self._utils.repair_training_file(field, path, copy, report.method, report.model)

        self._utils.app.push_screen(SaveCopy(path), answered)

    def repaired(self, message: RepairEnded) -> None:
        """Tell what was corrected, and offer the copy as the field's file."""
        told = message.report
        if told is None:
            self._utils.notice(message.problem, title="No copy", severity="error")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._utils.choose_file(message.field, told.destination)

        app = self._utils.app
        if app.is_at_rest and app.keys.taken == self._keys_then:
            app.push_screen(_question(message.field, told), answered)
        else:
            where = safe_path(told.destination)
            self._utils.notice(f"The repaired copy is written: {where}. Choose it to use it.")


def _question(field: str, told: RepairReport) -> Confirm:
    done = [correction.sentence for correction in told.corrections]
    return Confirm(
        "The repaired copy is written",
        [
            ("Copy", safe_path(told.destination)),
            ("Corrected", "\n".join(done) or "nothing needed it"),
            ("Examples", counted(told.examples_written, "example")),
            ("Check of the copy", verdict(told.check)),
        ],
        f"Use the copy as the {field} file?",
        "Use the copy",
        "Keep the original",
    )
