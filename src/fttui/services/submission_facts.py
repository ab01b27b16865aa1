"""What a confirmation shows before money is spent: what is sent, where, and what it costs."""

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING

from fttui.services.known_models import retirement_notice
from fttui.services.submission_words import describe_estimate, estimate_for
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.job_request import JobRequest
    from fttui.services.session import Session
    from fttui.services.submission.submissions import Draft
    from fttui.training_data.check import Report

TRAINING_FILE = "Training file"
"""The label of the fact that `stored_text` replaces."""

_SHOWN_SETTINGS = ("n_epochs", "batch_size", "learning_rate_multiplier")


def submission_facts(
    draft: Draft, session: Session, report: Report | None
) -> list[tuple[str, str]]:
    """Label and value of each thing that is sent: where, what and at what cost come first."""
    request = draft.request
    facts = [
        ("Endpoint", " · ".join(session.endpoint.connection_parts(os.environ))),
        (TRAINING_FILE, _file_text(draft.training)),
    ]
    if draft.validation is not None:
        facts.append(("Validation file", _file_text(draft.validation)))
    facts.append(("Model", request.model))
    if session.endpoint.is_loopback:
        facts.append(("Billing", "by what runs at this address; a sandbox bills nothing"))
    if report is not None:
        facts += describe_estimate(estimate_for(request, report, session.settings))
    facts.append(("Method", request.method))
    names = [*_SHOWN_SETTINGS, "beta"] if request.method == "dpo" else list(_SHOWN_SETTINGS)
    facts += [
        (name, str(request.hyperparameters.get(name, "auto (the endpoint decides)")))
        for name in names
    ]
    facts.append(("seed", "the endpoint picks one" if request.seed is None else str(request.seed)))
    facts.append(("suffix", request.suffix or "none"))
    return [(label, safe(value)) for label, value in facts]


def cost_text(request: JobRequest, report: Report | None, session: Session) -> str:
    """What the job costs, as the confirmation says it; "" when nobody has counted."""
    if report is None:
        return ""
    return dict(describe_estimate(estimate_for(request, report, session.settings)))["Cost"]


def stored_text(draft: Draft, stored: str) -> str:
    """The training file's fact when its content is on the endpoint already, as `stored`."""
    where = f"already uploaded as {stored}: used again, not sent a second time"
    return safe(f"{_file_text(draft.training)}\n{where}", newlines=True)


def submission_warning(draft: Draft, session: Session, today: date | None = None) -> str:
    """What may make this job a waste: a retired model, or a file sent in spite of its errors."""
    return retirement_notice(draft.request.model, today or date.today())


def _file_text(file: object) -> str:
    if isinstance(file, str):
        return f"{file} (already on the endpoint)"
    name, size = getattr(file, "name", ""), getattr(file, "size", 0)
    return f"{name} ({size:,} bytes)"
