"""The command line of fttui: the app's core without the app."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, by default the one of this process, and return its exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    from fttui.cli.guard import guarded

    return guarded(lambda: _run(arguments), json="--json" in arguments)


def _run(arguments: list[str]) -> int:
    if arguments == ["--version"]:  # without the parser, which takes longer than all the rest
        print(version_text(json=False))
        return 0
    from fttui.cli.command_word import opens_app

    if not opens_app(arguments):
        return _run_command(arguments)
    import gc

    from fttui.terminal.typed_early import keys_kept

    gc.disable()  # till the app has painted itself: there is no garbage yet, and looking takes long
    try:
        with keys_kept():
            return _run_command(arguments)
    finally:
        gc.enable()


def _run_command(arguments: list[str]) -> int:
    if arguments[:1] == ["check"]:
        _hear_strays_late()
    else:
        _hear_strays()
    from fttui.cli.program import run

    return run(arguments)


def _hear_strays() -> None:
    """Tell of errors that no code is there to handle."""
    from fttui.cli.failures import report_stray
    from fttui.storage.logs import hear_strays

    hear_strays(report_stray)


def _hear_strays_late() -> None:
    """As `_hear_strays`, imported with the first such error; for a command without a log."""
    import threading

    def ignored(failure: sys.UnraisableHookArgs) -> None:
        _hear_strays()
        sys.unraisablehook(failure)

    def in_thread(failure: threading.ExceptHookArgs) -> None:
        _hear_strays()
        threading.excepthook(failure)

    sys.unraisablehook, threading.excepthook = ignored, in_thread


def version_text(*, json: bool) -> str:
    """What `--version` prints: a line, or a JSON document."""
    from fttui import __version__

    return f'{{"version": "{__version__}"}}' if json else f"fttui {__version__}"
