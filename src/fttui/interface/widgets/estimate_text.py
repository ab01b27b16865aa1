"""Examples, tokens, epochs and cost of a form in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.interface.widgets.file_check import counted
from fttui.services.submission_words import estimate_for

if TYPE_CHECKING:
    from fttui.services.job_request import JobRequest
    from fttui.storage.settings import Settings
    from fttui.training_data.estimate import Estimate
    from fttui.training_data.report import Report

_EXACT_UP_TO = 10_000_000


def estimate_of(request: JobRequest | None, report: Report | None, settings: Settings) -> str:
    """Examples, tokens and cost of a form; "" without a report. No request: a field is not good."""
    if report is None:
        return ""
    return estimate_text(report, estimate_for(request, report, settings) if request else None)


def estimate_text(report: Report, told: Estimate | None) -> str:
    """The line below the form; `≈` marks what is not exact, and None an unreadable form.

    For example `60 examples · 2,412 tokens × 3 epochs = 7,236 · $0.18 ($25/M, 2026-11-22)`.
    """
    parts = [counted(report.examples, "example")]
    if told is None or told.tokens_per_epoch is None or told.billable_tokens is None:
        if report.tokens is not None:
            parts.append(f"{_tokens(report.tokens.total)} tokens")
        return " · ".join(parts)
    about = "" if told.exact else "≈"
    guess = "≈" if told.epochs_are_default else ""
    total = about or guess
    parts.append(
        f"{about}{_tokens(told.tokens_per_epoch)} tokens × {guess}{counted(told.epochs, 'epoch')}"
        f" = {total}{_tokens(told.billable_tokens)}"
    )
    if told.usd is not None and told.price is not None:
        price = f"${told.price.per_million:g}/M, {told.price.as_of}"
        parts.append(f"{total}${told.usd:,.2f} ({price})")
    else:
        parts.append("price not known")
    if told.truncated_examples:
        parts.append(f"{told.truncated_examples:,} over the limit")
    return " · ".join(parts)


def _tokens(count: int) -> str:
    return f"{count:,}" if count < _EXACT_UP_TO else f"{count / 1e6:,.1f} M"
