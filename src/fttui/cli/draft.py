"""What a wish of the command line would submit, what it costs, and what is shown before the yes."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from fttui.cli.job_options import Wish
from fttui.cli.output import Output
from fttui.cli.training_files import ChosenFile
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.cost_again import Cost
    from fttui.services.job_form import JobRequest
    from fttui.services.session import Session
    from fttui.services.submission.types import Draft


def draft_of(
    session: Session,
    wish: Wish,
    request: JobRequest,
    training: ChosenFile,
    validation: ChosenFile | None,
) -> Draft:
    """What is submitted of a wish with these files; `request` is one of its requests."""
    from fttui.services.submission.types import Draft

    reports = [one.report if one else None for one in (training, validation)]
    sha256 = [(report and report.sha256) or "" for report in reports]
    md5 = [(report and report.md5) or "" for report in reports]
    return Draft(
        request=request,
        cost=wish_cost(session, wish, request, training).text,
        training=training.file,
        validation=validation.file if validation else None,
        training_sha256=sha256[0],
        training_md5=md5[0],
        validation_sha256=sha256[1],
        validation_md5=md5[1],
    )


def wish_cost(session: Session, wish: Wish, request: JobRequest, training: ChosenFile) -> Cost:
    """What one of the requests costs.

    It goes by the file's report, by what is known of one that is on the endpoint, or by the job
    that it is taken from.
    """
    from fttui.services.cost_again import cost_of

    again = wish.again
    earlier = again.job if again is not None and training.file == again.training else None
    return cost_of(request, training.report, earlier, session, training.counted(session))


def show_facts(
    args: argparse.Namespace,
    output: Output,
    session: Session,
    draft: Draft,
    wish: Wish,
    training: ChosenFile,
    without: frozenset[str] = frozenset(),
) -> None:
    """Show what is sent, where and at what cost, but the facts `without`; as the app says it."""
    from fttui.services.submission_words import (
        named_files,
        submission_facts,
        submission_warning,
    )
    from fttui.services.tuned_models.asking import ask_models_briefly

    if not args.yes and session.endpoint.is_openais:
        # Somebody reads it, and the endpoint may know another date.
        session.thread.wait(ask_models_briefly(session))
    for warning in submission_warning(draft, session, training.report).splitlines():
        output.message(_("Warning: {warning}", warning=warning))
    for text in wish.again.left_out if wish.again else ():
        output.message(_("Warning: {warning}", warning=text))
    facts = submission_facts(draft, session, training.report, training.counted(session))
    if wish.again is not None:
        facts.append((_("Against {job_id}", job_id=wish.again.job.id), wish.against))
    named = {} if args.yes else dict(session.thread.wait(named_files(draft, session.handle)))
    facts = [
        (label, " · ".join(named.get(label, value).splitlines()))
        for label, value in facts
        if label not in without
    ]
    longest = max(len(label) for label, _unused in facts)
    for label, value in facts:
        output.message(f"  {label:<{longest}}  {value}")
