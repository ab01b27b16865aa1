"""`fttui files`: what the endpoint keeps, and moving files there and back."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output, confirm, not_whole
from fttui.cli.parser import file_id, output_file
from fttui.cli.problems import CommandError, UsageError
from fttui.cli.sessions import open_session
from fttui.cli.table import TextColumn
from fttui.storage.secrets import redact
from fttui.terminal.format import NOTHING, full_moment_text, moment_text, size_text
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import TrainingFile
    from fttui.services.session import Session

_COLUMNS = (
    TextColumn("FILE"),
    TextColumn("NAME", least=12),
    TextColumn("SIZE", right=True, rank=3),
    TextColumn("PURPOSE", least=9, rank=2),
    TextColumn("STATUS", rank=4),
    TextColumn("CREATED", rank=1),
)
_LARGEST_DOWNLOAD = 512 * 1024 * 1024
_LONGEST_SHOWN = 50_000_000


def add_parser(commands: Any) -> None:
    """Add the command and its actions to the program's."""
    parser = commands.add_parser(
        "files",
        help=_("files on the endpoint; upload, show, download, delete"),
        description=_("The files on the endpoint, newest first."),
    )
    parser.set_defaults(run=run, purpose="")
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    listing = actions.add_parser("list", help=_("all files, newest first"))
    listing.add_argument("--purpose", default="", help=_("only this purpose, such as fine-tune"))
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
    download = actions.add_parser(
        "download",
        help=_("a file's content, result files decoded"),
        description=_(
            "A file's content, result files decoded. A file or a pipe gets it byte for "
            "byte; on the terminal and in JSON keys are taken out."
        ),
    )
    download.add_argument(
        "-o", "--output", type=output_file, metavar="PATH", help=_("write it to PATH")
    )
    download.add_argument("--raw", action="store_true", help=_("exactly as the endpoint sends it"))
    download.set_defaults(run=_download)
    delete = actions.add_parser("delete", help=_("delete a file from the endpoint"))
    delete.add_argument("--yes", action="store_true", help=_("do not ask"))
    delete.set_defaults(run=_delete)
    for one in (show, download, delete):
        one.add_argument("file", metavar="ID", type=file_id, help=_("the file's id"))


def run(args: argparse.Namespace) -> int:
    """Print the files on the endpoint."""
    output = Output.of(args)
    with open_session(args) as session:
        found, is_whole = session.thread.wait(_collect(session.handle, args.purpose))
    if not is_whole:
        output.message(not_whole(_("files")))
    if output.json:
        output.document([file.to_json() for file in found])
    elif found:
        output.table(_COLUMNS, [_row(file) for file in found])
    else:
        output.message(_("No files."))
    return 0


async def _collect(handle: FineTuningHandle, purpose: str) -> tuple[list[TrainingFile], bool]:
    """The files, and whether their list has ended."""
    found: dict[str, TrainingFile] = {}
    goes_on = False
    async for page in handle.file_pages(purpose):
        goes_on = page.goes_on
        found |= {file.id: file for file in page.items if file.id}
    return list(found.values()), not goes_on


def _row(file: TrainingFile) -> list[str]:
    return [
        file.id,
        file.filename or NOTHING,
        size_text(file.size),
        file.purpose or NOTHING,
        file.status or NOTHING,
        moment_text(file.created_at),
    ]


def _upload(args: argparse.Namespace) -> int:
    """Check a training file, upload it, and remember its content so that it is not sent twice."""
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
    with open_session(args) as session:
        file = session.thread.wait(session.handle.retrieve_file(args.file))
    output = Output.of(args)
    if output.json:
        output.document(file.to_json())
    else:
        output.lines(_facts(file, output))
    return 0


def _facts(file: TrainingFile, output: Output) -> list[str]:
    facts = [
        ("file", file.id),
        ("name", file.filename or NOTHING),
        ("size", size_text(file.size)),
        ("purpose", file.purpose or NOTHING),
        ("status", file.status or NOTHING),
        ("details", file.status_details or ""),
        ("created", full_moment_text(file.created_at)),
    ]
    return output.facts([fact for fact in facts if fact[1]])


def _download(args: argparse.Namespace) -> int:
    """Print the content, or write it to a file that must not be there yet."""
    from fttui.disk.writing import new_files, require_free
    from fttui.services.result_files import decoded

    output = Output.of(args)
    if args.output is not None:
        require_free(args.output)
    with open_session(args) as session:
        content = session.thread.wait(_whole_content(session.handle, args.file))
    if not args.raw:
        content = decoded(content)
    if args.output is not None:
        with new_files(args.output) as (target,):
            target.write(content)
        if output.json:
            path = os.fspath(args.output)
            output.document({"id": args.file, "bytes": len(content), "path": path})
        output.message(
            _(
                "{size_text} written to {output}.",
                size_text=size_text(len(content)),
                output=safe_path(args.output),
            )
        )
    elif output.json:
        text = redact(content.decode("utf-8", "replace"))
        output.document({"id": args.file, "bytes": len(content), "content": text})
    elif sys.stdout.isatty():
        text = redact(content.decode("utf-8", "replace"))
        output.line(safe(text, newlines=True, maxlen=_LONGEST_SHOWN))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
    return 0


async def _whole_content(handle: FineTuningHandle, file_id: str) -> bytes:
    """The file's bytes, as many as its record tells; more are taken, as of one that is encoded."""
    from fttui.services.endpoint.errors import ServiceError

    content = await handle.file_content(file_id, _LARGEST_DOWNLOAD)
    if handle.endpoint.archive:  # which knows the size of what it saved, and may have decoded it
        return content
    expected = None
    with suppress(ServiceError):  # an endpoint that keeps no records
        expected = (await handle.retrieve_file(file_id)).size
    if expected is not None and len(content) < expected:
        raise CommandError(
            _(
                "Only {size_text} of {size_text2} came, so nothing was written.",
                size_text=size_text(len(content)),
                size_text2=size_text(expected),
            ),
            _("The connection was cut, or something in between answered. Try again."),
        )
    return content


def _delete(args: argparse.Namespace) -> int:
    output = Output.of(args)
    with open_session(args, changes=True) as session:
        # A wrong id must not pass for a file that was deleted.
        file = session.thread.wait(session.handle.retrieve_file(args.file))
        if not args.yes:
            output.message(_("At {host}:", host=session.endpoint.host))
            output.message(f"  {file.id}  {file.filename or NOTHING}  {size_text(file.size)}")
            question = _("Delete this file? That cannot be undone.")
            if not confirm(question, yes=False, what=_("deleting {file}", file=args.file)):
                output.message(_("Nothing was deleted."))
                return 1
        session.thread.wait(session.handle.delete_file(args.file))
        session.submissions.forget_file(file.raw_id)
    deleted = _("{file}  deleted", file=args.file)
    output.outcome({"id": args.file, "deleted": True}, [deleted], done=f"{deleted}.")
    return 0
