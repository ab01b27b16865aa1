"""`fttui archive`: saving an account while it is there, and proving that nothing was changed."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fttui.cli import archive_verify
from fttui.cli.job_word import job_word, jobs_of
from fttui.cli.output import Output
from fttui.cli.parser import folder, positive_number
from fttui.cli.problems import CommandError, UsageError
from fttui.cli.sessions import open_session
from fttui.terminal.language import _
from fttui.terminal.text import safe_path
from fttui.terminal.title import GIVE_BACK_TITLE
from fttui.terminal.window import terminal_size

if TYPE_CHECKING:
    from pathlib import Path

    from fttui.services.archive.plan import ArchiveOptions, ArchiveProgress, ArchiveResult
    from fttui.services.session import Session

_MEGABYTE = 1024 * 1024
_SECONDS_TO_END = 5.0


def add_parser(commands: Any) -> None:
    """Add the command and its action to the program's."""
    parser = commands.add_parser(
        "archive",
        description=_(
            "Save the account: every job with its events, metrics, checkpoints and results, the "
            "files that still exist, and the models with their dates, as plain JSON, CSV and a "
            "page that any browser opens. Run it again to go on, or to add what is new."
        ),
    )
    parser.add_argument("--to", metavar="DIR", type=folder, help=_("the archive's folder"))
    parser.add_argument(
        "--jobs", metavar="ID", nargs="+", type=job_word, default=(), help=_("only these jobs")
    )
    parser.add_argument(
        "--no-files", action="store_true", help=_("without training and validation files")
    )
    parser.add_argument(
        "--max-file", metavar="MB", type=positive_number, help=_("leave out larger files")
    )
    parser.add_argument(
        "--rate", metavar="N", type=positive_number, help=_("at most N requests a second")
    )
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(title=_("actions"), metavar="ACTION")
    archive_verify.add_verify(actions)


def run(args: argparse.Namespace) -> int:
    """Save what the endpoint has, and say what came of it."""
    from fttui.services.archive.begin import open_folder, usual_folder
    from fttui.storage.archive.folder import ArchiveRefused

    output = Output.of(args)
    with open_session(args) as session:
        if session.endpoint.archive:
            raise UsageError(
                _("This is an archive already: {what}.", what=session.endpoint.archive),
                _("Without --archive, and with a profile of an endpoint, there is one to save."),
            )
        args.jobs = jobs_of(session, args.jobs, output, or_whole=True)
        path = args.to or usual_folder(session.account)
        output.message(
            _("Saving {host} to {path}", host=session.endpoint.host, path=safe_path(path))
        )
        try:
            archive = open_folder(session, path)
        except ArchiveRefused as refused:
            raise UsageError(str(refused), refused.hint) from None
        except OSError as error:
            raise CommandError(
                _(
                    "No archive can be made in {path}: {why}.",
                    path=safe_path(path),
                    why=error.strerror or error,
                ),
                _("Name a folder that you may write to with --to."),
            ) from None
        try:
            result = _save(args, session, archive)
        except ArchiveRefused as refused:
            raise UsageError(str(refused), refused.hint) from None
        except OSError as error:
            raise CommandError(
                _("The archive cannot be written: {why}.", why=error.strerror or error),
                _("What is saved is whole. Mend that, then run it again to go on."),
            ) from None
        finally:
            archive.close()
        _tell(output, archive.path, result)
        return 0 if result.is_whole else 1


def _save(args: argparse.Namespace, session: Session, archive: Any) -> ArchiveResult:
    from fttui.services.archive.archiver import Archiver
    from fttui.services.archive.begin import notes_of
    from fttui.services.archive.gone import GoneModels

    progress = _ProgressLine()
    progress.begin(session.endpoint.host)
    archiver = Archiver(
        session.handle,
        archive,
        _options(args),
        notes=notes_of(session.journal, session.account),
        gone=GoneModels(session),
        on_progress=progress.show,
    )
    run = session.thread.start(archiver.run())
    try:
        return run.result()
    except KeyboardInterrupt:
        progress.end()
        archiver.stop()
        with suppress(Exception, CancelledError):  # what is being written is ended first
            run.result(_SECONDS_TO_END)
        print(
            _("Stopped. What is saved is whole; run it again to go on."),
            file=sys.stderr,
            flush=True,
        )
        raise
    finally:
        progress.end()


def _options(args: argparse.Namespace) -> ArchiveOptions:
    from fttui.services.archive.plan import ArchiveOptions

    most = None if args.max_file is None else int(args.max_file * _MEGABYTE)
    return ArchiveOptions(tuple(args.jobs), not args.no_files, most, args.rate)


def _tell(output: Output, path: Path, result: ArchiveResult) -> None:
    from fttui.services.archive.words import missing_lines, result_line

    for line in missing_lines(result):
        output.message(line)
    if result.error is not None:
        output.message(result.error.full_text)
    if output.json:
        output.document(result.to_json() | {"folder": str(path)})
        output.message(result_line(result))
        return
    output.lines([result_line(result), str(safe_path(path / "index.html"))])


class _ProgressLine:
    """How far it is, on one line that changes and in the window's title; a log gets a few lines."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._is_over = False
        self._shown = self._title = ""
        self._logged: tuple[str, int] = ("", 0)

    def begin(self, host: str) -> None:
        """Show on a terminal that something is under way, before there is anything to count."""
        from fttui.services.archive.plan import ArchiveProgress
        from fttui.services.archive.words import asking_line, title_of
        from fttui.terminal.text import safe

        if self._live:
            self._paint(safe(asking_line(host)), title_of(ArchiveProgress()))

    def show(self, progress: ArchiveProgress) -> None:
        """Show one step; what a run that was stopped still tells of is not shown."""
        from fttui.services.archive.words import progress_line, title_of
        from fttui.terminal.format import share_of
        from fttui.terminal.text import safe

        if self._is_over:
            return
        text = safe(progress_line(progress))
        if not self._live:
            step = (progress.stage, share_of(progress.done, progress.total) // 25)
            if step != self._logged or progress.note:
                self._logged = step
                print(text, file=sys.stderr, flush=True)
            return
        self._paint(text, title_of(progress))

    def _paint(self, text: str, title: str) -> None:
        from fttui.terminal.format import cut
        from fttui.terminal.title import KEEP_TITLE, set_title

        head = "" if title == self._title else set_title(title)
        head = head if self._shown else f"{KEEP_TITLE}{head}"
        text = cut(text, terminal_size(sys.stderr).columns - 1)
        if text != self._shown:
            print(f"{head}\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
            self._shown, self._title = text, title

    def end(self) -> None:
        """Take the changing line away, and give the title back."""
        self._is_over = True
        if self._shown:
            print(f"\r\x1b[K{GIVE_BACK_TITLE}", end="", file=sys.stderr, flush=True)
            self._shown = self._title = ""
