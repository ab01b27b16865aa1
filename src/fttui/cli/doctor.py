"""`fttui doctor`: what this terminal, this machine and this endpoint can do."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from fttui.cli.output import Output
from fttui.terminal.language import _, marked

_NAMES = frozenset(
    {
        marked("versions"),
        marked("terminal"),
        marked("colours"),
        marked("settings"),
        marked("clipboard"),
        marked("state"),
        marked("journal"),
        marked("archive"),
        marked("endpoint"),
        marked("key"),
        marked("verified"),
        marked("offers"),
        marked("training"),
    }
)
"""What is looked at, as it is called in JSON too."""
_WIDTH = max(12, *(len(_(name)) for name in _NAMES))
_STATES = {"warning": marked("warning: "), "problem": marked("problem: ")}
_MARKS = {"ok": ("●", "32"), "note": ("○", ""), "warning": ("▲", "33"), "problem": ("✕", "31")}


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "doctor",
        description=_(
            "Look at everything that fttui stands on, and say what to change. "
            "Exit status 1 if something keeps it from working."
        ),
    )
    parser.add_argument("--offline", action="store_true", help=_("do not ask the endpoint"))
    parser.add_argument(
        "--train",
        action="store_true",
        help=_("also look at what there is to train with, for `fttui serve`"),
    )
    parser.add_argument(
        "--python",
        metavar="PATH",
        default=sys.executable,
        help=_("with --train: the interpreter that is to train"),
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what is found; 1 when there is a problem."""
    from fttui.cli.doctor_checks import all_findings

    output = Output.of(args)
    findings = []
    for finding in all_findings(args):
        findings.append(finding)
        if not output.json:
            mark, colour = _MARKS[finding.state]
            name = _(finding.name) if finding.name in _NAMES else finding.name
            said = f"{_(_STATES.get(finding.state, ''))}{finding.text}"
            output.line(f"{output.painted(mark, colour)} {name:<{_WIDTH}}  {said}")
            for more in finding.more:
                output.line(f"  {'':<{_WIDTH}}  {more}")
    healthy = all(finding.state != "problem" for finding in findings)
    if output.json:
        output.document({"ok": healthy, "findings": [finding.to_json() for finding in findings]})
    return 0 if healthy else 1
