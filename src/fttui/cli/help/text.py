"""A page of help as it is printed: broken between words where a line ends, commands never."""

from __future__ import annotations

from fttui.cli.help.page import Page, Section
from fttui.cli.wrapping import wrapped
from fttui.terminal.format import width_of
from fttui.terminal.language import _

_WIDEST = 100
_TERMS = 28
_LEAST_TEXT = 24
_DEEP = 6


def page_text(page: Page, columns: int) -> str:
    """The whole page, for a terminal of so many columns."""
    room = max(min(columns, _WIDEST), _LEAST_TEXT)
    usage = _("usage: {usage}", usage=page.usage)
    blocks = [_hanging(usage, room), wrapped(page.text, room)]
    blocks += [_section(section, room) for section in page.sections]
    return "\n\n".join("\n".join(block) for block in blocks if any(block)) + "\n"


def _hanging(text: str, room: int) -> list[str]:
    """Lines of which those after the first are deeper."""
    first, *rest = wrapped(text, room - 2)
    return [first, *(f"  {line}" for line in rest)]


def _section(section: Section, room: int) -> list[str]:
    lines = [_("{title}:", title=section.title)]
    if section.is_example:
        for command, text in section.entries:
            lines += [f"  {command}", *_below(text, room)]
        return lines
    widest = max(width_of(entry.term) for entry in section.entries)
    terms = min(widest, _TERMS - 4)
    beside = room - terms - 4
    for term, text in section.entries:
        if beside < _LEAST_TEXT or width_of(term) > terms:
            lines += [f"  {term}", *_below(text, room, min(terms + 4, room - _LEAST_TEXT))]
            continue
        first, *rest = wrapped(text, beside)
        padding = " " * (terms - width_of(term))
        lines.append(f"  {term}{padding}  {first}".rstrip())
        lines += [" " * (terms + 4) + line for line in rest]
    return lines


def _below(text: str, room: int, margin: int = _DEEP) -> list[str]:
    deep = max(margin, 4)
    return [" " * deep + line for line in wrapped(text, room - deep) if line]
