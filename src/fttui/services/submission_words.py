"""What a job will cost, by the table that comes with fttui and the user's own prices over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fttui.services.job_request import JobRequest
    from fttui.storage.settings import Settings
    from fttui.training_data.estimate import Estimate, Price
    from fttui.training_data.report import Report


def prices_of(settings: Settings) -> Mapping[str, Price]:
    """The prices that the user has set, by model, with the date that goes with them."""
    from fttui.training_data.estimate import AS_OF, Price

    as_of = settings.prices_as_of or AS_OF
    return {model: Price(dollars, as_of) for model, dollars in settings.prices.items()}


def estimate_for(request: JobRequest, report: Report, settings: Settings) -> Estimate:
    """Epochs, billable tokens and cost of `request` with the file that `report` is of."""
    from fttui.training_data.estimate import estimate

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
