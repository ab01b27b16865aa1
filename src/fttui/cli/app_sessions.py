"""The sessions of the profiles that a person goes to in the app."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from typing import TYPE_CHECKING

from fttui.cli.problems import CommandError
from fttui.cli.sessions import open_session
from fttui.services.profiles.sessions import ProfileSessions
from fttui.storage.secrets import KeyRefused
from fttui.storage.settings import SettingsError

if TYPE_CHECKING:
    from fttui.services.session import Session


class AppSessions(ProfileSessions):
    """Opens them as the command line does: an archive is served for as long as it is open."""

    def __init__(self, args: argparse.Namespace, first: Session) -> None:
        super().__init__(first, args.config, asked=args.profile)
        self._args = args
        self._open_by_session: dict[int, ExitStack] = {}
        if args.api_key_file is not None and first.credential is not None:
            self.give_key(first.endpoint, first.credential)

    def _open_as_begun(self) -> Session:
        # The key of the file is for the server that it was named for, and is given there.
        return self._entered(argparse.Namespace(**{**vars(self._args), "api_key_file": None}))

    def _open_named(self, name: str) -> Session:
        named = {"profile": name, "archive": None, "api_key_file": None}
        return self._entered(argparse.Namespace(**{**vars(self._args), **named}))

    def _entered(self, args: argparse.Namespace) -> Session:
        stack = ExitStack()
        try:
            session = stack.enter_context(open_session(args, quiet=True, in_app=True))
        except (CommandError, KeyRefused) as problem:
            raise SettingsError(str(problem)) from None
        self._open_by_session[id(session)] = stack
        return session

    def _close(self, session: Session) -> None:
        stack = self._open_by_session.pop(id(session), None)
        (stack or session).close()
