"""The report of a training file, and the repaired copy that it leads to."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.messages import RepairEnded
from fttui.interface.screens.check_report import CheckReport
from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.save_copy import SaveCopy
from fttui.services.submission_words import describe_estimate, estimate_for
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe_path
from fttui.training_data.wording import verdict

if TYPE_CHECKING:
    from fttui.interface.actions.checks import FileChecks
    from fttui.interface.host import Host
    from fttui.services.job_form import JobRequest
    from fttui.training_data.repair import RepairReport
    from fttui.training_data.report import Report


class RepairActions:
    """Shows the report of a field's file, and writes one repaired copy at a time, in a thread."""

    def __init__(self, host: Host, checks: FileChecks) -> None:
        self._host = host
        self._checks = checks
        self._keys_then = 0
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
            self._host.post(ended)

        threading.Thread(target=run, name="repair", daemon=True).start()

    def stop(self) -> None:
        """Give the copy up; nothing of it is left."""
        if self._given_up is not None:
            self._given_up.set()

    def show_report(
        self, field: str, path: Path, report: Report, request: JobRequest | None
    ) -> None:
        """Open the report of a field's file, with what a job for `request` would cost."""

        def answered(choice: str | None) -> None:
            if choice == "repair":
                self._ask_name(field, path, report)

        cost: Sequence[tuple[str, str]] = ()
        if request is not None:
            cost = describe_estimate(estimate_for(request, report, self._host.session))
        self._host.push_screen(CheckReport(path, report, cost), answered)

    def _ask_name(self, field: str, path: Path, report: Report) -> None:
        def answered(copy: Path | None) -> None:
            if copy is not None:
                self._host.notice(_("Writing the copy {name} …", name=safe_path(copy.name)))
                self._keys_then = self._host.keys_taken
                self.start(field, path, copy, report.method, report.model)

        self._host.push_screen(SaveCopy(path), answered)

    def repaired(self, message: RepairEnded) -> None:
        """Tell what was corrected, and offer the copy as the field's file."""
        repaired = message.report
        if repaired is None:
            self._host.notice(message.problem, title=_("No copy"), severity="error")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._checks.choose(message.field, repaired.destination)

        if self._host.in_front and self._host.keys_taken == self._keys_then:
            self._host.push_screen(_question(message.field, repaired), answered)
        else:
            where = safe_path(repaired.destination)
            self._host.notice(
                _("The repaired copy is written: {where}. Choose it to use it.", where=where)
            )


def _question(field: str, repaired: RepairReport) -> Confirm:
    done = [correction.sentence for correction in repaired.corrections]
    return Confirm(
        _("The repaired copy is written"),
        [
            (_("Copy"), safe_path(repaired.destination)),
            (_("Corrected"), "\n".join(done) or _("nothing needed it")),
            (_("Examples"), counted(repaired.examples_written, "example")),
            (_("Check of the copy"), verdict(repaired.check)),
        ],
        _("Use the copy as the {field} file?", field=field),
        _("Use the copy"),
        _("Keep the original"),
    )


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
        return RepairEnded(field, problem=_("The copy was given up; nothing of it is left."))
    except (FileRefused, RepairRefused, NotWritten) as error:
        return RepairEnded(field, problem=str(error))
    except Exception as error:  # noqa: BLE001 - a failed copy must reach the form as a sentence
        return RepairEnded(field, problem=_("The copy failed ({name}).", name=type(error).__name__))
    return RepairEnded(field, report=report)
