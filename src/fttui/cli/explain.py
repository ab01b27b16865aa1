"""`fttui explain`: what the code of a failure means, and what to do next."""

from __future__ import annotations

import argparse
from typing import Any

from fttui.cli.output import Output
from fttui.cli.problems import CommandError
from fttui.terminal.language import _
from fttui.terminal.text import safe

_LONGEST = 60


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "explain",
        description=_(
            "Say what the code of a failed job or a refused call means, what to do next, and "
            "whether creating the job again is the cure. Without CODE all codes are listed. "
            "However a code is written, it is found: quotaExceeded, quota-exceeded. Exit status "
            "1 for one that is not known."
        ),
    )
    parser.add_argument("code", metavar="CODE", nargs="?", help=_("the code, or a whole message"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Explain one code, or list all that can be explained."""
    output = Output.of(args)
    if args.code is None:
        return _list_all(output)
    from fttui.services.explanations import explain

    found = explain(args.code, args.code)
    if found is None:
        raise CommandError(*_unknown(args.code))
    if output.json:
        output.document(found.to_json())
        return 0
    facts = [("code", found.code), (_("cause"), found.cause), (_("next step"), found.next_step)]
    if found.again:
        facts.append((_("cure"), _("Create it again: `fttui create --from JOB`, or d in the app.")))
    output.lines(output.facts(facts))
    return 0


def _list_all(output: Output) -> int:
    from fttui.services.explanations import explain, known_codes

    found = {code: explain(code) for code in known_codes()}
    if output.json:
        output.document([{**one.to_json(), "code": code} for code, one in found.items() if one])
        return 0
    output.lines(output.facts([(code, one.cause) for code, one in found.items() if one]))
    return 0


def _unknown(code: str) -> tuple[str, str]:
    from fttui.services.explanations import similar_codes
    from fttui.terminal.near_words import meant

    near = similar_codes(code)
    sentence = _("Nobody has explained the code “{code}”.", code=safe(code, maxlen=_LONGEST))
    if near:
        return sentence, meant(near)
    return sentence, _("`fttui explain` lists those that are known; the message says more.")
