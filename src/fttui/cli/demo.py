"""`fttui demo`: the app on a sandbox of its own; no key, no network, nothing kept."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
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

DEFAULTS = {"speed": 1.0, "empty": False, "data": None, "train": False, "python": None}


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
    parser.add_argument(
        "--train",
        action="store_true",
        help=_("make a small model and train it for real, which takes two minutes and torch"),
    )
    parser.add_argument(
        "--python",
        metavar="PATH",
        help=_("with --train: the interpreter that has torch, transformers, trl and peft"),
    )
    parser.set_defaults(run=run, **DEFAULTS)


def run(args: argparse.Namespace) -> int:
    """Start the sandbox, then the app; when the app ends, so does the sandbox."""
    require_terminal()
    python = _interpreter(args)
    folder = _folder(args)
    try:
        if python is not None:
            _make_model(folder, python, Output.of(args))
        key = _key(folder)
        with _sandbox(folder, key, args, python) as base_url:
            return _open_app(folder, base_url, key, demo=python is None)
    finally:
        folder.remove()


def _interpreter(args: argparse.Namespace) -> str | None:
    """The interpreter that trains, which has what that takes; None where nothing is trained."""
    if not args.train:
        if args.python is not None:
            raise UsageError(_("--python is for --train."), _("Add --train, or leave it out."))
        return None
    from fttui.server.engines.probe import ProbeError, checked_probe, program_of

    Output.of(args).message(_("Looking at what there is to train with ..."))
    try:
        python = program_of(args.python or sys.executable)
        checked_probe(python)
    except ProbeError as error:
        raise UsageError(safe(error.sentence), safe(error.hint)) from None
    return python


def _make_model(folder: DemoFolder, python: str, output: Output) -> None:
    """Have a small model made in the folder; it says how far it is."""
    from fttui.cli.demo_server import write_files
    from fttui.server.engines import TRAINER
    from fttui.server.engines.environment import child_environment

    model = folder.models / "demo"
    if model.exists():
        return
    output.message(_("Making a small model to train; this takes up to a minute ..."))
    write_files(folder)
    draft = folder.models / "new"
    shutil.rmtree(draft, ignore_errors=True)
    folder.models.mkdir(mode=0o700, exist_ok=True)
    arguments = ["--make-demo-model", str(draft), "--file", str(folder.training_file)]
    done = subprocess.run(  # noqa: S603 - the user's own interpreter
        [python, str(TRAINER), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        check=False,
        env=child_environment(os.environ),
    )
    if done.returncode:
        raise CommandError(
            _("The small model could not be made (status {status}).", status=done.returncode),
            _("What the interpreter said is above."),
        )
    draft.replace(model)


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
def _sandbox(
    folder: DemoFolder, key: str, args: argparse.Namespace, python: str | None
) -> Iterator[str]:
    """A server process, by its base URL."""
    options = [] if args.empty else ["--samples"]
    options += ["--keep"] if folder.keep else []
    options += ["--train", python] if python is not None else []
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


def _open_app(folder: DemoFolder, base_url: str, key: str, *, demo: bool) -> int:
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
        return show_app(session, demo=demo, start_folder=folder.files)
    finally:
        session.close()
        os.chdir("/")  # the folder cannot go while it is the working one
