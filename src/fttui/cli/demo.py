"""`fttui demo`: the app on a sandbox of its own; no key, no network, nothing kept."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fttui.cli.demo_server import DemoFolder
from fttui.cli.embedded import child_server
from fttui.cli.output import Output
from fttui.cli.parser import folder as folder_path
from fttui.cli.parser import positive_number
from fttui.cli.problems import CommandError, UsageError
from fttui.cli.sessions import require_terminal, show_app
from fttui.terminal.language import _
from fttui.terminal.text import safe

DEFAULTS = {"speed": 1.0, "empty": False, "data": None}


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "demo",
        help=_("try the app on a sandbox: no key, no network, nothing billed"),
        description=_(
            "Open the app on a sandbox that trains nothing and bills nothing, with sample "
            "jobs and sample training files. Your key and settings are not used."
        ),
    )
    parser.add_argument(
        "--speed", type=positive_number, metavar="N", help=_("jobs pass N times faster")
    )
    parser.add_argument("--empty", action="store_true", help=_("without samples"))
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=folder_path,
        help=_("keep everything in DIR for the next time; DIR is new, empty or an earlier demo's"),
    )
    parser.set_defaults(run=run, **DEFAULTS)


def run(args: argparse.Namespace) -> int:
    """Start the sandbox, then the app; when the app ends, so does the sandbox."""
    require_terminal()
    folder = _folder(args)
    try:
        key = _key(folder)
        with _sandbox(folder, key, args) as base_url:
            return _open_app(folder, base_url, key)
    finally:
        folder.remove()


def _folder(args: argparse.Namespace) -> DemoFolder:
    try:
        if args.data is not None:
            folder = DemoFolder(args.data.absolute(), keep=True)
        else:
            folder = DemoFolder(Path(tempfile.mkdtemp(prefix="fttui-demo-")))
        with _start_reported():
            folder.make()
    except OSError as error:
        raise CommandError(
            _("The demo cannot make its folder: {strerror}.", strerror=error.strerror or error),
            _("Name one that you may write to with --data, or set TMPDIR."),
        ) from None
    return folder


def _key(folder: DemoFolder) -> str:
    """The sandbox's key: new, or that of a folder that is kept, which must not be in use."""
    from fttui.server.gate import kept_key, new_key

    if not folder.keep:
        return new_key()
    with _start_reported():
        folder.check_sandbox()
        return kept_key(folder.sandbox)


@contextmanager
def _start_reported() -> Iterator[None]:
    """What keeps a sandbox from starting, as this command's failure."""
    from fttui.server import FolderRefusedError, StartError

    try:
        yield
    except FolderRefusedError as error:
        raise UsageError(safe(error.sentence), safe(error.hint)) from None
    except StartError as error:
        raise CommandError(safe(error.sentence), safe(error.hint)) from None


@contextmanager
def _sandbox(folder: DemoFolder, key: str, args: argparse.Namespace) -> Iterator[str]:
    """A sandbox process, by its base URL."""
    options = [] if args.empty else ["--samples"]
    options += ["--keep"] if folder.keep else []
    environ = folder.environment(os.environ, "", "") | {"TMPDIR": str(folder.path)}
    with (
        open(folder.path / "sandbox.log", "w+b", opener=_open_privately) as log,
        child_server(
            "fttui.cli.demo_server",
            str(folder.path),
            str(args.speed),
            *options,
            key=key,
            environ=environ,
            log=log,
            ended=partial(_tell_early_end, Output.of(args)),
        ) as base_url,
    ):
        yield base_url


def _open_privately(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _tell_early_end(output: Output, status: int, lines: list[str]) -> None:
    if status:
        output.message(
            _(
                "The sandbox had ended early (status {failed}): {lines}",
                failed=status,
                lines=safe((lines or [_("no reason given")])[-1]),
            )
        )


def _open_app(folder: DemoFolder, base_url: str, key: str) -> int:
    from fttui.storage.folders import state_folder
    from fttui.storage.logs import configure_logging, keep_reports_in

    keep_reports_in(state_folder())  # the user's own, while the environment still names it
    environ = folder.environment(os.environ, base_url, key)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder.files)
    configure_logging()
    from fttui.services.session import Session

    session = Session.open(environ=os.environ)
    try:
        return show_app(session, demo=True, start_folder=folder.files)
    finally:
        session.close()
        os.chdir("/")  # the folder cannot go while it is the working one
