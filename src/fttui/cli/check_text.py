"""The report of a check as text: the verdict first, then the problems, then the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fttui.cli.formats import size
from fttui.terminal.format import counted
from fttui.training_data.rules import RULES, Severity

if TYPE_CHECKING:
    from fttui.cli.output import Output
    from fttui.training_data.models import Estimate
    from fttui.training_data.problems import Problem
    from fttui.training_data.repair import RepairReport
    from fttui.training_data.report import Report
    from fttui.training_data.split import SplitReport

_LISTED = 10
_RED, _YELLOW, _GREEN = "31", "33", "32"


def lines_of_report(
    report: Report, estimate: Estimate, repaired: RepairReport | None, output: Output
) -> list[str]:
    """The text of `fttui check`, for the training file and its validation file."""
    lines: list[str] = []
    if repaired is not None:
        lines += _repaired(repaired)
    lines += _file(report, output)
    lines += _numbers(report, estimate)
    if report.validation is not None:
        lines += ["", *_file(report.validation, output)]
    return lines


def lines_of_parts(parts: SplitReport | None) -> list[str]:
    """What a split wrote."""
    from fttui.terminal.text import safe_path

    if parts is None:
        return []
    return [
        "",
        f"Wrote {counted(parts.training_examples, 'example')} to {safe_path(parts.training)}",
        f"Wrote {counted(parts.validation_examples, 'example')} to {safe_path(parts.validation)}",
    ]


def _repaired(repaired: RepairReport) -> Iterator[str]:
    from fttui.terminal.text import safe_path

    yield f"Wrote a corrected copy of {repaired.source} to {safe_path(repaired.destination)}:"
    for done in repaired.corrections:
        yield f"  {done.sentence}"
    if not repaired.corrections:
        yield "  nothing had to be corrected"
    yield ""


def _file(report: Report, output: Output) -> Iterator[str]:
    yield f"{report.file}: {_verdict(report, output)}"
    kind = f"{report.format} format" if report.format else "no known format"
    yield f"  {kind}, {counted(report.examples, 'example')}, {size(report.bytes)}"
    for note in report.notes:
        yield f"  {note}"
    for severity, title in ((Severity.ERROR, "Errors"), (Severity.WARNING, "Warnings")):
        rules = [name for name in report.counts if RULES[name].severity is severity]
        if rules:
            yield ""
            yield title
        for rule in rules:
            yield from _rule(report, rule)


def _verdict(report: Report, output: Output) -> str:
    errors, warnings = report.error_count, report.warning_count
    if errors:
        word, colour = f"✗ {counted(errors, 'error')}", _RED
    elif warnings:
        word, colour = "✓ no errors", _YELLOW
    else:
        word, colour = "✓ good", _GREEN
    more = f", {counted(warnings, 'warning')}" if warnings else ""
    return output.painted(word, colour) + more


def _rule(report: Report, rule: str) -> Iterator[str]:
    count = report.counts[rule]
    listed = report.of_rule(rule)[:_LISTED]
    yield f"  {rule} ({count:,}), against the rule: {RULES[rule].title}"
    for problem in listed:
        yield f"    {_place(problem)}{problem.message}"
    if listed:
        yield f"    -> {listed[0].fix}"
    if count > len(listed):
        yield f"    and {count - len(listed):,} more"


def _place(problem: Problem) -> str:
    if problem.line is None:
        return ""
    parts = [f"line {problem.line:,}"]
    if problem.example is not None and problem.example != problem.line:
        parts.append(f"example {problem.example:,}")
    if problem.path:
        parts.append(problem.path)
    return f"{', '.join(parts)}: "


def _numbers(report: Report, estimate: Estimate) -> Iterator[str]:
    tokens = report.tokens
    if tokens is None or not report.examples:
        return
    about = "" if tokens.exact else "≈ "
    lengths = tokens.lengths
    yield ""
    yield (
        f"Tokens     {about}{tokens.total:,} ({tokens.encoding}), "
        f"{tokens.assistant_total:,} of them the assistant's"
    )
    yield (
        f"Examples   {lengths.min:,} to {lengths.max:,} tokens, mean {lengths.mean:,.0f}, "
        f"median {lengths.median:,.0f}, p5 {lengths.p5:,.0f}, p95 {lengths.p95:,.0f}"
    )
    default = " (the usual default)" if estimate.epochs_are_default else ""
    yield f"Epochs     {estimate.epochs}{default}"
    if estimate.billable_tokens is not None:
        cut = estimate.truncated_examples
        less = f", {counted(cut, 'example')} cut at the model's limit" if cut else ""
        yield f"Billable   {about}{estimate.billable_tokens:,} tokens{less}"
    if estimate.validation_tokens is not None:
        yield f"Validation {about}{estimate.validation_tokens:,} tokens, not billed"
    yield f"Cost       {_cost(estimate, about)}"


def _cost(estimate: Estimate, about: str) -> str:
    if estimate.usd is None or estimate.price is None:
        return "not known: name a model with a price (--model), or set [prices]"
    price = estimate.price
    dollars = f"${estimate.usd:,.2f}"
    return f"{about}{dollars} at ${price.per_million:g} per million tokens, as of {price.as_of}"
