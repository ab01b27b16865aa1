"""The report of a training file, and the repaired or converted copy that it leads to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.messages import RepairEnded, RepairProgressed
from fttui.interface.screens.check_report import CheckReport, cannot_convert
from fttui.interface.screens.confirm import Confirm
from fttui.services.submission_words import describe_estimate, estimate_for
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe_path
from fttui.training_data.wording import verdict

if TYPE_CHECKING:
    from fttui.interface.actions.checks import FileChecks
    from fttui.interface.host import Host
    from fttui.interface.screens.planning import Planning
    from fttui.services.job_form import JobRequest
    from fttui.training_data.check import Progress
    from fttui.training_data.foreign.columns import ColumnMap
    from fttui.training_data.repair import RepairReport
    from fttui.training_data.repair_plan import RepairPlan
    from fttui.training_data.report import Report

_BETWEEN_TELLINGS = 0.1


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """Which file of which field is copied where, for which job, and what its columns are."""

    field: str
    source: Path
    copy: Path
    method: str | None = None
    model: str | None = None
    mapping: ColumnMap | None = None
    base_url: str | None = None
    """The address of the endpoint that the copy is for."""


class RepairActions:
    """Shows the report of a field's file, and writes one copy of it at a time, in a thread."""

    def __init__(self, host: Host, checks: FileChecks) -> None:
        self._host = host
        self._checks = checks
        self._keys_then = 0
        self._given_up: threading.Event | None = None
        self._requests = 0

    @property
    def is_running(self) -> bool:
        """True while a copy is being written."""
        return self._given_up is not None

    def start(self, order: CopyOrder) -> None:
        """Write a copy of the field's file; does nothing while another is written."""
        if self._given_up is not None:
            return
        given_up = self._given_up = threading.Event()

        def run() -> None:
            ended = _repair(order, self._host.post, given_up)
            self._given_up = None
            self._host.post(RepairProgressed(order.field, order.source))
            self._host.post(ended)

        threading.Thread(target=run, name="repair", daemon=True).start()

    def stop(self) -> None:
        """Give the copy up; nothing of it is left."""
        if self._given_up is not None:
            self._given_up.set()

    def show_report(
        self,
        field: str,
        path: Path,
        report: Report,
        request: JobRequest | None,
        *,
        comes_back: bool = False,
    ) -> None:
        """Open the report of a field's file, with what a job for `request` would cost.

        With `comes_back` it is there again when the copy that it led to was not wanted.
        """

        def left() -> None:
            if comes_back:
                self.show_report(field, path, shown.report, request, comes_back=True)

        def asked(plan: RepairPlan | None) -> None:
            if plan is None:
                left()
            else:
                planned(plan)

        def want(dialog: Planning, mapping: ColumnMap | None) -> None:
            self._plan(dialog, path, shown.report, mapping)

        def planned(plan: RepairPlan | None) -> None:
            report = shown.report
            if plan is None:
                return
            if plan.needs_columns and plan.recognition is not None:
                from fttui.interface.screens.choose_columns import ChooseColumns

                dialog = ChooseColumns(report.file, plan.recognition, plan.row, want)
                self._host.push_screen(dialog, asked)
            else:
                self._ask_name(field, path, report, plan, left)

        def cost(report: Report) -> Sequence[tuple[str, str]]:
            if request is None:
                return ()
            return describe_estimate(estimate_for(request, report, self._host.session))

        shown = CheckReport(path, report, cost, want)
        self._host.push_screen(shown, planned)

    def _plan(
        self, dialog: Planning, path: Path, report: Report, mapping: ColumnMap | None
    ) -> None:
        """Find out in a thread what a copy of the file will be, and tell the dialog."""
        self._requests += 1
        request = self._requests

        def run() -> None:
            plan, problem = _plan(path, report, mapping)
            self._host.call_later(self._planned, request, dialog, plan, problem)

        threading.Thread(target=run, name="plan-copy", daemon=True).start()

    def _planned(
        self, request: int, dialog: Planning, plan: RepairPlan | None, problem: str
    ) -> None:
        """Give the plan to the dialog that waits for it, or say why there is none."""
        if request != self._requests or not dialog.keys_wait:
            return
        found = plan.recognition if plan is not None and plan.needs_columns else None
        if found is not None and not found.asks_columns:
            plan, problem = None, cannot_convert(found)
        if plan is None:
            self._host.notice(problem, title=_("No copy"), severity="error")
        dialog.plan_came(plan)

    def _ask_name(
        self, field: str, path: Path, report: Report, plan: RepairPlan, left: Callable[[], None]
    ) -> None:
        from fttui.interface.screens.save_copy import SaveCopy

        def answered(copy: Path | None) -> None:
            if copy is None:
                left()
            else:
                self._host.notice(_("Writing the copy {name} …", name=safe_path(copy.name)))
                self._keys_then = self._host.keys_taken
                self.start(
                    CopyOrder(
                        field,
                        path,
                        copy,
                        report.method,
                        report.model,
                        plan.mapping,
                        self._host.session.endpoint.base_url,
                    )
                )

        self._host.push_screen(SaveCopy(path, plan, report), answered)

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
            (_("Result"), repaired.sentence),
            (_("Corrected"), "\n".join(done) or _("nothing needed it")),
            (_("Examples"), counted(repaired.examples_written, "example")),
            (_("Check of the copy"), verdict(repaired.check)),
        ],
        _("Use the copy as the training file?")
        if field == "training"
        else _("Use the copy as the validation file?"),
        _("Use the copy"),
        _("Keep the original"),
    )


