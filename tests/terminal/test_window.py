"""The terminal itself says how large it is, whatever the environment says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.terminal.pty_harness import Terminal, plain_environment
from tests.terminal.test_life import demo

from fttui.terminal.window import terminal_size

EXPORTED = {"COLUMNS": "200", "LINES": "15"}


def test_exported_columns_and_lines_do_not_win_over_the_terminal(tmp_path: Path) -> None:
    with demo(tmp_path, environ=EXPORTED) as terminal:
        terminal.press("s")
        terminal.wait_for("first 80x24 now 80x24")
        terminal.resize(30, 100)
        terminal.repaint()
        terminal.press("s")
        terminal.wait_for("first 80x24 now 100x30")


def test_a_terminal_that_cannot_tell_its_size_leaves_it_to_the_environment(tmp_path: Path) -> None:
    with demo(tmp_path, environ=EXPORTED, rows=0, columns=0) as terminal:
        terminal.press("s")
        terminal.wait_for_raw(b"first 200x15 now 200x15")


@pytest.mark.parametrize("arguments", [["--help"], ["sandbox", "--help"]])
def test_commands_wrap_at_the_terminal_s_width(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "fttui", *arguments]
    env = plain_environment(**EXPORTED)
    with Terminal(command, env=env, columns=50, rows=200) as terminal:
        assert terminal.wait_exit() == 0
        lines = terminal.raw.decode().splitlines()
    assert max(len(line) for line in lines) <= 50
    piped = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert max(len(line) for line in piped.stdout.splitlines()) > 80


def test_what_is_no_terminal_has_the_size_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "132")
    monkeypatch.setenv("LINES", "43")
    with open(os.devnull) as nowhere:
        assert terminal_size(nowhere) == (132, 43)
    assert terminal_size(None) == (132, 43)
