"""Data that attacks the terminal reaches it without teeth, even when nobody made it safe."""

from pathlib import Path

from tests.terminal.hostile import CORPUS, TOKEN, leaks
from tests.terminal.pty_harness import Terminal, plain_environment, python

DEMO = Path(__file__).with_name("demo_app.py")


def test_raw_data_in_widgets_neither_acts_nor_is_clickable(tmp_path: Path) -> None:
    env = plain_environment(PYTHONPATH=str(DEMO.parents[2]), XDG_STATE_HOME=str(tmp_path))
    with Terminal(
        python(DEMO, "hostile"), env=env, rows=400, columns=100, answers=True
    ) as terminal:
        terminal.wait_for(TOKEN)
        terminal.settle()
        shown = terminal.text
        assert shown.count(TOKEN) > 2 * len(CORPUS)
        row = next(n for n, line in enumerate(shown.splitlines()) if "clickable" in line)
        for button in "Mm":  # press and release on the middle of the word
            terminal.send(f"\x1b[<0;5;{row + 1}{button}")
        terminal.settle()
        assert "acted" not in terminal.text
        terminal.press("c")
        terminal.wait_for("acted 1 c")
        assert leaks(terminal.raw) == []
        assert b"zq7.example\x1b" not in terminal.raw
