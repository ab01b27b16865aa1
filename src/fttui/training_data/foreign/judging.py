"""What the check says of a line in a foreign format, in a file of such lines or of ours."""

from typing import Any

from fttui.terminal.language import _, clauses
from fttui.terminal.text import safe
from fttui.training_data.foreign.converter import Converter
from fttui.training_data.foreign.recogniser import reading_of
from fttui.training_data.foreign.shapes import Unconvertible
from fttui.training_data.profile import SHAPE_OF, Format, Recognition
from fttui.training_data.rules import RULES, Problem, Problems

RULE = "foreign-format"


def foreign_problem(file: Recognition) -> Problem:
    """The one problem of a file whose examples are in a foreign format."""
    message = _("the examples are in a foreign format: {name}", name=file.name)
    if file.mapping:
        message += f" ({file.mapping})"
    if file.is_certain:
        return Problem(RULE, 1, None, "", message, RULES[RULE].fix, mend="convert")
    return Problem(RULE, 1, None, "", message, file.advice or RULES[RULE].fix)


def check_foreign_line(example: Any, file: Recognition, out: Problems) -> None:
    """Tell a line that does not fit the foreign format of its file."""
    if not file.is_certain:
        found = reading_of(example)
        if found is None or (found.name != file.name and {*found.columns} != {*file.columns}):
            message = _("the line is not like the others: {name}", name=file.name)
            out.add(RULE, "", message, _("write it like the others"))
        return
    try:
        Converter(file)(example)
    except Unconvertible as fault:
        if not out.only_count(RULE) and file.target is not None:
            fix = _("write it like the others, or as {shape_of}", shape_of=SHAPE_OF[file.target])
            out.add(RULE, "", str(fault), fix)


def report_foreign_line(example: Any, wanted: Format, out: Problems) -> bool:
    """Tell a line in a foreign format that stands in a file of ours; False if it is no such line.

    A line that merely has the columns of some table is none.
    """
    found = reading_of(example)
    if found is None or found.is_guess:
        return False
    if out.only_count(RULE):
        return True
    message = _("this example is in a foreign format: {name}", name=found.name)
    if found.value is not None and found.target is wanted:
        out.add(RULE, "", message, RULES[RULE].fix, mend="convert")
        return True
    if found.fault is not None:
        message = clauses((message, safe(found.fault)))
    out.add(RULE, "", message, _("write it as {shape_of}", shape_of=SHAPE_OF[wanted]))
    return True
