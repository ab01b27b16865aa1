"""`fttui` without a command: the app."""

from __future__ import annotations

import argparse
from pathlib import Path

from fttui.cli.sessions import open_session, place_for_app, show_app


def run(args: argparse.Namespace) -> int:
    """Open the app where it can be shown."""
    with place_for_app():
        return _open_app(args)


def _open_app(args: argparse.Namespace) -> int:
    """Open the app on the session that the global options ask for."""
    from fttui.cli.app_sessions import AppSessions

    with open_session(args, quiet=True) as session:
        profiles = AppSessions(args, session)
        profiles.lists_all = args.all_profiles
        return show_app(
            session,
            open_demo=lambda: _open_demo(args),
            open_archive=lambda folder: _open_archive(args, folder),
            profiles=profiles,
            tab="jobs" if args.all_profiles else "create",
        )


def _open_demo(args: argparse.Namespace) -> int:
    """What a person without a key may choose on the first screen."""
    from fttui.cli import demo
    from fttui.terminal.typed_early import keep_keys

    keep_keys()  # the first app has given the terminal back
    return demo.open_demo(argparse.Namespace(**vars(args), **demo.DEFAULTS))


def _open_archive(args: argparse.Namespace, folder: str) -> int:
    """The archive that a person without a key has chosen on the first screen."""
    from fttui.terminal.typed_early import keep_keys

    keep_keys()
    there = {"archive": Path(folder), "api_key_file": None, "all_profiles": False}
    return _open_app(argparse.Namespace(**{**vars(args), **there}))
