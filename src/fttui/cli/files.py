"""`fttui files`: what the endpoint keeps, and moving files there and back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fttui.cli.file_contents import add_download
from fttui.cli.file_deletion import add_delete
from fttui.cli.output import Output, not_whole
from fttui.cli.parser import file_id
from fttui.cli.problems import CommandError, UsageError
from fttui.cli.sessions import open_session
from fttui.cli.table import TextColumn
from fttui.services.stored_files.file_filter import WORDS, FileFilter
from fttui.services.stored_files.uses import FileUses, read_uses
from fttui.services.stored_files.words import (
    expiry_text,
    expiry_words,
    file_status_text,
    size_sum_text,
    unused_text,
    use_line,
    used_text,
    why_not_known,
)
from fttui.services.tuned_models.asking import recall_models
from fttui.terminal.format import NOTHING, counted, full_moment_text, moment_text, size_text
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.services.endpoint.models import TrainingFile
    from fttui.services.session import Session
    from fttui.services.submission.state import FileState

_COLUMNS = (
    TextColumn(_("FILE")),
    TextColumn(_("NAME"), least=12),
    TextColumn(_("SIZE"), right=True, rank=4),
    TextColumn(_("PURPOSE"), least=9, rank=3),
    TextColumn(_("STATUS"), rank=5),
    TextColumn(_("USED BY"), least=8, rank=1),
    TextColumn(_("EXPIRES"), rank=6),
    TextColumn(_("CREATED"), rank=2),
)


def add_parser(commands: Any) -> None:
    """Add the command and its actions to the program's."""
    parser = commands.add_parser(
        "files",
        description=_(
            "The files on the endpoint, newest first, and which jobs use them. "
            "`fttui files list` takes a filter."
        ),
    )
    parser.set_defaults(run=run, purpose="", unused=False, filter=[])
    actions = parser.add_subparsers(title=_("actions"), metavar="ACTION")
    listing = actions.add_parser(
        "list",
        help=_("all files, newest first"),
        description=_(
            "All files, newest first. A FILTER is what the app's filter takes, in quotes: "
            "'train status:processed unused used:JOB since:7d !name:old'."
        ),
    )
    listing.add_argument("--purpose", default="", help=_("only this purpose, such as fine-tune"))
    listing.add_argument("--unused", action="store_true", help=_("only files that no job uses"))
    listing.add_argument("filter", metavar="FILTER", nargs="*", help=_("words that must be in it"))
    listing.set_defaults(run=run)
    upload = actions.add_parser("upload", help=_("check a training file and upload it"))
    upload.add_argument("path", metavar="PATH", help=_("a .jsonl file"))
    upload.add_argument("--no-check", action="store_true", help=_("upload whatever it holds"))
    upload.add_argument(
        "--again", action="store_true", help=_("upload a content that is on the endpoint already")
    )
    upload.set_defaults(run=_upload)
    show = actions.add_parser("show", help=_("one file's record"))
    show.set_defaults(run=_show)
    show.add_argument("file", metavar="ID", type=file_id, help=_("the file's id"))
    add_download(actions)
    add_delete(actions)


def run(args: argparse.Namespace) -> int:
    """Print the files that the filters let through, with the jobs that use them."""
    output = Output.of(args)
    wanted = _filter_of(args)
    with open_session(args) as session:
        found, uses, dropped, is_whole = session.thread.wait(_collect(session, args.purpose))
    now = datetime.now(UTC)
    if found and wanted.asks_for_uses and not uses.knows_all:
        raise CommandError(
            _("Which files jobs use is not known. {why}", why=why_not_known(uses)),
            _("Leave that out of the filter."),
        )
    shown = [file for file in found if wanted.matches(file, uses, now)]
    if dropped:
        output.message(
            _("{dropped} entries of the endpoint's list could not be read.", dropped=dropped)
        )
    if not is_whole:
        output.message(not_whole(_("files")))
    if output.json:
        output.document([file.to_json() | uses.used_by_json(file) for file in shown])
    elif shown:
        output.table(_COLUMNS, [_row(file, uses, now) for file in shown])
        if sys.stdout.isatty():  # who reads it in a program counts for itself
            output.message(_summary(shown, uses))
    elif found or not dropped:
        output.message(_("No file matches.") if found else _("No files."))
    return 0


def _filter_of(args: argparse.Namespace) -> FileFilter:
    """The filter's words; raises UsageError for one that says nothing."""
    text = " ".join([*args.filter, *(["unused"] if args.unused else [])])
    wanted = FileFilter.parse(text)
    if wanted.problems:
        hint = _("`fttui files list --help` shows what it takes.")
        raise UsageError(wanted.problems[0], f"{WORDS.near_field(text)} {hint}".lstrip())
    return wanted


async def _collect(
    session: Session, purpose: str
) -> tuple[list[TrainingFile], FileUses, int, bool]:
    """The files, who uses them, how many could not be read, and whether the list has ended."""
    from fttui.services.stored_files.names import with_names

    found: dict[str, TrainingFile] = {}
    dropped, goes_on = 0, False
    async for page in session.handle.file_pages(purpose):
        dropped, goes_on = dropped + page.dropped, page.goes_on
        for file in page.items:  # those without an id are no less there
            found[file.id or f" {len(found)}"] = file
    uses = await read_uses(session.handle) if found else FileUses()
    return await with_names(session, [*found.values()]), uses, dropped, not goes_on


