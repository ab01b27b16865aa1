"""That fine-tuning ends, and models with it, as sentences; OpenAI's days, and nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fttui.terminal.format import counted
from fttui.terminal.language import _

if TYPE_CHECKING:
    from datetime import date

    from fttui.services.retirement_clock import RetirementClock
    from fttui.services.session import Session
    from fttui.services.tuned_models.inventory import TunedModel


def closing_day(session: Session) -> date | None:
    """The day from which OpenAI takes no jobs, where the endpoint is OpenAI's or speaks for it."""
    from fttui.training_data.models import model_table

    is_openais = session.endpoint.is_openais or session.retirement.speaks_for_openai
    return model_table().no_new_jobs_from if is_openais else None


def closing_text(closing: date, clock: RetirementClock) -> str:
    """That OpenAI takes no jobs from a day on, as a sentence."""
    left = (closing - clock.today()).days
    if left <= 0:
        return _("OpenAI has taken no new fine-tuning jobs since {closing}.", closing=closing)
    return _(
        "OpenAI takes no new fine-tuning jobs from {closing}, in {days}.",
        closing=closing,
        days=counted(left, "day"),
    )


def banner(session: Session, models: Sequence[TunedModel]) -> str:
    """What closes here: the endpoint's fine-tuning, and the models that go next; "" for nothing."""
    closing = closing_day(session)
    sentences = [closing_text(closing, session.retirement)] if closing else []
    ends = [one.goes for one in models if one.exists is not False and one.goes]
    soon = [goes for goes in ends if goes.is_soon]
    if soon:
        first = min(soon, key=lambda goes: goes.day)
        count = sum(goes.day == first.day for goes in soon)
        sentences.append(
            _(
                "{models} here: shut down on {when}.",
                models=counted(count, "fine-tuned model"),
                when=first.when,
            )
        )
    return " ".join(sentences)
