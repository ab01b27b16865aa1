"""What is said of a file, laid out as painted lines: its numbers, its broken rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells

from fttui.interface.kit.lines import cut, wrap
from fttui.terminal.format import count_text
from fttui.terminal.language import _
from fttui.training_data.excerpts import windowed
from fttui.training_data.wording import (
    broken_rules,
    file_facts,
    place_of,
    rule_mark,
    token_facts,
    where,
)

if TYPE_CHECKING:
    from fttui.interface.kit.lines import Line
    from fttui.training_data.repair_plan import Change
    from fttui.training_data.report import Report, TokenStats
    from fttui.training_data.rules import Problem, Rule

_LABEL = 22
_BARS = 12
_LONGEST_BAR = 32
_LEAST = 10
_MOST_RULES = 6
_BY_COMMAND = "fttui check --fix OUT"
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


def problem_lines(problem: Problem, width: int, most: int, key: str) -> list[Line]:
    """All that is to say of a problem, in at most `most` lines: its fix is never left out.

    The piece of the file around it stands below the message, with a caret under the place.
    `key` is the one that mends in a copy what can be mended.
    """
    head = cut(f"{problem.rule} · {where(problem)}", width)
    fix = wrap(_("Fix: {fix}", fix=_fix_of(problem, key)), width)
    shown = _with_caret(problem.excerpt, problem.caret, width) if problem.excerpt else []
    fix = _at_most(fix, max(most - 2 - len(shown), 1), width)
    room = max(most - 1 - len(shown) - len(fix), 1)
    message = _at_most(wrap(problem.message, width), room, width)
    lines: list[Line] = [((head, "strong"),), *(((part, "plain"),) for part in message)]
    lines += [((part, style),) for part, style in zip(shown, ("muted", "bad"), strict=False)]
    return [*lines, *(((part, "plain"),) for part in fix)]


def rule_lines(
    rule: Rule, listed: Sequence[Problem], width: int, most: int, key: str
) -> list[Line]:
    """What a rule is for, and the fix, which the `listed` problems may share, as problem_lines."""
    fixes = {_fix_of(each, key) for each in listed}
    shared = fixes.pop() if len(fixes) == 1 else rule.fix
    fix = _at_most(wrap(_("Fix: {fix}", fix=shared), width), max(most - 2, 1), width)
    why = _at_most(wrap(rule.explanation, width), max(most - 1 - len(fix), 1), width)
    return [((cut(rule.name, width), "strong"),), *(((part, "plain"),) for part in (*why, *fix))]


def _fix_of(problem: Problem, key: str) -> str:
    """The advice, with the key in the place of the command that does the same."""
    fix = problem.fix
    if problem.mend and fix.endswith(_BY_COMMAND):
        return f"{fix.removesuffix(_BY_COMMAND)}{key}"
    return fix


def _at_most(parts: list[str], most: int, width: int) -> list[str]:
    """The first `most` lines of a text, the last of them with `…` if there are more."""
    if len(parts) <= most:
        return parts
    return [*parts[: most - 1], cut(f"{parts[most - 1]} …", width)]


def _with_caret(excerpt: str, caret: int, width: int) -> list[str]:
    """A piece of the file in one line with a caret below, moved so that the place is in sight."""
    excerpt, caret = windowed(excerpt, caret, max(width - 2, _LEAST))
    return [f"  {excerpt}", f"  {' ' * caret}^"]


def change_lines(changes: Iterable[Change], width: int, most: int) -> list[Line]:
    """The number of each line that changes, and the line before and after in `most` lines each."""
    changes = tuple(changes)
    digits = max((len(count_text(change.number)) for change in changes), default=0)
    lines: list[Line] = []
    room = max(width - digits - 3, _LEAST)
    for change in changes:
        number = f"{change.number:>{digits},}"
        before, after = _where_they_part(change, room * most)
        for head, mark, text, style in (
            (number, "-", before, "muted"),
            (" " * digits, "+", after or _("(left out)"), "plain"),
        ):
            for index, part in enumerate(_at_most(chop_cells(text, room) or [""], most, room)):
                first = f"{head} {mark} " if index == 0 else " " * (digits + 3)
                lines.append(((first, "muted"), (part, style)))
    return lines


def _where_they_part(change: Change, room: int) -> tuple[str, str]:
    """Both texts from where what changes is in sight."""
    both = enumerate(zip(change.before, change.after, strict=False))
    shorter = min(len(change.before), len(change.after))
    at = next((place for place, (one, other) in both if one != other), shorter)
    start = at - room // 3
    if cell_len(change.before[:at]) < room * 2 // 3 or start <= 0:
        return change.before, change.after
    return f"…{change.before[start:]}", f"…{change.after[start:]}"


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
