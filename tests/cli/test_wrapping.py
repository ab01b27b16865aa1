"""What a person reads at a terminal breaks between words; what a program reads is whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.cli.conftest import FTTUI
from tests.terminal.pty_harness import Terminal, plain_environment

from fttui.cli import output as module
from fttui.cli.output import Output, wrapped_for
from fttui.cli.watch import ChangeLines
from fttui.services.endpoint.events import JobEvent
from fttui.services.endpoint.models import Job
from fttui.services.session import Session
from fttui.services.watching import JobUpdate, NewEvents
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
        choices = "look_up, create, resend, delete_file, cancel_extra, forget."
        assert choices in " ".join(lines), "a word is broken"
        assert not any(choices in line for line in lines), "they fit into one line"
        assert "None" not in terminal.text


def test_what_a_watch_tells_breaks_between_words_and_is_whole_in_a_pipe(
    session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = Job.read({"id": "ftjob-12345", "status": "failed", "error": {"message": SENTENCE}})
    event = JobEvent("ftevent-1", message=SENTENCE)
    assert failed is not None
    changes = (JobUpdate(failed, None), NewEvents("ftjob-12345", (event,)))

    def told() -> list[str]:
        lines = ChangeLines(Output(json=False, colour=True), session, ["ftjob-1", "ftjob-2"])
        for change in changes:
            lines.print(change)
        printed = capsys.readouterr().out.splitlines()
        assert "\n".join(printed).count("\x1b[31m✗ failed\x1b[0m") == 1
        return [line.replace("\x1b[31m", "").replace("\x1b[0m", "") for line in printed]

    whole = told()
    assert [line.count(SENTENCE) for line in whole] == [1, 1]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(module, "terminal_size", lambda stream: _Size())
    lines = told()
    assert len(lines) > 6 and all(width_of(line) <= 30 for line in lines)
    assert " ".join(lines).split()[3:] == " ".join(whole).split()[3:]
