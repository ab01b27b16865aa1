"""The files that a job is created from: a path that is checked, or an id that is taken as it is."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from fttui.cli.output import Output
from fttui.cli.problems import CommandError, UsageError

if TYPE_CHECKING:
    from fttui.training_data.check import Report
    from fttui.training_data.files import CheckedFile

_FILE_ID = re.compile(r"file[-_][A-Za-z0-9_-]{1,200}")
_PROBLEMS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """A file for a job: open and checked with its report, or the id of one on the endpoint."""

    file: CheckedFile | str
    report: Report | None = None

    def close(self) -> None:
        """Close what is open."""
        if not isinstance(self.file, str):
            self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def choose(named: str, *, method: str | None, model: str | None) -> ChosenFile:
    """The file that `named` means; a path that exists goes before an id of the same form.

    Raises UsageError when the path cannot be a training file.
    """
    from fttui.training_data.check import check_file
    from fttui.training_data.files import FileRefused, open_checked

    if _FILE_ID.fullmatch(named) and not os.path.lexists(named):
        return ChosenFile(named)
    try:
        file = open_checked(named)
    except FileRefused as problem:
        raise UsageError(str(problem)) from None
    try:
        return ChosenFile(file, check_file(file, method=method, model=model))
    except FileRefused as problem:
        file.close()
        raise UsageError(str(problem)) from None
    except BaseException:
        file.close()
        raise


def require_good(chosen: ChosenFile, output: Output, *, allow_errors: bool = False) -> None:
    """Tell what the check found; raises CommandError for a file with errors."""
    report = chosen.report
    if report is None or isinstance(chosen.file, str):
        return
    if report.warning_count:
        _tell_count(output, chosen.file.name, report.warning_count, "warning")
    if not report.error_count:
        return
    for problem in report.errors[:_PROBLEMS_SHOWN]:
        where = f"line {problem.line}: " if problem.line else ""
        output.message(f"  {where}{problem.message} ({problem.fix})")
    _tell_count(output, chosen.file.name, report.error_count, "error")
    if not allow_errors:
        raise CommandError(
            f"{chosen.file.name} has errors, so nothing was sent.",
            f"`fttui check {chosen.file.name}` lists them with their lines and what to write.",
        )


def _tell_count(output: Output, name: str, count: int, what: str) -> None:
    output.message(f"{name}: {count:,} {what}{'' if count == 1 else 's'}.")
