"""What is said of a file, laid out as painted lines: its numbers, its broken rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fttui.terminal.language import _
from fttui.training_data.wording import broken_rules, file_facts, place_of, rule_mark, token_facts

if TYPE_CHECKING:
    from fttui.interface.kit.lines import Line
    from fttui.training_data.report import Report, TokenStats

_LABEL = 22
_BARS = 12
_LONGEST_BAR = 32
_MOST_RULES = 6
_TOLD_ELSEWHERE = 2
"""The first lines of the numbers, format and size, are in the verdict already."""


def number_lines(report: Report, cost: Iterable[tuple[str, str]]) -> list[Line]:
    """Everything that a report counted; `cost` is label and value of an estimate."""
    lines = [_fact(*fact) for fact in file_facts(report)]
    if report.tokens is not None:
        lines += [(), ((_("Tokens"), "title"),)]
        lines += [_fact(*fact) for fact in token_facts(report.tokens, report.token_limit)]
        lines += [(), ((_("Examples by tokens"), "title"),), *_histogram(report.tokens)]
    priced: list[Line] = [_fact(label, value) for label, value in cost]
    lines += [(), ((_("Estimate"), "title"),), *priced] if priced else []
    if report.notes:
        lines += [
            (),
            ((_("Notes"), "title"),),
            *(((f"  {note}", "plain"),) for note in report.notes),
        ]
    if report.sha256:
        lines += [(), _fact("SHA-256", report.sha256, "muted")]
    return lines


def summary_lines(report: Report) -> list[Line]:
    """The lines of a summary: at most six rules, errors first, then formats, roles and tokens."""
    lines: list[Line] = []
    rules = broken_rules(report)
    for rule in rules[:_MOST_RULES]:
        mark, style = rule_mark(rule)
        listed = report.of_rule(rule.name)
        place = (
            _(", first in {place_of}", place_of=place_of(listed[0]))
            if listed and listed[0].line
            else ""
        )
        count = report.counts[rule.name]
        title = (f"  {rule.title}{place}", "muted")
        lines.append(((f"{mark} {count:,} × {rule.name}", style), title))
    if len(rules) > _MOST_RULES:
        lines.append(((_("  and {count} more rules", count=len(rules) - _MOST_RULES), "muted"),))
    if lines:
        lines.append(())
    return [*lines, *number_lines(report, ())[_TOLD_ELSEWHERE:]]


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


def _fact(label: str, value: str, style: str = "plain") -> Line:
    return ((f"  {label:<{_LABEL - 2}} ", "muted"), (value, style))
