"""`fttui demo`: the app on a sandbox of its own; no key, no network, nothing kept."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fttui.cli.demo_server import DemoFolder
from fttui.cli.output import Output
from fttui.cli.parser import folder as folder_path
from fttui.cli.parser import positive_number
from fttui.cli.problems import CommandError, UsageError
from fttui.cli.sessions import require_terminal
from fttui.terminal.language import _
from fttui.terminal.text import safe

DEFAULTS = {"speed": 1.0, "empty": False, "data": None}
_SECONDS_TO_END = 5.0


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
    from fttui.sandbox.gate import kept_key, new_key

    if not folder.keep:
        return new_key()
    with _start_reported():
        folder.check_sandbox()
        return kept_key(folder.sandbox)


@contextmanager
def _start_reported() -> Iterator[None]:
    """What keeps a sandbox from starting, as this command's failure."""
    from fttui.sandbox import FolderRefusedError, StartError

    try:
        yield
    except FolderRefusedError as error:
        raise UsageError(safe(error.sentence), safe(error.hint)) from None
    except StartError as error:
        raise CommandError(safe(error.sentence), safe(error.hint)) from None


@contextmanager
def _sandbox(folder: DemoFolder, key: str, args: argparse.Namespace) -> Iterator[str]:
    """A sandbox process; its base URL is known before it has finished starting.

    The socket listens here already, so what is asked early waits in the socket's queue.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        log = folder.path / "sandbox.log"
        command = [sys.executable, "-m", "fttui.cli.demo_server", str(folder.path)]
        command += [str(listener.fileno()), str(args.speed)]
        command += [] if args.empty else ["--samples"]
        command += ["--keep"] if folder.keep else []
        own = {"TMPDIR": str(folder.path), "FTTUI_SANDBOX_KEY": key}
        # The child finds fttui where this process has found it, also in a zip file.
        own["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        with open(log, "wb", opener=_open_privately) as target:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=target,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # a Ctrl+C in this terminal is the app's
                env=folder.environment(os.environ, base_url, "") | own,
            )
    try:
        yield base_url
    finally:
        _end(process, log, Output.of(args))


def _open_privately(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _end(process: subprocess.Popen[bytes], log: Path, output: Output) -> None:
    """Close the sandbox's stdin, which ends it; tell when it had ended by itself before."""
    failed = process.poll()
    if failed:
        lines = log.read_text("utf-8", "replace").strip().splitlines() or [_("no reason given")]
        output.message(
            _(
                "The sandbox had ended early (status {failed}): {lines}",
                failed=failed,
                lines=safe(lines[-1]),
            )
        )
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


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
        from fttui.interface.app import run_app

        return run_app(session, demo=True, start_folder=folder.files)
    finally:
        session.close()
        os.chdir("/")  # the folder cannot go while it is the working one
