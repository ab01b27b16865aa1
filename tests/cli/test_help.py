"""Help, the manual page and what was meant by a wrong word, all read out of the parsers."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess

import pytest
from tests.cli.conftest import Run

from fttui.cli.arguments import actions_of, arguments_of
from fttui.cli.commands import COMMANDS, OTHER_WORDS
from fttui.cli.help.examples import examples_of
from fttui.cli.help.page import page_of
from fttui.cli.help.text import page_text
from fttui.cli.man import manual_page
from fttui.cli.program import build_parser
from fttui.cli.wrapping import wrapped
from fttui.terminal.format import width_of
from fttui.terminal.near_words import near_words

PROGRAM = build_parser()


def parsers(parser=PROGRAM):
    yield parser
    for one in actions_of(parser).values():
        yield from parsers(one)


def test_every_command_has_examples_statuses_and_an_environment_in_its_help() -> None:
    for parser in parsers():
        titles = {section.title for section in page_of(parser).sections}
        assert {"everywhere", "for example", "exit status", "environment"} <= titles, parser.prog
        assert all(one.text for one in arguments_of(parser)), parser.prog


def test_every_example_is_one_that_the_parser_takes() -> None:
    for parser in parsers():
        for text, _what in examples_of(parser.prog.partition(" ")[2]):
            words = re.search(r"fttui(?: [^|&<>)]+)?", text)
            assert words, text
            arguments = shlex.split(words[0])[1:]
            if "--help" not in arguments:
                PROGRAM.parse_args(arguments)


@pytest.mark.parametrize("columns", [24, 40, 60, 80, 200])
def test_help_breaks_between_words_and_never_in_a_command(columns: int) -> None:
    for parser in parsers():
        page = page_of(parser)
        examples = {entry.term for one in page.sections if one.is_example for entry in one.entries}
        terms = {entry.term for one in page.sections for entry in one.entries}
        for line in page_text(page, columns).splitlines():
            if line.strip() not in examples | terms and "`" not in line:
                longest = max(map(width_of, line.split()), default=0)
                indent = len(line) - len(line.lstrip())
                assert width_of(line) <= max(columns, indent + longest), (parser.prog, line)


def test_a_command_between_backquotes_is_never_broken() -> None:
    lines = wrapped("Say it: `fttui files download file-1 --raw` gives it as it is.", 20)
    assert "`fttui files download file-1 --raw`" in lines
    assert max(map(len, lines[:1] + lines[2:])) <= 20


@pytest.mark.skipif(not shutil.which("groff"), reason="needs groff")
def test_the_manual_page_is_good_roff_and_tells_every_option() -> None:
    page = manual_page()
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-K", "utf8"], input=page.encode(), capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")
    shown = re.sub("\x1b\\[[0-9;]*m|.\x08", "", done.stdout.decode()).replace("‐", "-")
    for parser in parsers():
        assert parser.prog in shown
        assert all(name in shown for one in arguments_of(parser) for name in one.names)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("jbos", "jobs"),
        ("cancle", "cancel"),
        ("chekc", "check"),
        ("arch", "archive"),
        ("xyzzy", None),
        ("x", None),
        ("$(reboot)", None),
    ],
)
def test_only_near_words_are_meant(word: str, meant: str | None) -> None:
    assert near_words(word, COMMANDS)[:1] == ((meant,) if meant else ())


def test_what_other_programs_call_a_command_is_one_of_ours() -> None:
    for word, ours in OTHER_WORDS.items():
        assert word not in COMMANDS
        PROGRAM.parse_args([*ours.split(), "--config", "x", *_NEEDED.get(ours, [])])


_NEEDED = {
    "show": ["a"],
    "events": ["a"],
    "watch": ["a"],
    "cancel": ["a"],
    "files upload": ["a"],
    "files download": ["a"],
    "files delete": ["a"],
    "try": ["a"],
    "move": ["--to", "a", "--all"],
    "archive verify": ["a"],
    "serve": ["--models", "a"],
}


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["jbos"], "`jobs`"),
        (["list"], "`jobs`"),
        (["files", "dwnload"], "`download`"),
        (["create", "--epohcs", "3"], "`--epochs`"),
        (["serve", "--modls", "x"], "`--models`"),
        (["check", "--method", "superviced", "f"], "`supervised`"),
        (["--epochs", "3", "create"], "`fttui create ...`"),
        (["jobs", "stauts:failed"], "`status`"),
        (["jobs", "--profile", "opnai"], "`openai`"),
        (["explain", "invalid_n_example"], "`invalid_n_examples`"),
    ],
)
def test_a_near_word_is_named(run: Run, arguments: list[str], meant: str) -> None:
    result = run(*arguments)
    assert result.status in (1, 2)
    assert meant in result.err
