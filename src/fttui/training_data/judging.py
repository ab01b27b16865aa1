"""Turning one block into its result, in whichever process; nothing in a block may stop it."""

from typing import TYPE_CHECKING

from fttui.terminal.language import _
from fttui.training_data.block import BlockResult, Examiner
from fttui.training_data.problems import Problems
from fttui.training_data.tally import Tally

if TYPE_CHECKING:
    from fttui.training_data.reading import Block


def judge(
    examiner: Examiner, data: bytes, offset: int, full: frozenset[str] = frozenset()
) -> BlockResult:
    """Judge whole lines; a failure of the checker itself becomes an error of these lines."""
    try:
        return examiner.block(data, offset, full)
    except Exception as error:  # noqa: BLE001 - a defect here must not end in a traceback
        return unchecked(data, offset, type(error).__name__)


def unchecked(data: bytes, offset: int, reason: str) -> BlockResult:
    """The result of lines that the checker could not judge."""
    lines = data.count(b"\n")
    return _one_problem(
        lines,
        offset,
        "not-checked",
        _("{lines} lines from here: {reason}", lines=lines, reason=reason),
    )


def too_long(block: "Block", limit: int) -> BlockResult:
    """The result of a single line that was over the limit and not kept."""
    return _one_problem(
        1, block.offset, "line-length", _("the line is over {limit:,} bytes long", limit=limit)
    )


def _one_problem(lines: int, offset: int, rule: str, message: str) -> BlockResult:
    problems = Problems()
    problems.line, problems.example, problems.offset = 1, 1, offset
    problems.add(rule, "", message)
    return BlockResult(lines, lines, problems.counts, problems.listed, Tally(), bytes(8 * lines))
