"""What a job will cost, by the table that comes with fttui and the user's own prices over it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from fttui.terminal.text import safe
from fttui.training_data.models import format_notice, retirement_notice

if TYPE_CHECKING:
    from fttui.services.job_form import JobRequest
    from fttui.services.session import Session
    from fttui.services.submission.submissions import Draft
    from fttui.storage.settings import Settings
    from fttui.training_data.models import Estimate, Price
    from fttui.training_data.report import Report


def prices_of(settings: Settings) -> Mapping[str, Price]:
    """The prices that the user has set, by model, with the date that goes with them."""
    from fttui.training_data.models import Price, model_table

    as_of = settings.prices_as_of or model_table().prices_as_of
    return {model: Price(dollars, as_of) for model, dollars in settings.prices.items()}


def estimate_for(request: JobRequest, report: Report, settings: Settings) -> Estimate:
    """Epochs, billable tokens and cost of `request` with the file that `report` is of."""
    from fttui.training_data.models import estimate

    epochs = request.hyperparameters.get("n_epochs")
    return estimate(
        report,
        model=request.model,
        epochs=epochs if isinstance(epochs, int) else None,
        prices=prices_of(settings),
    )


def describe_estimate(told: Estimate) -> list[tuple[str, str]]:
    """Label and value of each thing that an estimate tells; `≈` marks what is not exact."""
    about = "" if told.exact else "≈ "
    guess = about or ("≈ " if told.epochs_are_default else "")
    facts = []
    if told.epochs_are_default:
        facts.append(("Epochs, likely", f"≈ {told.epochs} (auto: the endpoint decides)"))
    if told.billable_tokens is not None:
        facts.append(("Billable tokens", f"{guess}{told.billable_tokens:,}"))
    if told.price is not None and told.usd is not None:
        rate = f"${told.price.per_million:g} per million, as of {told.price.as_of}"
        facts.append(("Cost", f"{guess}${told.usd:,.2f} ({rate})"))
    else:
        facts.append(("Cost", "not known: no price for this model; [prices] in the settings"))
    return facts


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


def submission_warning(draft: Draft, report: Report | None, today: date | None = None) -> str:
    """What may make this job a waste, a sentence a line: a model that goes, a file not for it."""
    model = draft.request.model
    gone = retirement_notice(model, today or date.today())
    return "\n".join(filter(None, (gone, format_notice(model, report.format if report else None))))


def _file_text(file: object) -> str:
    if isinstance(file, str):
        return f"{file} (already on the endpoint)"
    name, size = getattr(file, "name", ""), getattr(file, "size", 0)
    return f"{name} ({size:,} bytes)"
