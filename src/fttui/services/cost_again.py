"""What a job like an earlier one will cost: by the tokens that the earlier one was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.services.job_again import Again, against_text, form_texts
from fttui.services.job_cost import actual_cost
from fttui.services.submission_words import estimate_for, money_text
from fttui.terminal.format import dollars_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.job_form import JobForm, JobRequest
    from fttui.services.session import Session
    from fttui.services.submission.types import Draft
    from fttui.training_data.report import Report

NOT_KNOWN = _("not known: there are no tokens, or no price, to go by")


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars, None where they are not known, and how that is said."""

    usd: float | None
    text: str


def cost_of(
    request: JobRequest, report: Report | None, earlier: Job | None, session: Session
) -> Cost:
    """What `request` costs: by the report of its file, else by an `earlier` job on that file."""
    if report is not None:
        estimated = estimate_for(request, report, session)
        return Cost(estimated.usd, money_text(estimated))
    made = earlier.hyperparameters.n_epochs if earlier else None
    if earlier is None or not isinstance(made, int) or earlier.trained_tokens is None or made < 1:
        return Cost(None, NOT_KNOWN)
    epochs = request.hyperparameters.get("n_epochs", made)
    tokens = round(earlier.trained_tokens / made * epochs) if isinstance(epochs, int) else None
    like = replace(earlier, trained_tokens=tokens, model=request.model, method=request.method)
    cost = actual_cost(like, session)
    if cost is None:
        return Cost(None, NOT_KNOWN)
    return Cost(cost.usd, cost.text if cost.price_per_million is None else f"≈ {cost.text}")


def sum_text(dollars: Sequence[float | None]) -> str:
    """The sum of what several jobs cost; it is not known where one of them is not."""
    known = [usd for usd in dollars if usd is not None]
    if len(known) < len(dollars):
        return NOT_KNOWN
    return f"≈ {dollars_text(sum(known))}" if any(known) else _("nothing")


def again_facts(
    again: Again,
    form: JobForm,
    training: Path | str,
    validation: Path | str | None,
    draft: Draft,
) -> list[tuple[str, str]]:
    """What a confirmation says of a job that is taken from another, beside its own facts."""
    files = {
        role: file if isinstance(file, str) else file.name if file else ""
        for role, file in (("training", training), ("validation", validation))
    }
    is_told = training != again.training or form.method == "reinforcement"
    facts = [] if is_told else [(_("Cost"), draft.cost)]
    against = against_text(again, form_texts(form) | files)
    return [*facts, (_("Against {job_id}", job_id=again.job.id), against)]