def _row(file: TrainingFile, uses: FileUses, now: datetime) -> list[str]:
    return [
        file.id or NOTHING,
        file.filename or NOTHING,
        size_text(file.size),
        file.purpose or NOTHING,
        file_status_text(file),
        used_text(uses, file),
        expiry_words(file, now),
        moment_text(file.created_at),
    ]


def _summary(files: list[TrainingFile], uses: FileUses) -> str:
    count = counted(len(files), "file")
    unused = unused_text(files, uses) or why_not_known(uses)
    return _("{count}, {size}; {unused}", count=count, size=size_sum_text(files), unused=unused)


def _upload(args: argparse.Namespace, begun: str = "") -> int:
    """Check a training file, upload it, and remember its content so that it is not sent twice.

    `begun` is the SHA-256 of a content whose upload is gone on with; no other one is sent.
    """
    from fttui.cli.progress import ProgressLine
    from fttui.cli.training_files import chosen_files, require_good
    from fttui.cli.uploading import upload
    from fttui.services.submission_words import already_uploaded
    from fttui.training_data.endpoints import limits_of

    output = Output.of(args)
    with ExitStack() as stack:
        session = stack.enter_context(open_session(args, changes=True))
        limits = limits_of(session.endpoint.base_url)
        chosen, _unused = stack.enter_context(
            chosen_files(args.path, method=None, model=None, limits=limits)
        )
        if isinstance(chosen.file, str) or chosen.report is None:
            raise UsageError(_("{file} is a file on the endpoint already.", file=chosen.file))
        if begun not in ("", chosen.report.sha256):
            raise _other_content(args.path)
        require_good(chosen, output, allow_errors=args.no_check)
        there = None if args.again else _already_there(session, chosen.report.sha256)
        if there is not None:
            output.message(f"{chosen.file.name} {already_uploaded(there.id)}.")
            output.message(_("`--again` uploads it all the same."))
            output.outcome(
                there.to_json(),
                _facts(there, output),
                done=_("Uploaded before: {id}.", id=there.id),
            )
            return 0
        progress = ProgressLine()
        try:
            file, sha256 = upload(session, chosen.file, chosen.report, progress.show)
        finally:
            progress.end()
        not_kept = _remember(session, sha256, file.raw_id)
    if not_kept:
        output.message(
            _(
                "Not remembered, so a job of this file uploads it again: {not_kept}",
                not_kept=not_kept,
            )
        )
    output.outcome(file.to_json(), _facts(file, output), done=_("Uploaded: {id}.", id=file.id))
    return 0


def _other_content(path: str) -> CommandError:
    shown = safe_path(path)
    return CommandError(
        _("{shown} has changed since a part of it was uploaded, so nothing was sent.", shown=shown),
        _("`fttui files upload {shown}` checks and uploads it as it is now.", shown=shown),
    )


def upload_again(args: argparse.Namespace, file: FileState) -> int:
    """Go on with an upload that was interrupted; what its check found was told then.

    Raises CommandError where the file has another content by now.
    """
    asked = {"path": file.path, "no_check": True, "again": True}
    return _upload(argparse.Namespace(**{**vars(args), **asked}), file.sha256)


def _already_there(session: Session, sha256: str) -> TrainingFile | None:
    """The file on the endpoint with this content, as far as fttui has uploaded it."""
    from fttui.services.endpoint.errors import ServiceError

    try:
        return session.thread.wait(session.submissions.find_uploaded(sha256))
    except ServiceError:
        return None  # it costs at most an upload, which fails by itself if nothing answers


def _remember(session: Session, sha256: str, file_id: str) -> str:
    """Note that the content is on the endpoint; a sentence where that outlives no run."""
    from fttui.storage.journal import JournalError

    if session.credential is None:
        return _("no key is known that it belongs to.")
    try:
        session.journal.remember_file(session.account, sha256, file_id)
    except JournalError as problem:
        return str(problem)
    return "" if session.journal.is_durable else session.journal.warning


def _show(args: argparse.Namespace) -> int:
    from fttui.services.stored_files.names import with_names

    async def read(session: Session) -> tuple[TrainingFile, FileUses]:
        file = await session.handle.retrieve_file(args.file)
        (file,) = await with_names(session, [file])
        return file, await read_uses(session.handle)

    with open_session(args) as session:
        file, uses = session.thread.wait(read(session))
        recall_models(session)
        clock = session.retirement
    output = Output.of(args)
    if output.json:
        output.document(file.to_json() | uses.used_by_json(file))
    else:
        used = [use_line(use, clock) for use in uses.of(file)]
        why_not = "" if used else why_not_known(uses)
        output.lines(_facts(file, output, used or [why_not or used_text(uses, file)]))
    return 0


def _facts(file: TrainingFile, output: Output, used_by: Sequence[str] = ()) -> list[str]:
    expires = expiry_text(file, datetime.now(UTC)) if file.expires_at else ""
    facts = [
        (_("file"), file.id),
        (_("name"), file.filename or NOTHING),
        (_("size"), size_text(file.size)),
        (_("purpose"), file.purpose or NOTHING),
        (_("status"), file_status_text(file)),
        (_("details"), file.status_details or ""),
        (_("created"), full_moment_text(file.created_at)),
        (_("expires"), expires),
        *((_("used by"), each) for each in used_by),
    ]
    return output.facts([fact for fact in facts if fact[1]])
