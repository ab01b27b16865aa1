"""`fttui create --dry-run`: what would be sent, and nothing of it is."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from fttui.cli.draft import draft_of, show_facts
from fttui.cli.job_options import Wish
from fttui.cli.output import Output, consent_of
from fttui.cli.training_files import ChosenFile
from fttui.terminal.language import _
from fttui.terminal.text import safe_json

if TYPE_CHECKING:
    from fttui.services.job_form import JobRequest
    from fttui.services.session import Session

Chosen = tuple[ChosenFile, ChosenFile | None]


def show_request(
    args: argparse.Namespace, output: Output, session: Session, wish: Wish, chosen: Chosen
) -> int:
    """Show on stderr what the question would show, and print the body of each create call.

    It has the paths of files that are not uploaded yet, and neither the values of variables
    (`env:NAME`) nor the mark by which a job is found again.

    Raises:
        ServiceError: what would keep the call from going out on this machine.
    """
    if wish.key:
        from fttui.cli.sweep import show_sweep

        requests = show_sweep(args, output, session, wish, chosen)
    else:
        requests = [wish.requests[0]]
        _show_one(args, output, session, wish, chosen)
    bodies = [_body(request, chosen) for request in requests]
    if output.json:
        output.document(bodies if wish.key else bodies[0])
    else:
        for body in bodies:
            output.line(f"POST {session.endpoint.base_url}/fine_tuning/jobs")
            output.line(safe_json(body, indent=2))
    output.message(_("This was a dry run: nothing was sent."))
    return 0


def _show_one(
    args: argparse.Namespace, output: Output, session: Session, wish: Wish, chosen: Chosen
) -> None:
    rule, consent = session.submissions.rule, consent_of(args)
    session.thread.wait(rule.require_ready(consent))
    draft = draft_of(session, wish, wish.requests[0], *chosen)
    for earlier in () if consent.again else session.thread.wait(rule.earlier_calls(draft)):
        output.message(
            _("Warning: {earlier}. Its job is looked for before anything is sent.", earlier=earlier)
        )
    show_facts(args, output, session, draft, wish, chosen[0])


def _body(request: JobRequest, chosen: Chosen) -> dict[str, object]:
    """What is sent of a request, with the files by their paths or ids."""
    training, validation = (_file_word(one) for one in chosen)
    return replace(request, training_file=training, validation_file=validation).to_body()


def _file_word(chosen: ChosenFile | None) -> str:
    if chosen is None:
        return ""
    return chosen.file if isinstance(chosen.file, str) else os.fspath(chosen.file.path)
