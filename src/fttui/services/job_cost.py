"""What a job has cost in the end: the tokens it was trained on, by a price of a known day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.terminal.format import as_of_text, dollars_text, rate_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session


@dataclass(frozen=True, slots=True)
class ActualCost:
    """US dollars, by a price for a million tokens and its day.

    Without a price it is 0: nobody bills the job.
    """

    usd: float
    price_per_million: float | None = None
    as_of: str = ""

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints, rounded as an estimate is."""
        return {
            "usd": round(self.usd, 6 if self.usd < 0.01 else 2),
            "price_per_million": self.price_per_million,
            "as_of": self.as_of or None,
        }

    @property
    def text(self) -> str:
        """The sum, by which price and of what day."""
        if self.price_per_million is None:
            return _("nothing: this server bills nobody")
        return _(
            "{cost} ({rate} per million, as of {as_of})",
            cost=dollars_text(self.usd),
            rate=rate_text(self.price_per_million),
            as_of=as_of_text(self.as_of),
        )


def actual_cost(job: Job, session: Session) -> ActualCost | None:
    """What a job that has ended has cost; None without its tokens or a price.

    A price that the user has set goes before a server's word that nobody is billed; OpenAI's prices
    are nobody else's. Reinforcement is billed by the hour, so its tokens tell nothing.
    """
    tokens, model = job.trained_tokens, job.model or job.fine_tuned_model
    if not job.status.is_final or tokens is None or tokens < 0 or not model:
        return None
    if job.method == "reinforcement":
        return None
    from fttui.services.submission_words import is_unbilled, prices_of
    from fttui.training_data.models import price_in, price_of

    price = price_in(prices_of(session.settings), model)
    if price is None and is_unbilled(model, session):
        return ActualCost(0.0)
    if price is None and session.retirement.knows_openai:
        price = price_of(model)
    if price is None:
        return None
    return ActualCost(price.per_million * tokens / 1e6, price.per_million, price.as_of)
