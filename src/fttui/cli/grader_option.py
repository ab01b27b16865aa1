"""`fttui create --method reinforcement --grader FILE`: what only such a job has."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output
from fttui.cli.parser import input_file
from fttui.cli.problems import UsageError
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.services.endpoint.address import Endpoint
    from fttui.services.job_form import JobForm, JobRequest
    from fttui.services.session import Session

_OWN = ("grader", "reasoning_effort", "compute_multiplier", "eval_interval", "eval_samples")


def add_grader(parser: Any) -> None:
    """Add the option to those of a command."""
    parser.add_argument(
        "--grader",
        metavar="FILE",
        type=input_file,
        help=_("for reinforcement: the grader, a JSON file"),
    )


def grader_text(path: Path | None) -> str:
    """What is in the grader's file, "" for none. Raises UsageError for one that cannot be read."""
    if path is None:
        return ""
    from fttui.services.job_grader import GraderNotReadable, read_grader_file

    try:
        return read_grader_file(path)
    except GraderNotReadable as problem:
        sentence = _("{path} cannot be read: {problem}.", path=safe_path(path), problem=problem)
        raise UsageError(sentence, _("It is one JSON object, as in a job's method.")) from None


def reinforcement_problems(
    args: argparse.Namespace, form: JobForm, endpoint: Endpoint
) -> dict[str, str]:
    """What is wrong with the options of reinforcement, or for it, by the names of the API."""
    from fttui.services.job_form import REINFORCEMENT
    from fttui.services.job_grader import why_no_reinforcement
    from fttui.training_data.endpoints import limits_of

    if form.method != REINFORCEMENT:
        only = _("Only the method reinforcement has it.")
        return {name: only for name in _OWN if getattr(args, name)}
    found = {}
    if why_not := why_no_reinforcement(is_openais=endpoint.is_openais):
        found["method"] = why_not
    if not args.validation_file and limits_of(endpoint.base_url).requires_validation:
        found["validation_file"] = _("Reinforcement needs a validation file.")
    return found


def require_taken(session: Session, request: JobRequest, output: Output) -> None:
    """Ask the endpoint about the grader where it has a call for that, which costs nothing.

    Raises:
        ServiceError: the endpoint finds fault with it; nothing was sent but the grader.
    """
    if not request.grader:
        return
    taken = session.thread.wait(session.handle.validate_grader(request.grader))
    if taken and not output.json:
        output.message(_("The endpoint takes the grader."))
