"""`fttui archive verify`: whether an archive is still as it was written."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from typing import Any, Self

from fttui.cli.output import Output
from fttui.cli.parser import folder
from fttui.cli.problems import UsageError
from fttui.cli.progress import waiting_for
from fttui.terminal.format import count_text, counted, cut, share_of
from fttui.terminal.language import _, labelled
from fttui.terminal.text import safe_path
from fttui.terminal.window import terminal_size


def add_verify(actions: Any) -> None:
    """Add the action to those of `fttui archive`."""
    parser = actions.add_parser(
        "verify",
        help=_("find every changed, missing or added byte of an archive"),
        description=_(
            "Compares each file of an archive with what its index says of it. Ends with 0 if all is"
            " as it was written, with 1 and a line for each difference if not, and with 2 if DIR is"
            " no archive. Nothing is changed, and no endpoint is asked."
        ),
    )
    parser.add_argument("dir", metavar="DIR", type=folder, help=_("the archive's folder"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what is wrong with the archive."""
    from fttui.storage.archive.verify import NotAnArchive, verify

    output = Output.of(args)
    try:
        with _Progress() as progress:
            found = verify(args.dir, progress.show)
    except NotAnArchive as refused:
        raise UsageError(str(refused), _("Name the folder that `fttui archive` wrote.")) from None
    shown = safe_path(args.dir)
    if output.json:
        findings = [finding.to_json() for finding in found]
        sound = {"folder": shown, "sound": not found, "checked": progress.done}
        output.document({**sound, "findings": findings})
        return 1 if found else 0
    output.lines(output.facts([(one.kind, labelled(one.path, one.sentence)) for one in found]))
    checked = counted(progress.done, "file")
    if found and all(one.kind == "unfinished" for one in found):
        output.message(
            _("{folder} is not finished: {checked} checked.", folder=shown, checked=checked)
        )
        return 1
    if found:
        output.message(
            _(
                "{folder} is not as it was written: {differences}, {checked} checked.",
                folder=shown,
                differences=counted(len(found), "difference"),
                checked=checked,
            )
        )
        return 1
    output.line(_("{folder} is sound: {checked} checked.", folder=shown, checked=checked))
    return 0


class _Progress:
    """How far it is: a line that changes on a terminal, else a word when it lasts."""

    def __init__(self) -> None:
        self.done = 0
        self._live = sys.stderr.isatty()
        self._shown = ""
        self._waiting = ExitStack()

    def __enter__(self) -> Self:
        self._waiting.enter_context(waiting_for(_("Reading and checking the archive ...")))
        return self

    def __exit__(self, *_unused: object) -> None:
        self._waiting.close()
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def show(self, done: int, total: int) -> None:
        """Note how many files are done, and show each further percent."""
        self.done = done
        if not self._live:
            return
        text = _(
            "Checking: {share} % of {total} files",
            share=share_of(done, total),
            total=count_text(total),
        )
        if text != self._shown:
            self._shown = text
            room = terminal_size(sys.stderr).columns - 1
            print(f"\r\x1b[K{cut(text, room)}", end="", file=sys.stderr, flush=True)
