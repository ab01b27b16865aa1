"""What is typed before the app has the terminal reaches it, and the terminal is given back."""

import inspect
import os
import signal
import subprocess
import termios
from pathlib import Path
from typing import Any

import pytest
from tests.terminal.pty_harness import Terminal, python
from tests.terminal.test_hostile_data import environment
from textual.drivers.linux_driver import LinuxDriver

from fttui.cli.command_word import opens_app
from fttui.terminal import typed_early

APP = Path(__file__).with_name("early_app.py")
ROOT = APP.parents[2]


def early(home: Path, how: str, *arguments: str, **options: Any) -> Terminal:
    """`fttui` with `arguments` on a terminal, with the small app in place of the real one."""
    env = environment(home, "http://127.0.0.1:9/v1")
    env |= {"PYTHONPATH": str(ROOT), "GO_ON": str(home / "go on")}
    return Terminal(python(APP, how, *arguments), env=env, **options)


@pytest.mark.parametrize("command", [[], ["demo"]], ids=["app", "demo"])
def test_keys_typed_at_once_reach_the_app_as_they_were_typed(
    tmp_path: Path, command: list[str]
) -> None:
    with early(tmp_path, "plain", *command) as terminal:
        terminal.send(b"\x0f/a/b\r")
        terminal.wait_for("heard: ctrl+o slash a slash b enter .")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []


def test_keys_typed_while_it_starts_are_not_shown_and_none_is_taken_by_the_terminal(
    tmp_path: Path,
) -> None:
    with early(tmp_path, "slow", columns=120) as terminal:
        terminal.wait_for_raw(b"WANTED")
        terminal.send(b"zzz\x0f\r\n\x13\x11\x12\x15\x16\x17\x04\x7f")
        (tmp_path / "go on").touch()
        heard = "z z z ctrl+o enter ctrl+j ctrl+s ctrl+r ctrl+u ctrl+v ctrl+w ctrl+d backspace"
        overtaking = "ctrl+q "
        terminal.wait_until(
            lambda: f"heard: {heard} ." in terminal.text.replace(overtaking, ""), "not all heard"
        )
        assert overtaking in terminal.text
        assert b"zzz" not in terminal.raw
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []


def test_ctrl_c_ends_a_start_that_takes_too_long(tmp_path: Path) -> None:
    with early(tmp_path, "hang") as terminal:
        terminal.wait_for_raw(b"WANTED")
        assert not terminal.line_is(termios.ECHO)
        terminal.press("ctrl+c")
        assert terminal.wait_exit() == 128 + signal.SIGINT
        assert terminal.left_behind() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("command", [[], ["demo"]], ids=["app", "demo"])
def test_a_signal_before_the_app_is_up_gives_the_terminal_back(
    tmp_path: Path, number: signal.Signals, command: list[str]
) -> None:
    with early(tmp_path, "hang", *command) as terminal:
        terminal.wait_for_raw(b"WANTED")
        assert not terminal.line_is(termios.ICANON)
        terminal.signal(number)
        assert terminal.wait_exit() == 128 + number
        assert terminal.left_behind() == []


@pytest.mark.parametrize(
    ("how", "arguments", "status"),
    [
        ("fail", [], 1),
        ("plain", ["--nonesuch"], 2),
        ("plain", ["demo", "--speed", "none"], 2),
        ("plain", ["--config", "/nonesuch"], 2),
    ],
)
def test_an_error_before_the_app_is_told_on_a_terminal_that_is_as_it_was(
    tmp_path: Path, how: str, arguments: list[str], status: int
) -> None:
    with early(tmp_path, how, *arguments) as terminal:
        assert terminal.wait_exit() == status
        assert terminal.left_behind() == []


def test_the_sandbox_that_follows_the_app_keeps_keys_too_and_gives_back_at_the_end(
    tmp_path: Path,
) -> None:
    with early(tmp_path, "twice") as terminal:
        terminal.wait_for("heard: .")
        terminal.press("q")
        terminal.wait_until(lambda: terminal.raw.count(b"WANTED") == 2, "no second app")
        assert not terminal.line_is(termios.ECHO)
        terminal.send(b"\x0f\r")
        terminal.wait_for("ctrl+o enter .")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["demo", "--help"], 0),
        (["jobs"], 1),
        (["profiles"], 0),
    ],
)
def test_no_other_command_touches_the_terminal(
    tmp_path: Path, arguments: list[str], status: int
) -> None:
    with early(tmp_path, "watched", *arguments) as terminal:
        assert terminal.wait_exit() == status
        assert b"TOUCHED" not in terminal.raw


def test_without_a_terminal_on_stdin_nothing_is_touched(tmp_path: Path) -> None:
    with early(tmp_path, "watched", stdin=subprocess.DEVNULL) as terminal:
        assert terminal.wait_exit() == 2
        assert b"TOUCHED" not in terminal.raw


@pytest.mark.parametrize(
    ("words", "opens"),
    [
        ("", True),
        ("demo --speed 3", True),
        ("--profile jobs", True),
        ("--profile jobs demo", True),
        ("--json", True),
        ("jobs", False),
        ("--profile demo jobs", False),
        ("--help", False),
        ("demo -h", False),
        ("--version", False),
        ("sandbox demo", False),
    ],
)
def test_the_words_tell_whether_the_app_is_opened(words: str, opens: bool) -> None:
    assert opens_app(words.split()) is opens


def test_the_mode_is_the_one_that_textual_sets_but_for_the_signals_of_keys() -> None:
    assert ~LinuxDriver._patch_iflag(-1) == typed_early._INPUT_FLAGS
    assert ~LinuxDriver._patch_lflag(-1) == typed_early._LOCAL_FLAGS | termios.ISIG
    source = inspect.getsource(LinuxDriver.start_application_mode)
    assert "newattr[tty.CC][termios.VMIN] = 1" in source
    assert "TCSAFLUSH" not in source and "tcflush" not in source


def test_a_terminal_that_another_program_has_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    master, slave = os.openpty()
    try:
        monkeypatch.setattr("sys.stdin", os.fdopen(slave, closefd=False))
        before = termios.tcgetattr(slave)
        with typed_early.keys_kept():  # not our controlling terminal: its group is not ours
            assert termios.tcgetattr(slave) == before
            assert typed_early.attributes_before() is None
    finally:
        os.close(master)
        os.close(slave)
