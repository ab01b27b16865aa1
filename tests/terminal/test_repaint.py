"""Whatever was done to the screen meanwhile, all of it comes back."""

import re
import signal
from pathlib import Path

import pytest
from tests.terminal.pty_harness import Terminal
from tests.terminal.test_life import demo, process_state

SCRAWL = b"\x1b[1;1H" + (b"scrawled over " * 5 + b"\r\n") * 30


def wait_for_screen(terminal: Terminal, screen: str) -> None:
    """Wait until the screen shows the words of this one, and nothing of what was scrawled."""
    words = [word for word in ("ready", "a dialog", "palette") if word in screen]
    terminal.wait_until(
        lambda: "scrawl" not in terminal.text and all(word in terminal.text for word in words),
        f"not this again:\n{screen}\n",
    )


def whole_screen(terminal: Terminal) -> str:
    """The screen when all of it is painted: what is in it, and its last line, the footer."""
    terminal.repaint()
    terminal.wait_for("palette")
    terminal.wait_until(
        lambda: "ready" in terminal.text or "a dialog" in terminal.text, "it is empty"
    )
    return terminal.text


def scrawl(terminal: Terminal) -> None:
    """Let another program write over all of the screen; the app may paint over it at once."""
    whole = terminal.raw.count(b"scrawl") + SCRAWL.count(b"scrawl")
    terminal.draw_over(SCRAWL)
    terminal.wait_until(lambda: terminal.raw.count(b"scrawl") >= whole, "it did not come out")


def test_coming_back_from_the_shell_paints_the_whole_screen(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        screen = whole_screen(terminal)
        for _ in range(2):
            terminal.press("z")
            terminal.wait_until(lambda: process_state(terminal) == "T", "it did not stop")
            scrawl(terminal)
            terminal.signal(signal.SIGCONT)
            wait_for_screen(terminal, screen)
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []


def test_a_stop_without_warning_paints_over_what_the_shell_wrote(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        screen = whole_screen(terminal)
        terminal.signal(signal.SIGSTOP)
        terminal.wait_until(lambda: process_state(terminal) == "T", "it did not stop")
        scrawl(terminal)
        terminal.signal(signal.SIGCONT)
        wait_for_screen(terminal, screen)


def test_a_window_that_has_its_size_again_is_painted_again(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        screen = whole_screen(terminal)
        scrawl(terminal)
        terminal.signal(signal.SIGWINCH)
        wait_for_screen(terminal, screen)


def test_what_is_sent_tells_no_look_anew_that_the_piece_before_had(tmp_path: Path) -> None:
    with demo(tmp_path) as terminal:
        whole_screen(terminal)
        before = len(terminal.raw)
        terminal.repaint()
        terminal.wait_until(lambda: b"palette" in terminal.raw[before:], "it was not sent again")
        assert not re.search(rb"\x1b\[0m\x1b\[[0-9;]+m", terminal.raw[before:])


@pytest.mark.parametrize("keys", ["", "m", "i"], ids=["plain", "dialog", "field"])
def test_ctrl_l_sends_every_cell_again(tmp_path: Path, keys: str) -> None:
    with demo(tmp_path) as terminal:
        terminal.press(*keys)
        if keys == "m":
            terminal.wait_for("a dialog")
        screen = whole_screen(terminal)
        assert "a dialog" in screen if keys == "m" else "ready" in screen
        scrawl(terminal)
        terminal.press("ctrl+l")
        wait_for_screen(terminal, screen)


def test_ctrl_l_in_the_app_works_on_every_screen(tmp_path: Path) -> None:
    from tests.terminal.test_hostile_data import APP, environment

    with Terminal(APP, env=environment(tmp_path, "http://127.0.0.1:9/v1")) as terminal:
        terminal.wait_for("Training file")
        terminal.wait_for("cannot be")  # so the app itself is there, all of it
        for keys, shown in [("", "Training file"), ("f1", "Language"), ("ctrl+p", "Search")]:
            if keys:
                terminal.press(keys)
                terminal.wait_for(shown)
            scrawl(terminal)
            terminal.repaint()
            terminal.wait_until(lambda: "scrawled over" not in terminal.text, f"stays on {shown}")
            assert shown in terminal.text
            if keys:
                terminal.press("escape")
                terminal.wait_until(lambda shown=shown: shown not in terminal.text, "it stays")
