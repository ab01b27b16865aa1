"""What a job like an earlier one will cost: by the tokens that the earlier one was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.services.job_again import Again, against_text, form_texts
from fttui.services.job_cost import actual_cost
from fttui.services.submission_words import (
    BILLS_NOBODY,
    NOT_COUNTED,
    bills_nobody,
    estimate_for,
    money_text,
    reinforcement_cost,
)
from fttui.terminal.format import dollars_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.counted_files import CountedFile
    from fttui.services.endpoint.models import Job
    from fttui.services.job_form import JobForm, JobRequest
    from fttui.services.session import Session
    from fttui.training_data.report import Report

NOT_KNOWN = _("not known: there are no tokens, or no price, to go by")


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars, None where they are not known, and how that is said."""

    usd: float | None
    text: str


def cost_of(
    request: JobRequest,
    report: Report | None,
    earlier: Job | None,
    session: Session,
    counted: CountedFile | None = None,
) -> Cost:
    """What `request` costs: by the report of its file, else by an `earlier` job on that file.

    What was `counted` of a file that is on the endpoint goes before the job where it is exact: the
    endpoint has counted what the job was trained on itself.
    """
    if request.grader:
        return Cost(None, reinforcement_cost(request, session))
    if report is not None:
        return _by_report(request, report, session)
    by_job = _by_job(request, earlier, session)
    if counted is None:
        return by_job
    is_exact = estimate_for(request, counted.report, session).exact
    known = _by_report(request, counted.report, session)
    return by_job if by_job.usd is not None and not is_exact else known


def _by_report(request: JobRequest, report: Report, session: Session) -> Cost:
    estimated = estimate_for(request, report, session)
    return Cost(estimated.usd, money_text(estimated))


def _by_job(request: JobRequest, earlier: Job | None, session: Session) -> Cost:
    if earlier is None:
        is_free = bills_nobody(request.model, session)
        return Cost(0.0, BILLS_NOBODY) if is_free else Cost(None, NOT_COUNTED)
    made = earlier.hyperparameters.n_epochs
    if not isinstance(made, int) or earlier.trained_tokens is None or made < 1:
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
) -> list[tuple[str, str]]:
    """What a confirmation says of a job that is taken from another, beside its own facts."""
    files = {
        role: file if isinstance(file, str) else file.name if file else ""
        for role, file in (("training", training), ("validation", validation))
    }
    against = against_text(again, form_texts(form) | files)
    return [(_("Against {job_id}", job_id=again.job.id), against)]
