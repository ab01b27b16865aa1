"""However the app's life ends, the terminal is usable afterwards and the status tells the cause."""

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.terminal.pty_harness import PATIENCE, Terminal, plain_environment, python
from tests.terminal.test_input import REPLIES

DEMO = Path(__file__).with_name("demo_app.py")
ROOT = DEMO.parents[2]


@contextmanager
def demo(state: Path, how: str = "plain", **options: object) -> Iterator[Terminal]:
    """The demo app on a terminal, started and drawn."""
    env = plain_environment(
        PYTHONPATH=str(ROOT), XDG_STATE_HOME=str(state), **options.pop("environ", {})
    )
    with Terminal(python(DEMO, how), env=env, **options) as terminal:
        terminal.wait_for_raw(b"ready")
        yield terminal


def process_state(terminal: Terminal) -> str:
    """The state letter of the kernel: T for stopped."""
    text = Path(f"/proc/{terminal.process.pid}/stat").read_text()
    return text.rpartition(")")[2].split()[0]


def test_quitting_leaves_nothing_behind(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        limits = Path(f"/proc/{terminal.process.pid}/limits").read_text()
        assert "Max core file size        0                    0" in limits
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGQUIT, signal.SIGABRT, signal.SIGUSR1, signal.SIGRTMIN + 3]
)
def test_a_signal_restores_the_terminal_and_names_itself(tmp_path: Path, number: int) -> None:
    with demo(tmp_path) as terminal:
        terminal.signal(number)
        assert terminal.wait_exit() == 128 + number
        assert terminal.left_behind() == []


def test_a_signal_before_the_first_paint_restores_the_terminal_too(tmp_path: Path) -> None:
    env = plain_environment(PYTHONPATH=str(ROOT), XDG_STATE_HOME=str(tmp_path))
    with Terminal(python(DEMO, "early-signal"), env=env) as terminal:
        assert terminal.wait_exit() == 128 + signal.SIGTERM
        assert b"\x1b[?1049h" in terminal.raw
        assert terminal.left_behind() == []


@pytest.mark.parametrize("how", ["plain", "ignore-hup"])
def test_a_closed_terminal_ends_the_app_even_under_nohup(tmp_path: Path, how: str) -> None:
    with demo(tmp_path, how) as terminal:
        terminal.hang_up()
        assert terminal.wait_exit() == 128 + signal.SIGHUP