def _plan(path: Path, report: Report, mapping: ColumnMap | None) -> tuple[RepairPlan | None, str]:
    """What a copy will be, or a sentence why there is none."""
    from fttui.training_data.files import FileRefused, open_checked
    from fttui.training_data.repair import RepairRefused
    from fttui.training_data.repair_plan import plan_of

    try:
        with open_checked(path) as file:
            plan = plan_of(file, method=report.method, model=report.model, mapping=mapping)
    except (FileRefused, RepairRefused) as error:
        return None, str(error)
    except Exception as error:  # noqa: BLE001 - a failed look must reach the report as a sentence
        return None, _("The copy failed ({name}).", name=type(error).__name__)
    return plan, ""


def _teller(
    order: CopyOrder, post: Callable[[RepairProgressed], None]
) -> Callable[[Progress], None]:
    """What posts the progress of a copy, not more often than it can be read."""
    told = float("-inf")

    def tell(progress: Progress) -> None:
        nonlocal told
        if time.monotonic() - told >= _BETWEEN_TELLINGS:
            told = time.monotonic()
            post(RepairProgressed(order.field, order.source, progress))

    return tell


def _repair(
    order: CopyOrder, post: Callable[[RepairProgressed], None], given_up: threading.Event
) -> RepairEnded:
    from fttui.disk.writing import NotWritten
    from fttui.training_data.check import CheckCancelled
    from fttui.training_data.endpoints import limits_of
    from fttui.training_data.files import FileRefused
    from fttui.training_data.repair import RepairRefused, repair

    field = order.field
    try:
        report = repair(
            order.source,
            order.copy,
            method=order.method,
            model=order.model,
            mapping=order.mapping,
            limits=limits_of(order.base_url),
            progress=_teller(order, post),
            cancelled=given_up.is_set,
        )
    except CheckCancelled:
        return RepairEnded(field, problem=_("The copy was given up; nothing of it is left."))
    except (FileRefused, RepairRefused, NotWritten) as error:
        return RepairEnded(field, problem=str(error))
    except Exception as error:  # noqa: BLE001 - a failed copy must reach the form as a sentence
        return RepairEnded(field, problem=_("The copy failed ({name}).", name=type(error).__name__))
    return RepairEnded(field, report=report)
