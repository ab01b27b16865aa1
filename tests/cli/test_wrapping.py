"""What a person reads at a terminal breaks between words; what a program reads is whole."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.cli.conftest import FTTUI, Run
from tests.terminal.pty_harness import Terminal, plain_environment

from fttui.cli import output as module
from fttui.cli.output import Output, wrapped_for
from fttui.terminal.format import width_of

SENTENCE = "The endpoint refused this because the file holds nothing that can be trained on."
OUTPUT = Output(json=False, colour=False)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stdout is a terminal of 30 columns."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(module, "terminal_size", lambda stream: _Size())


class _Size:
    columns = 30


def test_a_pipe_gets_each_sentence_in_one_line() -> None:
    assert wrapped_for(sys.stdout, SENTENCE, 2) == [f"  {SENTENCE}"]
    assert OUTPUT.facts([("a", SENTENCE)]) == [f"a  {SENTENCE}"]


def test_a_terminal_gets_lines_that_break_between_words(narrow: None) -> None:
    lines = wrapped_for(sys.stdout, SENTENCE, 2)
    assert len(lines) > 2
    assert all(width_of(line) <= 30 and line.startswith("  ") for line in lines)
    assert " ".join(line.strip() for line in lines) == SENTENCE


def test_a_text_that_fits_and_a_path_stay_whole(narrow: None) -> None:
    assert wrapped_for(sys.stdout, "short  and apart") == ["short  and apart"]
    path = "/a/very/long/path/that/is/longer/than/the/line"
    assert wrapped_for(sys.stdout, f"It is in {path}.") == ["It is in", f"{path}."]


def test_a_long_value_goes_on_below_itself(narrow: None) -> None:
    first, *rest = OUTPUT.facts([("name", "x"), ("status", SENTENCE)], margin=1)[1:]
    assert first.startswith(" status  The endpoint")
    assert rest and all(line.startswith(" " * 9) and line[9] != " " for line in rest)


def test_a_failure_is_told_in_whole_words_at_80_columns(tmp_path: Path) -> None:
    env = plain_environment(HOME=str(tmp_path))
    with Terminal([FTTUI, "recover", "x", "bad"], env=env, columns=80) as terminal:
        assert terminal.wait_exit() == 2
        lines = [line.strip() for line in terminal.text.splitlines()]
        assert "'create', 'resend', 'delete_file', 'cancel_extra', 'forget')." in lines
        assert "None" not in terminal.text


@pytest.mark.parametrize("colour", ["always", "never"])
def test_what_a_watch_tells_breaks_between_words_at_80_columns(
    run: Run, job_ids: dict[str, str], environment: Mapping[str, str], tmp_path: Path, colour: str
) -> None:
    job_id = job_ids["failed"]
    error = run("show", job_id, "--json").document["error"]["message"]
    assert f"{job_id}  ✗ failed: {error}\n" in run("watch", job_id).out
    env = plain_environment(
        HOME=str(tmp_path),
        OPENAI_BASE_URL=environment["OPENAI_BASE_URL"],
        OPENAI_API_KEY=environment["OPENAI_API_KEY"],
    )
    command = [FTTUI, "--color", colour, "watch", job_id]
    with Terminal(command, env=env, columns=80) as terminal:
        assert terminal.wait_exit() == 1
        words = terminal.text.split()
        assert " ".join(error.split()) in " ".join(words)
        assert all(word in words for word in error.split())
        assert ("\x1b[31m✗ failed\x1b[0m".encode() in terminal.raw) == (colour == "always")
