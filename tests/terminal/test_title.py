"""The window has the title of the app while it runs, and its own again however that ends."""

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.terminal.pty_harness import Terminal
from tests.terminal.test_life import demo, process_state

from fttui.terminal.title import GIVE_BACK_TITLE, KEEP_TITLE

KEEP, GIVE_BACK = KEEP_TITLE.encode(), GIVE_BACK_TITLE.encode()
TITLE = re.compile(rb"\x1b\]0;(fttui: 2 running, desk[^\x00-\x1f]* 81 %)\x07")


def block_and_terminate(terminal: Terminal) -> None:
    terminal.press("b")
    terminal.wait_for_raw(b"BLOCKED")
    terminal.signal(signal.SIGTERM)


ENDS: dict[str, Callable[[Terminal], object]] = {
    "quit": lambda terminal: terminal.press("q"),
    "crash": lambda terminal: terminal.press("x"),
    "signal": lambda terminal: terminal.signal(signal.SIGTERM),
    "blocked": block_and_terminate,
}


@pytest.mark.parametrize("end", ENDS)
def test_the_title_is_kept_and_given_back(tmp_path: Path, end: str) -> None:
    with demo(tmp_path, "title") as terminal:
        terminal.wait_until(lambda: TITLE.search(terminal.raw), "there is no title")
        assert terminal.raw.index(KEEP) < TITLE.search(terminal.raw).start()
        assert b"\x1b]9;" not in terminal.raw
        ENDS[end](terminal)
        terminal.wait_exit()
        assert (terminal.raw.count(KEEP), terminal.raw.count(GIVE_BACK)) == (1, 1)
        assert terminal.raw.rindex(GIVE_BACK) > TITLE.search(terminal.raw).start()


def test_the_shell_has_its_own_title_while_the_app_is_suspended(tmp_path: Path) -> None:
    with demo(tmp_path, "title") as terminal:
        terminal.wait_until(lambda: TITLE.search(terminal.raw), "there is no title")
        terminal.press("z")
        terminal.wait_until(lambda: process_state(terminal) == "T", "it did not stop")
        terminal.wait_for_raw(GIVE_BACK)
        terminal.signal(signal.SIGCONT)
        terminal.wait_until(lambda: len(TITLE.findall(terminal.raw)) == 2, "it did not come back")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.raw.count(KEEP) == terminal.raw.count(GIVE_BACK) == 2


def test_a_console_gets_no_title(tmp_path: Path) -> None:
    with demo(tmp_path, "title", environ={"TERM": "linux"}) as terminal:
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert b"\x1b]0;" not in terminal.raw and KEEP not in terminal.raw
