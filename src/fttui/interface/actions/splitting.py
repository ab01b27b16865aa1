"""A file split into one to train on and one to validate with, and both put into the form."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.screens.confirm import Confirm
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from array import array

    from fttui.interface.actions.checks import FileChecks
    from fttui.interface.host import Host
    from fttui.interface.screens.split_file import SplitFile, SplitWish
    from fttui.training_data.split import SplitReport


class SplitActions:
    """Asks for share and seed, writes the two files in a thread, and offers both to the form."""

    def __init__(self, host: Host, checks: FileChecks) -> None:
        self._host = host
        self._checks = checks
        self._given_up = threading.Event()
        self._ranks: tuple[int, array[int]] | None = None

    def begin(self) -> None:
        """Ask how the file in front is to be split."""
        from fttui.interface.screens.split_file import SplitFile
        from fttui.training_data.split import free_split_names

        shown = self._host.file_in_front()
        if shown is None or shown.why_not:
            self._host.notice(shown.why_not if shown else _("No file is shown here to split."))
            return
        path, targets = shown.path, free_split_names(shown.path)
        self._ranks = None

        def want(dialog: SplitFile, wish: SplitWish) -> None:
            self._host.start_worker(
                lambda: self._count(dialog, path, wish), group="split-counts", exclusive=True
            )

        def answered(wish: SplitWish | None) -> None:
            self._given_up.set()  # of a count that is under way
            if wish is not None:
                self._host.start_worker(
                    lambda: self._write(path, targets, wish),
                    group="split",
                    waits_for=_("the two files"),
                )

        self._host.push_screen(SplitFile(path, targets, want), answered)

    def stop(self) -> None:
        """Give the split up that is being written; nothing of it is left."""
        self._given_up.set()

    async def _count(self, dialog: SplitFile, path: Path, wish: SplitWish) -> None:
        """Tell the dialog what comes of a wish; the file is read once for each seed."""
        given_up = self._given_up = threading.Event()
        try:
            ranks, counts, problem = await asyncio.to_thread(
                _counts, path, wish, self._ranks, given_up
            )
        finally:
            given_up.set()
        self._ranks = ranks or self._ranks
        if dialog.is_open:
            dialog.counts_came(wish, counts, problem)

    async def _write(self, path: Path, targets: tuple[Path, Path], wish: SplitWish) -> None:
        given_up = self._given_up = threading.Event()
        keys_then = self._host.keys_taken
        try:
            report, problem = await asyncio.to_thread(_split, path, targets, wish, given_up)
        finally:
            given_up.set()
        if report is None:
            self._host.notice(problem, title=_("Not split"), severity="error")
        elif self._host.keys_taken == keys_then:
            self._host.push_screen(_question(report), lambda yes: self._use(report, yes=yes))
        else:
            self._host.notice(_what(report))

    def _use(self, report: SplitReport, *, yes: bool | None) -> None:
        if yes:
            self._host.show_tab("create")
            self._checks.choose("training", report.training)
            self._checks.choose("validation", report.validation)


def _what(report: SplitReport) -> str:
    return _(
        "The two files are written: {training} and {validation}.",
        training=safe_path(report.training.name),
        validation=safe_path(report.validation.name),
    )


def _part(path: Path, examples: int) -> str:
    return f"{safe_path(path.name)}, {counted(examples, 'example')}"


def _question(report: SplitReport) -> Confirm:
    return Confirm(
        _("The two files are written"),
        [
            (_("To train on"), _part(report.training, report.training_examples)),
            (_("To validate with"), _part(report.validation, report.validation_examples)),
            (_("Folder"), safe_path(report.training.parent)),
            (_("Seed"), str(report.seed)),
        ],
        _("Use them as the training and the validation file?"),
        _("Use both"),
        _("Keep the form as it is"),
    )


def _counts(
    path: Path,
    wish: SplitWish,
    known: tuple[int, array[int]] | None,
    given_up: threading.Event,
) -> tuple[tuple[int, array[int]] | None, tuple[int, int] | None, str]:
    """The ranks by this seed, how many examples go where, and why not."""
    from fttui.training_data.check import CheckCancelled
    from fttui.training_data.files import FileRefused
    from fttui.training_data.split import RepairRefused, ranks_of, split_counts

    try:
        if known is None or known[0] != wish.seed:
            known = wish.seed, ranks_of(path, wish.seed, given_up.is_set)
        return known, split_counts(known[1], wish.share), ""
    except (FileRefused, RepairRefused) as refused:
        return known, None, str(refused)
    except (CheckCancelled, OSError):
        return None, None, _("The file could not be read.")


def _split(
    path: Path, targets: tuple[Path, Path], wish: SplitWish, given_up: threading.Event
) -> tuple[SplitReport | None, str]:
    from fttui.disk.writing import NotWritten
    from fttui.training_data.check import CheckCancelled
    from fttui.training_data.files import FileRefused
    from fttui.training_data.split import RepairRefused, split

    try:
        return (
            split(path, *targets, share=wish.share, seed=wish.seed, cancelled=given_up.is_set),
            "",
        )
    except CheckCancelled:
        return None, _("The split was given up; nothing of it is left.")
    except (FileRefused, RepairRefused, NotWritten) as refused:
        return None, str(refused)
    except OSError as error:
        return None, _("The files could not be written ({name}).", name=type(error).__name__)
