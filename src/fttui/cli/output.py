"""Where a command writes: data on stdout, messages on stderr."""

from __future__ import annotations

import argparse
import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from fttui.cli.problems import OutcomeUnreportedError, UsageError
from fttui.cli.wrapping import wrapped
from fttui.terminal.format import width_of
from fttui.terminal.language import _
from fttui.terminal.text import safe_json
from fttui.terminal.window import terminal_size

if TYPE_CHECKING:
    from fttui.cli.table import Cell, TextColumn
    from fttui.services.endpoint.models import Status
    from fttui.services.submission.types import Consent

_COLOURS = {"good": "32", "bad": "31", "waiting": "33", "active": "36"}
"""The SGR numbers of the looks that the app paints; the others are plain here."""


_LEAST_ROOM = 20


def colour_of(look: str) -> str:
    """The SGR number of a look, or "" for a neutral one."""
    return _COLOURS.get(look, "")


def status_colour(status: Status) -> str:
    """The SGR number of a job's status, the same colour as in the app."""
    from fttui.services.job_words import style_of

    return colour_of(style_of(status).style)


@dataclass(frozen=True, slots=True)
class Output:
    """The two streams of a command; `json` says which kind of data stdout gets."""

    json: bool
    colour: bool

    @classmethod
    def of(cls, args: Namespace) -> Output:
        """The output that the global options and the environment ask for."""
        return cls(json=args.json, colour=_wants_colour(args.color))

    def document(self, value: object) -> None:
        """The one JSON document of a command."""
        print(safe_json(value, indent=2))

    def json_line(self, value: object) -> None:
        """One line of a stream of JSON documents, sent at once."""
        print(safe_json(value), flush=True)

    def line(self, text: str) -> None:
        """One line of data, sent at once so that a follower sees it when it happens."""
        print(text, flush=True)

    def lines(self, texts: Iterable[str]) -> None:
        """Many lines of data."""
        sys.stdout.write("".join(f"{text}\n" for text in texts))

    def outcome(
        self, document: object, lines: Sequence[str], *, done: str, paid: bool = False
    ) -> None:
        """What an action has done, as a document or as lines; an action costs, or destroys.

        Raises OutcomeUntoldError, with the sentence `done`, when stdout does not take it.
        """
        try:
            if self.json:
                self.document(document)
            else:
                self.lines(lines)
            sys.stdout.flush()
        except OSError as problem:
            raise OutcomeUnreportedError(done, problem, paid=paid) from None

    def table(self, columns: Sequence[TextColumn], rows: Sequence[Sequence[str | Cell]]) -> None:
        """A table; cut to the terminal's width, but whole where another program reads it.

        COLUMNS speaks for that program where it is set.
        """
        from fttui.cli.table import render

        is_narrow = sys.stdout.isatty() or os.environ.get("COLUMNS", "")
        room = terminal_size(sys.stdout).columns if is_narrow else None
        self.lines(render(columns, rows, room=room, colour=self.colour))

    @property
    def room(self) -> int | None:
        """Columns of the terminal on stdout; None where another program reads it."""
        return terminal_size(sys.stdout).columns if sys.stdout.isatty() else None

    def painted(self, text: str, colour: str) -> str:
        """`text` in an SGR colour where colour is wanted."""
        return f"\x1b[{colour}m{text}\x1b[0m" if self.colour and colour else text

    def wrapped(self, text: str, *, indent: int = 0) -> list[str]:
        """`text` in lines that break between words where a terminal ends; whole in a pipe."""
        return [line for part in text.split("\n") for line in wrapped_for(sys.stdout, part, indent)]

    def facts(self, facts: Sequence[tuple[str, ...]], *, margin: int = 0) -> list[str]:
        """The lines of labels and values in two columns; a long value goes on below itself."""
        longest = max((len(label) for label, *_ in facts), default=0)
        lines = []
        for label, value, *_unused in facts:
            first, *rest = self.wrapped(value, indent=margin + longest + 2)
            lines += [f"{' ' * margin}{label:<{longest}}  {first.lstrip()}", *rest]
        return lines

    def message(self, text: str) -> None:
        """Something for the person, never data; it breaks between words."""
        lines = [line for part in text.split("\n") for line in wrapped_for(sys.stderr, part)]
        print("\n".join(lines), file=sys.stderr, flush=True)


def wrapped_for(stream: TextIO, text: str, indent: int = 0) -> list[str]:
    """One line of text, deeper by `indent` and by what it begins with, as `stream` can show it.

    A text that fits, or that no terminal shows, stays as it is. An address or a path that is
    longer than a line is left whole, so that it can be copied.
    """
    margin = " " * (indent + len(text) - len(text.lstrip(" ")))
    line = margin + text.strip(" ")
    if not stream.isatty():
        return [line]
    room = terminal_size(stream).columns
    if width_of(line) <= room or room - len(margin) < _LEAST_ROOM:
        return [line]
    return [margin + one for one in wrapped(line, room - len(margin))]


def _wants_colour(choice: str) -> bool:
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def confirm(question: str, *, yes: bool, what: str, must_type: str = "") -> bool:
    """True when `yes` was given or the person at the terminal types "yes", or `must_type`.

    The question goes to stderr, since stdout is data. Raises UsageError where nobody can
    answer; `what` names the action in that sentence.
    """
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            _("Nobody is at a terminal to confirm: {what}.", what=what),
            _("Give --yes to do it without asking."),
        )
    # Translators: what may be typed to say yes, in lower case, with commas between.
    answers = {must_type} if must_type else {"y", "yes", *_("y,yes").split(",")}
    ways = _("Type {must_type} to allow it:", must_type=must_type) if must_type else _("[yes/no]")
    asked = "\n".join(wrapped_for(sys.stderr, f"{question} {ways}"))
    print(f"{asked} ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in answers


def add_consents(parser: argparse.ArgumentParser) -> None:
    """Add the options that say, in so many words, what `--yes` does not."""
    parser.add_argument(
        "--again",
        action="store_true",
        help=_("pay for another job although an earlier call for this file is unanswered"),
    )
    parser.add_argument(
        "--without-journal",
        action="store_true",
        help=_("pay although fttui cannot keep track of the call"),
    )


def consent_of(args: argparse.Namespace) -> Consent:
    """What those options say."""
    from fttui.services.submission.types import Consent

    return Consent(without_journal=args.without_journal, again=args.again)


def not_whole(what: str) -> str:
    """That a list has an end which its endpoint gives no way to."""
    return _(
        "There may be more {what}: the endpoint's list goes on, and cannot be read to its end.",
        what=what,
    )
