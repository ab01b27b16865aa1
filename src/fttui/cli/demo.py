"""`fttui demo`: the app on a sandbox of its own; no key, no network, nothing kept."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fttui.cli import demo_training
from fttui.cli.demo_server import DemoFolder
from fttui.cli.embedded import child_server
from fttui.cli.output import Output
from fttui.cli.parser import folder as folder_path
from fttui.cli.parser import positive_number
from fttui.cli.problems import CommandError, UsageError
from fttui.cli.sessions import place_for_app, show_app
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.server.engines.probe import Probe
    from fttui.services.profiles.sessions import ProfileSessions
    from fttui.services.session import Session

FIRST_MODEL, LATER_MODEL = "gpt-4.1-mini-2025-04-14", "gpt-oss-20b"
GONE_FROM = date(2027, 1, 6)
"""From here on FIRST_MODEL is not trained any more, as `models.toml` says; that is not read here,
because the first paint would wait for it."""

DEFAULTS = {"speed": 1.0, "empty": False, "data": None, "train": False, "python": None}


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "demo",
        description=_(
            "Open the app on a sandbox that trains nothing and bills nothing, with sample "
            "jobs and sample training files. Your key and settings are not used."
        ),
    )
    parser.add_argument(
        "--speed", type=positive_number, metavar="N", help=_("jobs pass N times faster")
    )
    parser.add_argument("--empty", action="store_true", help=_("without sample jobs"))
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=folder_path,
        help=_("keep everything in DIR for the next time; DIR is new, empty or an earlier demo's"),
    )
    parser.add_argument(
        "--train",
        action="store_true",
        help=_("with a small model that is trained for real within two minutes; needs torch"),
    )
    parser.add_argument(
        "--python",
        metavar="PATH",
        help=_("with --train: the interpreter that has torch, transformers, trl and peft"),
    )
    parser.set_defaults(run=run, **DEFAULTS)


def run(args: argparse.Namespace) -> int:
    """Open the demo where the app can be shown."""
    with place_for_app():
        return open_demo(args)


def open_demo(args: argparse.Namespace) -> int:
    """Start the sandbox, then the app; when the app ends, so does the sandbox."""
    training = _training(args)
    python = training[0] if training else None
    folder = _folder(args)
    try:
        if training is not None:
            demo_training.put_model(folder, *training, Output.of(args))
        key = _key(folder)
        with _sandbox(folder, key, args, python) as base_url:
            return _open_app(folder, base_url, key, demo=python is None)
    finally:
        folder.remove()


def _training(args: argparse.Namespace) -> tuple[str, Probe] | None:
    """The interpreter that trains, and what it has; None where nothing is trained."""
    if args.train:
        return demo_training.interpreter(args.python, Output.of(args))
    if args.python is not None:
        raise UsageError(_("--python is for --train."), _("Add --train, or leave it out."))
    return None


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
    _begin_with_a_model_that_is_there(session)
    try:
        # What trains for real is what there is to see; a sandbox is there to be tried.
        tab = "create" if demo else "jobs"
        profiles = _sessions_of(session)
        return show_app(session, demo=demo, tab=tab, start_folder=folder.files, profiles=profiles)
    finally:
        session.close()
        os.chdir("/")  # the folder cannot go while it is the working one


def _sessions_of(session: Session) -> ProfileSessions:
    """What opens the profiles that are made within the demo, and the sandbox again."""
    from fttui.services.profiles.sessions import ProfileSessions

    class DemoSessions(ProfileSessions):
        def _open_first(self) -> Session:
            back = super()._open_first()
            _begin_with_a_model_that_is_there(back)
            return back

    return DemoSessions(session)


def _begin_with_a_model_that_is_there(session: Session) -> None:
    """Put a model that is not shut down into the form, where the settings name no other."""
    from fttui.services.retirement_clock import local_today
    from fttui.storage.settings import DEFAULT_MODEL

    profile = session.endpoint.profile
    if profile.default_model == DEFAULT_MODEL:
        chosen = replace(profile, default_model=first_model(local_today()))
        session.endpoint = replace(session.endpoint, profile=chosen)


def first_model(today: date) -> str:
    """A model that the sandbox trains and that is not shut down, whatever the day."""
    return FIRST_MODEL if today < GONE_FROM else LATER_MODEL
