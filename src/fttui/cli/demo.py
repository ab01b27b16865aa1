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

from fttui.cli.app import require_terminal
from fttui.cli.demo_folder import DemoFolder
from fttui.cli.output import Output
from fttui.cli.parser import positive_number
from fttui.cli.problems import CommandError

DEFAULTS = {"speed": 1.0, "empty": False, "data": None}
_SECONDS_TO_END = 5.0


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "demo",
        help="try the app on a sandbox: no key, no network, nothing billed",
        description="Open the app on a sandbox that trains nothing and bills nothing, with sample "
        "jobs and sample training files. Your key and settings are not used.",
    )
    parser.add_argument(
        "--speed", type=positive_number, metavar="N", help="jobs pass N times faster"
    )
    parser.add_argument("--empty", action="store_true", help="without samples")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="keep everything in DIR for the next time"
    )
    parser.set_defaults(run=run, **DEFAULTS)


def run(args: argparse.Namespace) -> int:
    """Start the sandbox, then the app; when the app ends, so does the sandbox."""
    require_terminal()
    folder = _folder(args)
    try:
        with _sandbox(folder, args) as base_url:
            return _open_app(folder, base_url)
    finally:
        folder.remove()


def _folder(args: argparse.Namespace) -> DemoFolder:
    try:
        if args.data is not None:
            folder = DemoFolder(args.data.expanduser().absolute(), keep=True)
        else:
            folder = DemoFolder(Path(tempfile.mkdtemp(prefix="fttui-demo-")))
        folder.make()
    except OSError as error:
        raise CommandError(
            f"The demo cannot make its folder: {error.strerror or error}.",
            "Name one that you may write to with --data, or set TMPDIR.",
        ) from None
    return folder


@contextmanager
def _sandbox(folder: DemoFolder, args: argparse.Namespace) -> Iterator[str]:
    """A sandbox process; its base URL is known before it has finished starting.

    The socket listens here already, so what is asked early waits in the socket's queue.
    """
    # The child finds fttui where this process has found it, also in a zip file.
    child = {"TMPDIR": str(folder.path), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        log = folder.path / "sandbox.log"
        command = [sys.executable, "-m", "fttui.cli.demo_server", str(folder.path)]
        command += [str(listener.fileno()), str(args.speed)]
        command += [] if args.empty else ["--samples"]
        command += ["--keep"] if folder.keep else []
        with log.open("wb") as target:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=target,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # a Ctrl+C in this terminal is the app's
                env=folder.environment(os.environ, base_url, "") | child,
            )
    try:
        yield base_url
    finally:
        _end(process, log, Output.of(args))


def _end(process: subprocess.Popen[bytes], log: Path, output: Output) -> None:
    """Close the sandbox's stdin, which ends it; tell when it had ended by itself before."""
    failed = process.poll()
    if failed:
        from fttui.terminal.text import safe

        lines = log.read_text("utf-8", "replace").strip().splitlines() or ["no reason given"]
        output.message(f"The sandbox had ended early (status {failed}): {safe(lines[-1])}")
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _open_app(folder: DemoFolder, base_url: str) -> int:
    from fttui.sandbox import SandboxConfig
    from fttui.storage.folders import state_folder
    from fttui.storage.logs import configure_logging
    from fttui.storage.reports import keep_reports_in

    keep_reports_in(state_folder())  # the user's own, while the environment still names it
    environ = folder.environment(os.environ, base_url, SandboxConfig().api_key)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder.files)
    configure_logging()
    from fttui.services.session import Session

    session = Session.open(environ=os.environ)
    try:
        from fttui.interface.running import run_app

        return run_app(session, demo=True, start_folder=folder.files)
    finally:
        session.close()
        os.chdir("/")  # the folder cannot go while it is the working one
