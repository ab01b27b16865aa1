"""Asking before something is spent or destroyed."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from fttui.cli.problems import UsageError

if TYPE_CHECKING:
    from fttui.services.submission.types import Consent


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


def add_consents(parser: argparse.ArgumentParser) -> None:
    """Add the options that say, in so many words, what `--yes` does not."""
    parser.add_argument(
        "--again",
        action="store_true",
        help="pay for another job although an earlier call for this file is unanswered",
    )
    parser.add_argument(
        "--without-journal",
        action="store_true",
        help="pay although fttui cannot keep track of the call",
    )


def consent_of(args: argparse.Namespace) -> Consent:
    """What those options say."""
    from fttui.services.submission.types import Consent

    return Consent(without_journal=args.without_journal, again=args.again)
