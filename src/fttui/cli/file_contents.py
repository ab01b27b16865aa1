"""`fttui files download`: the content of a file, to stdout or to a new file."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output
from fttui.cli.parser import file_id, output_file
from fttui.cli.sessions import open_session
from fttui.storage.secrets import redact
from fttui.terminal.format import size_text
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import TrainingFile

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
    from fttui.disk.writing import require_free

    output = Output.of(args)
    if args.output is not None:
        require_free(args.output)
    with open_session(args) as session:
        if args.output is not None:
            size = session.thread.wait(_saved(session.handle, args))
            return _tell_saved(args, output, size)
        content = session.thread.wait(_content(session.handle, args))
    if output.json:
        text = redact(content.decode("utf-8", "replace"))
        output.document({"id": args.file, "bytes": len(content), "content": text})
    elif sys.stdout.isatty():
        text = redact(content.decode("utf-8", "replace"))
        output.line(safe(text, newlines=True, maxlen=_LONGEST_SHOWN))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
    return 0


def _tell_saved(args: argparse.Namespace, output: Output, size: int) -> int:
    if output.json:
        output.document({"id": args.file, "bytes": size, "path": os.fspath(args.output)})
    output.message(
        _(
            "{size_text} written to {output}.",
            size_text=size_text(size),
            output=safe_path(args.output),
        )
    )
    return 0


async def _saved(handle: FineTuningHandle, args: argparse.Namespace) -> int:
    from fttui.services.stored_files.content import save

    file = await _file(handle, args.file)
    return await save(handle, file, args.output, _kind(args), raw=args.raw)


async def _content(handle: FineTuningHandle, args: argparse.Namespace) -> bytes:
    from fttui.services.stored_files.content import is_result, whole_content

    file = await _file(handle, args.file)
    raw = args.raw or not (is_result(file) or _kind(args))
    return await whole_content(handle, file, _kind(args), raw=raw)


def _kind(args: argparse.Namespace) -> str:
    from fttui.services.stored_files.content import AS_IT_IS, CSV, JSON_LINES

    return CSV if args.csv else JSON_LINES if args.json_lines else AS_IT_IS


async def _file(handle: FineTuningHandle, file_id: str) -> TrainingFile:
    """The file's record; where an endpoint keeps none, one that lets its content decide."""
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.endpoint.models import TrainingFile

    with suppress(ServiceError):
        return await handle.retrieve_file(file_id)
    return TrainingFile(file_id, file_id, purpose="results")
