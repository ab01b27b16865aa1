"""The first frame stands before the app is there, and goes with it or without it."""

import fcntl
import gc
import os
import signal
import struct
import sys
import termios
import threading
from pathlib import Path

import pytest
from tests.terminal.pty_harness import Terminal
from tests.terminal.test_typed_early import early
from textual.app import ComposeResult

from fttui import cli
from fttui.cli.guard import guarded
from fttui.interface.guard.app import SafeApp
from fttui.interface.guard.driver import terminal_restored
from fttui.terminal import early_screen
from fttui.terminal.early_screen import ENTER, shown_early

LEAVE = b"\x1b[?1049l"


def goes_on(home: Path) -> None:
    (home / "go on").touch()


def unread(terminal: Terminal) -> int:
    """How many bytes wait in the terminal, which takes no more at some thousand."""
    answer = fcntl.ioctl(terminal._master, termios.FIONREAD, struct.pack("i", 0))
    count: int = struct.unpack("i", answer)[0]
    return count


def is_stopped(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].startswith("T")


@pytest.mark.parametrize("command", [[], ["demo"]], ids=["app", "demo"])
def test_the_labels_stand_while_the_app_is_on_its_way_and_no_blank_screen_comes_between(
    tmp_path: Path, command: list[str]
) -> None:
    with early(tmp_path, "slow", *command, columns=120, rows=40) as terminal:
        terminal.wait_for("^s Send")
        for label in ("Training file", "Learning rate multiplier", "Seed (seed)"):
            assert label in terminal.text
        goes_on(tmp_path)
        terminal.wait_for("heard: .")
        assert terminal.raw.count(ENTER.encode()) == 1
        assert b"\x1b[2J" not in terminal.raw
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []


def test_a_start_that_fails_is_told_on_the_screen_that_was_there_before(tmp_path: Path) -> None:
    with early(tmp_path, "fail", columns=120) as terminal:
        assert terminal.wait_exit() == 1
        entered, left = terminal.raw.index(ENTER.encode()), terminal.raw.index(LEAVE)
        assert entered < left < terminal.raw.index(b"no app today")
        assert terminal.left_behind() == []


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_ctrl_z_gives_the_screen_back_until_the_process_goes_on(tmp_path: Path) -> None:
    with early(tmp_path, "slow", columns=120) as terminal:
        terminal.wait_for("Training file")
        assert LEAVE not in terminal.raw
        terminal.send(b"\x1a")
        terminal.wait_for_raw(LEAVE)
        terminal.wait_until(lambda: is_stopped(terminal.process.pid), "it goes on")
        terminal.signal(signal.SIGCONT)
        terminal.wait_until(lambda: terminal.raw.count(ENTER.encode()) == 2, "it did not come back")
        goes_on(tmp_path)
        terminal.wait_for("heard: .")
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_a_terminal_that_takes_nothing_holds_no_start_up_that_is_to_end(tmp_path: Path) -> None:
    with early(tmp_path, "hang", columns=300, rows=200) as terminal:
        terminal.stall()
        terminal.wait_until(lambda: unread(terminal) > 1000, "nothing is painted")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 128 + signal.SIGTERM


def test_a_slow_terminal_does_not_hold_the_start_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        encoding = "utf-8"

        def isatty(self) -> bool:
            return True

    goes_on, went_on = threading.Event(), []
    monkeypatch.setattr(sys, "stderr", Slow())
    monkeypatch.setattr(early_screen, "attributes_before", list)
    monkeypatch.setattr(early_screen, "_LONGEST_WRITE", 0.01)
    monkeypatch.setattr(early_screen, "_write_all", lambda _: went_on.append(goes_on.wait(5)))
    with shown_early("picture"):
        assert went_on == [], "the start waited until all was written"
        goes_on.set()


def test_where_keys_are_not_ours_there_is_no_picture(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with shown_early("picture"):
        assert not early_screen.take_over()
    assert capfd.readouterr().err == ""


def test_a_small_window_gets_no_picture(tmp_path: Path) -> None:
    with early(tmp_path, "slow", columns=59) as terminal:
        terminal.wait_for_raw(b"WANTED")
        assert ENTER.encode() not in terminal.raw
        goes_on(tmp_path)
        terminal.wait_for("heard: .")
        terminal.press("q")
        assert terminal.wait_exit() == 0


@pytest.mark.parametrize("arguments", [[], ["demo"], ["jobs"]])
def test_no_garbage_is_looked_for_while_the_app_starts_and_only_then(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[bool] = []
    monkeypatch.setattr(cli, "_run_command", lambda _: looked.append(gc.isenabled()) or 0)
    assert cli.main(arguments) == 0
    assert looked == [arguments == ["jobs"]]
    assert gc.isenabled()


def test_a_signal_while_a_class_is_made_ends_the_command_as_anywhere_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Slow:
        def __set_name__(self, owner: object, name: str) -> None:
            os.kill(os.getpid(), signal.SIGTERM)

    def start() -> int:
        type("Widget", (), {"title": Slow()})
        return 0

    assert guarded(start) == 128 + signal.SIGTERM
    assert capsys.readouterr().err == ""


async def test_an_app_that_is_left_before_its_first_screen_stands_reports_nothing() -> None:
    class Left(SafeApp[None]):
        def compose(self) -> ComposeResult:
            self.exit(return_code=143)
            raise LookupError("half of it is not there")

    app = Left()
    await app.run_async(headless=True, size=(80, 24))
    assert app.return_code == 143
    assert app._exception is None


def test_who_heard_signals_before_an_app_hears_them_after_it() -> None:
    def before(*_: object) -> None:
        pass

    found = signal.signal(signal.SIGTERM, before)
    try:
        with terminal_restored():
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        assert signal.getsignal(signal.SIGTERM) is before
    finally:
        signal.signal(signal.SIGTERM, found)
