"""What the check says of a line that is not one object of JSON, in the words of its catalogue.

Loaded with the first such line: the catalogue takes longer to load than many files to check.
"""

from itertools import islice
from typing import Any

from fttui.terminal.format import count_text, counted
from fttui.terminal.language import _
from fttui.training_data.faults.diagnosis import Fault, diagnose
from fttui.training_data.faults.lines import FRONT_MATTER, front_matter, held_texts
from fttui.training_data.joining import joined
from fttui.training_data.rules import Problems

_WRITE_BREAK = _("write \\n for a line break within a text, and the example on one line")


def report_syntax(text: str, position: int, out: Problems) -> None:
    """Name the fault in the words of somebody who has to mend it."""
    fault = _fault_among_lines(text, out) or diagnose(text)
    column = fault.column
    if fault.name == "unknown":
        column = min(max(position, 0), len(text)) + 1
    what = fault.what
    message = _("not valid JSON in column {column}: {what}", column=count_text(column), what=what)
    fix = _("{fix}: fttui check --fix OUT", fix=fault.fix) if fault.is_certain else fault.fix
    out.add("json-syntax", "", message, fix, mend=fault.kind, column=column)


def _fault_among_lines(text: str, out: Problems) -> Fault | None:
    """A fault that only the lines around this one tell."""
    number, lines = out.line, out.lines
    if number <= out.joined_until:
        what = _("the line is the rest of the one before, which is broken by a line feed")
        return Fault("rest", 1, what, _WRITE_BREAK, is_certain=True, kind="joined")
    if out.begins == 0 and number <= front_matter(lines[:FRONT_MATTER]):
        what = _("the line belongs to front matter (YAML), which is no example")
        return Fault("front-matter", 1, what, _("remove it"), is_certain=True, kind="dropped")
    found = joined(text, islice(lines, number, None))
    if found is None:
        return None
    out.joined_until = number + found[1]
    what = _("the line is broken by a line feed; it goes on in the next one")
    return Fault("broken", len(text) + 1, what, _WRITE_BREAK, is_certain=True, kind="joined")


def check_wrapping(line: bytes, value: Any, out: Problems) -> bool:
    """Report examples within a list or within a text of JSON, which are none for the endpoint."""
    if isinstance(value, dict) or not out.lists("json-object"):
        return False
    held = held_texts(line.decode())
    if held is None:
        return False
    if isinstance(value, str):
        message = _("the line is a text that holds JSON: it was encoded twice")
        fix = _("write the object itself: fttui check --fix OUT")
        out.add("json-object", "", message, fix, mend="decoded", column=1)
        return True
    examples = counted(len(held), "object")
    message = _("the line is a list of {examples}", examples=examples)
    fix = _("put each object on its own line: fttui check --fix OUT")
    out.add("json-object", "", message, fix, mend="split", column=1)
    return True
