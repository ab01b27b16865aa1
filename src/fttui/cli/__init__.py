"""The command line of fttui: the app's core without the app."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise

_CHECKED_ALONE = ("--json", "--no-tokens", "--method", "--epochs")
"""Options of a check that change nothing about what it needs at first."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, by default the one of this process, and return its exit status."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments[:1] == ["__complete"]:
        from fttui.cli.completing.answering import answer

        return answer(arguments[1:])
    if arguments != ["--version"]:
        from fttui.cli.language import choose_language

        choose_language(arguments)
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
    from fttui.cli.command_word import asks_for_help

    if asks_for_help(arguments):
        _hear_strays_late()
    elif arguments[:1] == ["check"]:
        _hear_strays_late()
        _prepare_check(arguments[1:])
    else:
        _hear_strays()
    from fttui.cli.program import run

    return run(arguments)


def _prepare_check(arguments: list[str]) -> None:
    """Begin what a check of one file needs before its arguments are read by the parser.

    Where they are not as simple as that, the command begins it itself, a little later.
    """
    from pathlib import Path

    values = dict(pairwise([*arguments, ""]))
    model = values.get("--model")
    paths = [each for each in arguments if not each.startswith("-") and Path(each).is_file()]
    rest = {each for each in arguments if each.startswith("-")} - {"--model", *_CHECKED_ALONE}
    if len(paths) == 1 and not rest:
        from fttui.training_data.worker_start import prepare

        prepare(paths[0], model=model, count_tokens="--no-tokens" not in arguments)


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
