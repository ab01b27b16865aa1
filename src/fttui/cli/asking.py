"""Asking before something is spent or destroyed."""

from __future__ import annotations

import sys

from fttui.cli.problems import UsageError


def confirm(question: str, *, yes: bool, what: str) -> bool:
    """True when `yes` was given or the person at the terminal types "yes".

    The question goes to stderr, since stdout is data. Raises UsageError where nobody can
    answer; `what` names the action in that sentence.
    """
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            f"Nobody is at a terminal to confirm: {what}.", "Give --yes to do it without asking."
        )
    print(f"{question} [yes/no] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    return answer.strip().lower() in {"y", "yes"}