def test_a_blocked_app_still_ends_on_a_signal_with_the_terminal_put_back(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        terminal.press("b")
        terminal.wait_for_raw(b"BLOCKED")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 128 + signal.SIGTERM
        assert terminal.left_behind() == []


def test_a_terminal_that_takes_no_output_cannot_hold_the_app(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        terminal.stall()
        terminal.press("f")
        terminal.wait_until((tmp_path / "full").exists, "the output did not stop")
        terminal.signal(signal.SIGTERM)
        assert terminal.process.wait(PATIENCE) == 128 + signal.SIGTERM


def test_a_stalled_terminal_catches_up(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        terminal.stall()
        terminal.press("f")
        terminal.wait_until((tmp_path / "full").exists, "the output did not stop")
        terminal.resume()
        terminal.wait_for_raw(b"x" * 70)
        terminal.wait_for("flooded")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []


def test_stop_and_continue_without_warning_repaints_and_ends_well(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        for _ in range(2):
            terminal.signal(signal.SIGSTOP)
            terminal.wait_until(lambda: process_state(terminal) == "T", "it did not stop")
            before = len(terminal.raw)
            terminal.signal(signal.SIGCONT)
            terminal.wait_until(lambda at=before: b"ready" in terminal.raw[at:], "no repaint")
        terminal.press("c")
        terminal.wait_for("acted 1 c")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []


def test_suspending_gives_the_terminal_to_the_shell_and_takes_it_back(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        terminal.press("z")
        terminal.wait_until(lambda: process_state(terminal) == "T", "it did not stop")
        terminal.wait_until(lambda: terminal.left_behind() == [], "not given back")
        before = len(terminal.raw)
        terminal.signal(signal.SIGCONT)
        terminal.wait_until(lambda: b"ready" in terminal.raw[before:], "not painted again")
        terminal.press("d")
        terminal.wait_for("acted 1 d")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []


def test_bytes_that_are_not_utf8_do_not_end_the_app(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        terminal.send(b"\xe9\xff\x9b\xc3")
        terminal.press("c")
        terminal.wait_for("acted 1 c")
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_answers_of_the_terminal_press_no_key(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        for reply in REPLIES:
            terminal.send(reply)
        terminal.press("c")
        terminal.wait_for("acted 1 c")


def test_a_tiny_terminal_does_not_crash_it(tmp_path: Path) -> None:
    env = plain_environment(PYTHONPATH=str(ROOT), XDG_STATE_HOME=str(tmp_path))
    with Terminal(python(DEMO), env=env, rows=1, columns=1) as terminal:
        terminal.wait_for_raw(b"\x1b[?2004h")
        terminal.resize(0, 0)
        terminal.wait_for_raw(b"ready")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []


def test_a_storm_of_resizes_does_not_crash_it(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        for rows, columns in [(1, 1), (200, 500), (0, 0), (2, 1), (24, 80)] * 8:
            terminal.resize(rows, columns)
        terminal.press("c")
        terminal.wait_for("acted 1 c")
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_a_poor_terminal_does_not_crash_it(tmp_path: Path) -> None:
    with demo(tmp_path, environ={"TERM": "dumb", "LC_ALL": "C", "LANG": "C"}) as terminal:
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_a_terminal_that_knows_ascii_alone_is_sent_plain_signs(tmp_path: Path) -> None:
    with demo(tmp_path, environ={"PYTHONIOENCODING": "ascii"}) as terminal:
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.raw.isascii()
        assert b"\\u2" not in terminal.raw
        assert b"----" in terminal.raw or b"____" in terminal.raw


def test_without_a_terminal_it_says_so_and_exits_2(tmp_path: Path) -> None:
    env = plain_environment(PYTHONPATH=str(ROOT), XDG_STATE_HOME=str(tmp_path))
    with Terminal(python(DEMO), env=env, stdin=subprocess.DEVNULL) as terminal:
        assert terminal.wait_exit() == 2
        assert b"ssh -t" in terminal.raw
    log = (tmp_path / "log").open("wb")
    with log, Terminal(python(DEMO), env=env, stderr=log) as terminal:
        assert terminal.wait_exit() == 2
        assert terminal.raw == b""
    assert "2>" in (tmp_path / "log").read_text()


def test_a_crash_is_one_sentence_and_a_private_report(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        terminal.press("x")
        assert terminal.wait_exit() == 1
        assert terminal.left_behind() == []
        raw = terminal.raw
    told = raw.rpartition(b"\x1b[")[2]
    assert b"fttui had to stop" in told and b"Traceback" not in told
    assert b"\x1b]52;c;WnE3" not in raw
    (report,) = (tmp_path / "fttui/reports").iterdir()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    content = report.read_bytes()
    assert b"Traceback" in content and b"\x1b" not in content
    canary = b"sk-canary-0123456789abcdefghij"
    for at in range(len(canary) - 7):
        assert canary[at : at + 8] not in raw + content


def test_log_lines_warnings_and_prints_do_not_reach_the_screen(tmp_path: Path) -> None:
    with demo(tmp_path, "noise") as terminal:
        log = tmp_path / "fttui/fttui.log"
        terminal.wait_until(lambda: "STRAY in a thread" in log.read_text(), "nothing was logged")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert b"NOISE" not in terminal.raw
    text = log.read_text()
    assert "NOISE-openai" in text and "NOISE-warning" in text
    assert "u:p@h" not in text
    assert stat.S_IMODE(os.stat(log).st_mode) == 0o600


@pytest.mark.parametrize(("how", "where"), [("noise", "thread"), ("unawaited", "task")])
def test_an_error_that_nobody_handles_is_a_toast_and_a_report(
    tmp_path: Path, how: str, where: str
) -> None:
    with demo(tmp_path, how) as terminal:
        terminal.wait_for("Something in fttui failed")
        terminal.wait_for("RuntimeError: STRAY")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []
        assert b"Traceback" not in terminal.raw
    (report,) = (tmp_path / "fttui/reports").iterdir()
    assert f"STRAY in a {where}" in report.read_text()


def test_a_demo_that_crashes_leaves_its_report_with_the_user_and_no_folder(tmp_path: Path) -> None:
    crash = (
        "import sys; from fttui.cli import main; from fttui.interface.app import OpenAIInterfaceFT;"
        "OpenAIInterfaceFT.action_help = lambda self: {}['no help']; sys.exit(main(['demo']))"
    )
    (tmp_path / "tmp").mkdir()
    env = plain_environment(XDG_STATE_HOME=str(tmp_path), TMPDIR=str(tmp_path / "tmp"))
    with Terminal(python("-c", crash), env=env, columns=200) as terminal:
        terminal.wait_for("Training file")
        terminal.send("\x1bOP")
        assert terminal.wait_exit() == 1
        assert terminal.left_behind() == []
    (report,) = (tmp_path / "fttui/reports").iterdir()
    assert str(report) in terminal.text.replace("\n", "")
    assert "no help" in report.read_text()
    assert list((tmp_path / "tmp").iterdir()) == []


def test_ctrl_q_overtakes_the_text_that_waits(tmp_path: Path) -> None:
    env = plain_environment(PYTHONPATH=str(ROOT), XDG_STATE_HOME=str(tmp_path))
    with Terminal(python(DEMO, "late"), env=env) as terminal:
        terminal.wait_for_raw(b"WAITING")
        terminal.send(b"a" * 300 + b"\x11")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []
    assert (tmp_path / "letters").read_text() == "0"


def test_a_paste_that_never_ends_does_not_lock_the_keyboard(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        terminal.send(b"\x1b[200~cut off")
        terminal.wait_for("pasted cut off")
        terminal.press("c")
        terminal.wait_for("acted 1 c")
        terminal.press("q")
        assert terminal.wait_exit() == 0
