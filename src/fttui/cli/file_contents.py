"""`fttui files download`: the content of a file, to stdout or to a new file."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output
from fttui.cli.parser import file_id, output_file
from fttui.cli.problems import CommandError
from fttui.cli.sessions import open_session
from fttui.storage.secrets import redact
from fttui.terminal.format import size_text
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle

_LARGEST_DOWNLOAD = 512 * 1024 * 1024
_LONGEST_SHOWN = 50_000_000


def add_download(actions: Any) -> None:
    """Add the action to those of `fttui files`."""
    download = actions.add_parser(
        "download",
        help=_("a file's content, result files decoded"),
        description=_(
            "A file's content, result files decoded. A file or a pipe gets it byte for "
            "byte; on the terminal and in JSON keys are taken out."
        ),
    )
    download.add_argument("file", metavar="ID", type=file_id, help=_("the file's id"))
    download.add_argument(
        "-o", "--output", type=output_file, metavar="PATH", help=_("write it to PATH")
    )
    ways = download.add_mutually_exclusive_group()
    ways.add_argument("--raw", action="store_true", help=_("exactly as the endpoint sends it"))
    ways.add_argument("--csv", action="store_true", help=_("the steps of a result file as CSV"))
    ways.add_argument(
        "--json-lines", action="store_true", help=_("the steps of a result file, an object a line")
    )
    download.set_defaults(run=_download)


def _download(args: argparse.Namespace) -> int:
    """Print the content, or write it to a file that must not be there yet."""
    from fttui.disk.writing import new_files, require_free

    output = Output.of(args)
    if args.output is not None:
        require_free(args.output)
    with open_session(args) as session:
        content = session.thread.wait(_whole_content(session.handle, args.file))
    content = _as_asked(args, content)
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


def _as_asked(args: argparse.Namespace, content: bytes) -> bytes:
    from fttui.services.result_files import decoded
    from fttui.services.stored_files.content import CSV, JSON_LINES, rows_as

    if args.csv or args.json_lines:
        return rows_as(content, CSV if args.csv else JSON_LINES)
    return content if args.raw else decoded(content)


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
