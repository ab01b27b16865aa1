"""The files that a job is created from: a path that is checked, or an id that is taken as it is."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output
from fttui.cli.problems import CommandError, UsageError
from fttui.services.file_names import certain_id, may_be_id
from fttui.terminal.format import counted
from fttui.terminal.language import _, labelled

if TYPE_CHECKING:
    from fttui.services.counted_files import CountedFile
    from fttui.services.session import Session
    from fttui.training_data.check import Report
    from fttui.training_data.files import CheckedFile
    from fttui.training_data.profile import Limits

_PROBLEMS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """A file for a job: open and checked with its report, or the id of one on the endpoint."""

    file: CheckedFile | str
    report: Report | None = None

    def counted(self, session: Session) -> CountedFile | None:
        """What was counted of one that is on the endpoint; None where nothing is known of it."""
        if not isinstance(self.file, str):
            return None
        from fttui.services.counted_files import counted_file

        return counted_file(session, self.file)


@contextmanager
def chosen_files(
    training: str,
    validation: str | None = None,
    *,
    method: str | None,
    model: str | None,
    limits: Limits,
    item_fields: Collection[str] = (),
    ask: Callable[[str], None] | None = None,
) -> Iterator[tuple[ChosenFile, ChosenFile | None]]:
    """Open and check the files that these words name; they stay open until the end.

    A path that exists goes before an id of the same form. A word that may be either is an id when
    `ask` raises nothing. Two files are checked against each other, by what the method, the model
    and the endpoint take; `item_fields` are those that a grader uses. Raises UsageError when a path
    cannot be a training file.
    """
    from fttui.training_data.files import FileRefused

    with ExitStack() as stack:
        try:
            first = _open(training, stack, ask)
            second = _open(validation, stack, ask) if validation else None
            check = partial(
                _checked, method=method, model=model, limits=limits, item_fields=item_fields
            )
            reports = _check(first, second, check)
        except FileRefused as problem:
            raise UsageError(str(problem)) from None
        yield (
            ChosenFile(first, reports[0]),
            ChosenFile(second, reports[1]) if second is not None else None,
        )


def _open(named: str, stack: ExitStack, ask: Callable[[str], None] | None) -> CheckedFile | str:
    from fttui.training_data.files import open_checked

    if file_id := certain_id(named):
        return file_id
    if ask is not None and may_be_id(named):
        ask(named)
        return named
    return stack.enter_context(open_checked(named))


def _check(
    first: CheckedFile | str, second: CheckedFile | str | None, check: Callable[..., Report]
) -> tuple[Report | None, Report | None]:
    if isinstance(first, str):
        if second is None or isinstance(second, str):
            return None, None
        return None, check(second, is_validation=True)
    report = check(first, validation=None if isinstance(second, str) else second)
    return report, report.validation


def _checked(file: CheckedFile, **options: Any) -> Report:
    from fttui.cli.progress import CheckProgress
    from fttui.services.counted_files import keep_counts
    from fttui.training_data.check import check_file

    with CheckProgress() as progress:
        report = check_file(file, progress=progress.show, **options)
    keep_counts(report)
    return report


def require_good(chosen: ChosenFile, output: Output, *, allow_errors: bool = False) -> None:
    """Tell what the check found; raises CommandError for a file with errors."""
    from fttui.training_data.wording import verdict, where

    report = chosen.report
    if report is None or isinstance(chosen.file, str):
        return
    if report.counts:
        output.message(f"{labelled(chosen.file.name, verdict(report))}.")
    if not report.error_count:
        return
    for problem in report.errors[:_PROBLEMS_SHOWN]:
        output.message(f"  {labelled(where(problem), problem.message)} ({problem.fix})")
    if report.error_count > _PROBLEMS_SHOWN:
        output.message(
            _(
                "  and {counted}",
                counted=counted(report.error_count - _PROBLEMS_SHOWN, "more error"),
            )
        )
    if not allow_errors:
        raise CommandError(
            _("{name} has errors, so nothing was sent.", name=chosen.file.name),
            _("`fttui check {quote}` lists them all.", quote=shlex.quote(chosen.file.shown)),
        )
