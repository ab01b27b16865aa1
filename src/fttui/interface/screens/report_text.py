"""What is said of a file, laid out as painted lines: its numbers, its broken rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fttui.interface.kit.lines import wrap
from fttui.terminal.language import _
from fttui.training_data.wording import broken_rules, file_facts, place_of, rule_mark, token_facts

if TYPE_CHECKING:
    from fttui.interface.kit.lines import Line
    from fttui.training_data.report import Report, TokenStats

_LABEL = 22
_BARS = 12
_LONGEST_BAR = 32
_LEAST = 10
_MOST_RULES = 6
_SHOWN_ELSEWHERE = 2
"""The first facts of a file, format and size, are in the verdict already."""


def number_lines(
    report: Report, cost: Iterable[tuple[str, str]], width: int, *, first: int = 0
) -> list[Line]:
    """Everything that a report counted, in lines of `width` cells, from the fact `first` on.

    `cost` is label and value of an estimate.
    """
    lines = _facts(file_facts(report)[first:], width)
    if report.tokens is not None:
        lines += [(), ((_("Tokens"), "title"),)]
        lines += _facts(token_facts(report.tokens, report.token_limit), width)
        lines += [(), ((_("Examples by tokens"), "title"),), *_histogram(report.tokens, width)]
    priced = _facts(((label, value, "plain") for label, value in cost), width)
    lines += [(), ((_("Estimate"), "title"),), *priced] if priced else []
    if report.notes:
        parts = [part for note in report.notes for part in wrap(note, max(width - 2, _LEAST))]
        lines += [(), ((_("Notes"), "title"),), *(((f"  {part}", "plain"),) for part in parts)]
    if report.sha256:
        lines += [(), *_facts([("SHA-256", report.sha256, "muted")], width)]
    return lines


def summary_lines(report: Report, width: int) -> list[Line]:
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
    return [*lines, *number_lines(report, (), width, first=_SHOWN_ELSEWHERE)]


def _histogram(tokens: TokenStats, width: int) -> list[Line]:
    bars = tokens.bars(_BARS)
    most = max((count for _, _, count in bars), default=0) or 1
    longest = min(max(width - _LABEL - len(f" {most:,}") - 1, 1), _LONGEST_BAR)
    lines: list[Line] = []
    for low, high, count in bars:
        length = -(-count * longest // most)
        span = f"{low:,}–{high:,}"
        bar = ("█" * length, "active")
        lines.append(((f"{span:>{_LABEL}} ", "muted"), bar, (f" {count:,}", "plain")))
    return lines


def _facts(facts: Iterable[tuple[str, str, str]], width: int) -> list[Line]:
    """Label and value of each fact; a long value goes on below itself, so that none is cut."""
    lines: list[Line] = []
    for label, value, style in facts:
        for index, part in enumerate(wrap(value, max(width - _LABEL - 1, _LEAST))):
            shown = "" if index else label
            lines.append(((f"  {shown:<{_LABEL - 2}} ", "muted"), (part, style)))
    return lines
