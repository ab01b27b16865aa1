"""The manual page: the pages of all commands as one, in the language of man (roff)."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from fttui.cli.arguments import actions_of
from fttui.cli.help.environment import FILES
from fttui.cli.help.page import EVERYWHERE, Entry, Page, Section, page_of
from fttui.terminal.language import _

_COMMAND = re.compile(r"`([^`\n]+)`")
_SIGNS = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "^": "\\(ha", "~": "\\(ti", "`": "\\(ga"}


def manual_of(parser: argparse.ArgumentParser, version: str) -> str:
    """The page of a program, or of one command, by its parser."""
    page = page_of(parser)
    name = page.name.replace(" ", "-")
    summary = _("create, watch, copy, pause and cancel fine-tuning jobs")
    lines = [
        f'.TH {_shown(name.upper())} 1 "" "fttui {_shown(version)}" ""',
        ".nh",
        ".ad l",
        *_heading(_("NAME")),
        f"{_shown(name)} \\- {_shown(summary)}",
        *_heading(_("SYNOPSIS")),
        _bold(page.usage),
        *_heading(_("DESCRIPTION")),
        *_paragraph(page.text),
    ]
    for section in page.sections:
        lines += [*_heading(section.title.upper()), *_section(section)]
    for inner in _inner(parser):
        lines += _chapter(inner)
    files = Section("", tuple(Entry(*pair) for pair in FILES))
    lines += [*_heading(_("FILES")), *_section(files)]
    return "\n".join(lines) + "\n"


def _inner(parser: argparse.ArgumentParser) -> Iterator[Page]:
    """The pages of what can follow a command, and of what can follow that."""
    for one in actions_of(parser).values():
        yield page_of(one)
        yield from _inner(one)


def _chapter(page: Page) -> Iterator[str]:
    """A command in the page of the program; what all commands share is told there once."""
    yield from _heading(page.name)
    yield _bold(page.usage)
    if page.text:
        yield from (".PP", *_paragraph(page.text))
    for section in page.sections:
        if section.title not in (EVERYWHERE, _("environment"), _("exit status")):
            yield f".SS {_quoted(section.title)}"
            yield from _section(section)
    own = [section for section in page.sections if section.title == _("exit status")]
    for section in own:
        yield f".SS {_quoted(section.title)}"
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    for number, (term, text) in enumerate(section.entries):
        if section.is_example:
            if number:  # a heading has begun the first paragraph
                yield ".PP"
            yield from (*_paragraph(text), ".RS 4", ".nf", _shown(term), ".fi", ".RE")
            continue
        yield from (".TP", _bold(term), *_paragraph(text))


def _heading(title: str) -> tuple[str]:
    return (f".SH {_quoted(title)}",)


def _quoted(text: str) -> str:
    shown = _shown(text).replace('"', "\\(dq")
    return f'"{shown}"'


def _paragraph(text: str) -> list[str]:
    """Text in which commands between backquotes are bold."""
    parts = _COMMAND.split(text)
    shown = "".join(
        f"\\fB{_shown(part)}\\fR" if number % 2 else _shown(part)
        for number, part in enumerate(parts)
    )
    return [_guarded(shown)] if shown else []


def _bold(text: str) -> str:
    return f"\\fB{_shown(text)}\\fR"


def _shown(text: str) -> str:
    """`text` with nothing in it that roff would read."""
    return _guarded("".join(_SIGNS.get(sign, sign) for sign in text))


def _guarded(line: str) -> str:
    return f"\\&{line}" if line.startswith((".", "'")) else line
