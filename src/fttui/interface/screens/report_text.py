"""The numbers of a report as lines: tokens with their histogram, roles, lengths, cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fttui.interface.widgets.amounts import size_text

if TYPE_CHECKING:
    from fttui.interface.kit.lines import Line
    from fttui.training_data.report import Report, TokenStats
    from fttui.training_data.statistics import Distribution

_LABEL = 22
_BARS = 12
_LONGEST_BAR = 32
_MANY_PROMPTS = 1000


def number_lines(report: Report, cost: Iterable[tuple[str, str]]) -> list[Line]:
    """Everything that a report counted; `cost` is label and value of an estimate."""
    lines: list[Line] = [
        _fact("Format", str(report.format or "not recognised")),
        _fact("Examples", f"{report.examples:,} in {size_text(report.bytes)}"),
    ]
    lines += (
        [_fact("Messages an example", _spread(report.messages))] if report.messages.count else []
    )
    lines += [_fact("Messages by role", _counts(report.roles))] if report.roles else []
    if report.system_prompts:
        lines.append(_fact("System prompts", _prompts(report.system_prompts)))
    lines += [_fact("With tools", f"{report.with_tools:,}")] if report.with_tools else []
    lines += [_fact("With images", f"{report.with_images:,}")] if report.with_images else []
    lines += [_fact("Secrets", _counts(report.secrets), "bad")] if report.secrets else []
    if report.tokens is not None:
        lines += _token_lines(report.tokens, report.token_limit)
    priced: list[Line] = [_fact(label, value) for label, value in cost]
    lines += [(), (("Estimate", "title"),), *priced] if priced else []
    if report.notes:
        lines += [(), (("Notes", "title"),), *(((f"  {note}", "plain"),) for note in report.notes)]
    if report.sha256:
        lines += [(), _fact("SHA-256", report.sha256, "muted")]
    return lines


def _token_lines(tokens: TokenStats, limit: int | None) -> list[Line]:
    exact = "exact" if tokens.exact else "an estimate"
    lines: list[Line] = [
        (),
        (("Tokens", "title"),),
        _fact("Total", f"{tokens.total:,} by {tokens.encoding}, {exact}"),
        _fact("In the answers", f"{tokens.assistant_total:,}"),
        _fact("An example", _spread(tokens.lengths)),
    ]
    if limit:
        over = tokens.over(limit)
        text = f"{over:,} examples are cut" if over else "no example is cut"
        lines.append(_fact(f"Limit of {limit:,}", text, "waiting" if over else "plain"))
    return [*lines, (), (("Examples by tokens", "title"),), *_histogram(tokens)]


def _histogram(tokens: TokenStats) -> list[Line]:
    bars = tokens.bars(_BARS)
    most = max((count for _, _, count in bars), default=0) or 1
    lines: list[Line] = []
    for low, high, count in bars:
        length = -(-count * _LONGEST_BAR // most)
        span = f"{low:,}–{high:,}"
        bar = ("█" * length, "active")
        lines.append(((f"{span:>{_LABEL}} ", "muted"), bar, (f" {count:,}", "plain")))
    return lines


def _fact(label: str, value: str, look: str = "plain") -> Line:
    return ((f"  {label:<{_LABEL - 2}} ", "muted"), (value, look))


def _prompts(count: int) -> str:
    if count == 1:
        return "one, the same everywhere"
    return f"{count:,}{' or more' if count >= _MANY_PROMPTS else ''} different ones"


def _spread(values: Distribution) -> str:
    return (
        f"{values.min:,} to {values.max:,}, mean {values.mean:,.1f}, median {values.median:,.0f},"
        f" 5–95 %: {values.p5:,.0f} to {values.p95:,.0f}"
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
