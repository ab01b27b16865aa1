"""What a repaired copy can mend of what a check found."""

from typing import TYPE_CHECKING

from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.training_data.report import Report

CONVERT = _("write a copy as JSON Lines: fttui check --fix OUT")
"""The fix of a file whose examples a copy can lay out anew."""

REMOVE_COMMA = _("remove the comma: fttui check --fix OUT")
"""The fix of a line that is valid JSON without a comma."""

_ALWAYS = frozenset({"byte-order-mark", "crlf", "blank-line", "duplicate-example", "not-utf8"})
_BY_FIX = {"file-kind": CONVERT, "json-syntax": REMOVE_COMMA}


def mendable_rules(report: "Report") -> tuple[str, ...]:
    """The broken rules that a repaired copy may keep, in the order of the catalogue.

    Whether the encoding of a file can be told is known only when the copy is written, and of
    problems that are counted but not listed nothing is known: both pass as mendable.
    """
    return tuple(rule for rule in report.counts if _is_mendable(report, rule))


def _is_mendable(report: "Report", rule: str) -> bool:
    if rule not in _BY_FIX:
        return rule in _ALWAYS
    listed = report.of_rule(rule)
    return len(listed) < report.counts[rule] or _BY_FIX[rule] in {one.fix for one in listed}
