"""Opening the session that a command or the app works in, and waiting for the endpoint."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output
from fttui.cli.problems import UsageError
from fttui.cli.progress import waiting_for
from fttui.terminal.language import _
from fttui.terminal.served import DRIVER_VARIABLE, in_browser
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.services.endpoint.address import ServedArchive
    from fttui.services.endpoint.retries import RetryNotice
    from fttui.services.session import Session


@contextmanager
def open_session(
    args: Namespace, *, quiet: bool = False, changes: bool = False, in_app: bool = False
) -> Iterator[Session]:
    """The session that the global options ask for; closed at the end, whatever happens.

    Raises SettingsError for a configuration that cannot be used, KeyRefused for a key file
    that cannot be read, and CommandError for an archive where the command `changes` something.
    Unless `quiet`, settings that are not known are told on stderr. `in_app` nothing is, for that is
    where the app paints.
    """
    from fttui.cli.opened_archive import archive_folder, served_archive

    path = archive_folder(args)
    if path is None:
        with _opened(args, None, quiet=quiet, in_app=in_app) as session:
            yield session
        return
    if changes:
        from fttui.services.session import ReadOnlyError

        raise ReadOnlyError
    if args.api_key_file is not None:
        raise UsageError(_("An archive needs no key."), _("Leave --api-key-file out."))
    with (
        served_archive(path, None if in_app else Output.of(args)) as archive,
        _opened(args, archive, quiet=quiet, in_app=in_app) as session,
    ):
        yield session


@contextmanager
def open_target(args: Namespace, source: Session) -> Iterator[Session]:
    """The session of the endpoint that `--to` names, beside that of `source`, with its own key.

    Raises SettingsError for a profile that cannot be used, and UsageError for the account that
    `source` is of.
    """
    there = Namespace(**{**vars(args), "profile": args.to, "archive": None, "api_key_file": None})
    with _opened(there, None, quiet=False, in_app=False) as target:
        _handle = source.handle, target.handle  # without a key it ends here
        if not source.endpoint.archive and source.account == target.account:
            raise UsageError(
                _("The jobs are at {host} already.", host=target.endpoint.host),
                _("Name another profile with --to."),
            )
        yield target


@contextmanager
def _opened(
    args: Namespace, archive: ServedArchive | None, *, quiet: bool, in_app: bool
) -> Iterator[Session]:
    from fttui.services.session import Session
    from fttui.storage.credentials import read_key_file
    from fttui.storage.logs import begin_logging
    from fttui.storage.recent import drop_old_copied_text

    begin_logging()
    drop_old_copied_text()
    output = Output.of(args)
    wait = _("Waiting for the place where the API key is kept ...")
    with nullcontext() if in_app else waiting_for(wait):
        session = Session.open(
            config=args.config, profile=args.profile, environ=os.environ, archive=archive
        )
    if not in_app:
        session.thread.around_wait = partial(
            waiting_for, _("Waiting for {host} ...", host=session.endpoint.host)
        )
    try:
        if args.api_key_file is not None:
            _require_key_wanted(session)
            path = args.api_key_file.expanduser()
            session.with_key(
                read_key_file(path), _("the file {path}", path=safe_path(path)), _("key file")
            )
        if not quiet:
            session.on_retry = lambda notice: _show_retry(output, notice)
            for warning in (*session.settings.warnings, *session.archive_notes):
                output.message(_("Warning: {warning}", warning=warning))
        with _not_found_told(args, session):
            yield session
    finally:
        session.close()


@contextmanager
def _not_found_told(args: Namespace, session: Session) -> Iterator[None]:
    """Let the failure of a command about one job tell where that job may be."""
    from fttui.services.endpoint.errors import NotFoundError

    try:
        yield
    except NotFoundError as error:
        word = getattr(args, "job", None) or getattr(args, "from_job", None)
        if isinstance(word, str):
            from fttui.services.known_elsewhere import where_else

            error.hint = where_else(session, word) or error.hint
        raise


def _require_key_wanted(session: Session) -> None:
    if not session.endpoint.extras.sends_key:
        raise UsageError(
            _("Profile {name} sends no key.", name=session.endpoint.profile.name),
            _("Leave --api-key-file out, or take `api_key` out of the profile."),
        )


def _show_retry(output: Output, notice: RetryNotice) -> None:
    times = _("{attempt} of {tries}", attempt=notice.attempt, tries=notice.tries)
    output.message(
        _(
            "{sentence} Try {times}; again in {pause:.1f} s.",
            sentence=notice.error.sentence,
            times=times,
            pause=notice.pause,
        )
    )


@contextmanager
def place_for_app() -> Iterator[None]:
    """Where the app can be shown: a terminal, or a browser whose user has the word."""
    if in_browser(os.environ):
        from fttui.cli.browser import admitted

        with admitted():
            yield
    else:
        require_terminal()
        yield


def require_terminal() -> None:
    """Raise UsageError unless keys can be read and the screen can be seen.

    What `TEXTUAL_DRIVER` names needs no terminal.
    """
    if os.environ.get(DRIVER_VARIABLE):
        return
    if sys.stdin.isatty() and sys.stderr.isatty():
        return
    missing = "stdin" if not sys.stdin.isatty() else "stderr"
    raise UsageError(
        _("The app needs a terminal, but {missing} is not one.", missing=missing),
        _(
            "Over SSH use `ssh -t`; `2>` hides the screen. `fttui jobs` and the other commands of"
            " `fttui --help` work without a terminal."
        ),
    )


def show_app(session: Session, *, demo: bool = False, tab: str = "create", **options: Any) -> int:
    """Run the app; its first frame stands while the rest of it is imported."""
    from fttui.interface.first_frame import first_frame
    from fttui.terminal.early_screen import shown_early

    with shown_early(first_frame(session, demo=demo, tab=tab)):
        from fttui.interface.running import run_app

        return run_app(session, demo=demo, tab=tab, **options)
