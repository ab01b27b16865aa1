"""Opening the session that a command works in, and waiting for the endpoint."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from fttui.cli.output import Output
from fttui.cli.waiting import waiting_for
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.services.retrying import RetryNotice
    from fttui.services.session import Session


@contextmanager
def open_session(args: Namespace, *, quiet: bool = False) -> Iterator[Session]:
    """The session that the global options ask for; closed at the end, whatever happens.

    Raises SettingsError for a configuration that cannot be used and KeyRefused for a key file
    that cannot be read. Unless `quiet`, settings that are not known are told on stderr.
    """
    from fttui.services.session import Session
    from fttui.storage.clipboard_file import drop_old_copied_text
    from fttui.storage.credentials import read_key_file
    from fttui.storage.logs import configure_logging

    configure_logging()
    drop_old_copied_text()
    output = Output.of(args)
    with waiting_for("Waiting for the place where the API key is kept ..."):
        session = Session.open(config=args.config, profile=args.profile, environ=os.environ)
    session.thread.around_wait = partial(waiting_for, f"Waiting for {session.endpoint.host} ...")
    try:
        if args.api_key_file is not None:
            path = args.api_key_file.expanduser()
            session.with_key(read_key_file(path), f"the file {safe_path(path)}", "key file")
        if not quiet:
            session.on_retry = lambda notice: _tell_retry(output, notice)
            for warning in session.settings.warnings:
                output.message(f"Warning: {warning}")
        yield session
    finally:
        session.close()


def _tell_retry(output: Output, notice: RetryNotice) -> None:
    times = f"{notice.attempt} of {notice.tries}"
    output.message(f"{notice.error.sentence} Try {times}; again in {notice.pause:.1f} s.")
