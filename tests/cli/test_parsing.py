"""The command line itself: where options may stand, and how a wrong one is told."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Run

from fttui import __version__
from fttui.cli.commands import COMMANDS
from fttui.cli.problems import UsageError
from fttui.cli.program import build_parser


def test_the_version_is_told(run: Run) -> None:
    result = run("--version")
    assert (result.status, result.out) == (0, f"fttui {__version__}\n")


@pytest.mark.parametrize("arguments", [("--json", "--version"), ("--version", "--json")])
def test_the_version_is_one_document_where_json_is_asked_for(
    run: Run, arguments: tuple[str, ...]
) -> None:
    result = run(*arguments)
    assert (result.status, result.document) == (0, {"version": __version__})


def test_the_help_names_every_command(run: Run) -> None:
    result = run("--help")
    assert result.status == 0
    assert all(f"\n  {name} " in result.out for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.status == 0
    assert f"usage: fttui {command}" in result.out
    assert "--json" in result.out


@pytest.mark.parametrize("arguments", [("--json", "jobs"), ("jobs", "--json")])
def test_global_options_stand_before_or_after_the_command(
    run: Run, arguments: tuple[str, ...]
) -> None:
    assert isinstance(run(*arguments).document, list)


def test_an_unknown_command_is_bad_usage(run: Run) -> None:
    result = run("jbos")
    assert result.status == 2
    assert "jbos" in result.err
    assert "--help" in result.err
    assert result.out == ""


def test_bad_usage_is_one_document_too_when_json_is_asked_for(run: Run) -> None:
    result = run("jobs", "--limit", "0", "--json")
    assert result.status == 2
    assert "--limit" in result.document["error"]["message"]
    assert "--limit" in result.err


def test_a_key_on_the_command_line_is_refused_and_not_repeated(run: Run) -> None:
    result = run("jobs", "--api-key", "sk-proj-abcdefgh12345678")
    assert result.status == 2
    assert "abcdefgh" not in result.out + result.err


@pytest.mark.parametrize(
    "job",
    [
        "../files",
        "a/events",
        "a/../b",
        "a/cancel",
        "a//b",
        "/a",
        "a/",
        "ftjob x",
        "",
        "-x",
        "ftjob?limit=1",
        "a\x1b[c",
    ],
)
def test_what_could_be_another_path_of_the_api_is_no_id(run: Run, job: str) -> None:
    result = run("show", job)
    assert result.status == 2
    assert "\x1b" not in result.err


def test_no_command_without_a_terminal_is_refused_with_what_to_do(run: Run) -> None:
    result = run()
    assert result.status == 2
    assert "needs a terminal" in result.err
    assert "ssh -t" in result.err


def test_the_demo_without_a_terminal_is_refused(run: Run) -> None:
    assert run("demo").status == 2


def test_words_after_an_option_belong_to_the_list_before_it() -> None:
    words = ["models", "delete", "ft:one", "--yes", "ft:two"]
    args = build_parser("models").parse_args(words)
    assert (args.words, args.yes) == (["delete", "ft:one", "ft:two"], True)
    with pytest.raises(UsageError):
        build_parser("models").parse_args(["models", "delete", "--yess", "ft:two"])
