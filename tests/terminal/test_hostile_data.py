"""Data that attacks the terminal reaches it without teeth, on every screen and in every command."""

import os
import subprocess
import sys
from pathlib import Path

from tests.terminal.hostile import CORPUS, TOKEN, leaks
from tests.terminal.hostile_endpoint import hostile_endpoint
from tests.terminal.pty_harness import Terminal, plain_environment, python

DEMO = Path(__file__).with_name("demo_app.py")
KEY = "sk-canary-Hj3kLm5nPq7rSt9vWx1y"
APP = [sys.executable, "-m", "fttui"]


def environment(home: Path, url: str) -> dict[str, str]:
    """An environment whose endpoint is the hostile one."""
    folders = {f"XDG_{kind}_HOME": str(home) for kind in ("CONFIG", "STATE", "CACHE", "DATA")}
    return plain_environment(HOME=str(home), OPENAI_BASE_URL=url, OPENAI_API_KEY=KEY, **folders)


def hostile_folder(place: Path) -> Path:
    """A folder with a file for every hostile string that can be a file name."""
    folder = place / "data"
    folder.mkdir()
    for one in CORPUS:
        name = one.text.replace("/", "_").replace("\0", "_")[:200]
        raw = name.encode("utf-8", "surrogatepass")[:200] + b".jsonl"
        (Path(os.fsdecode(os.fsencode(folder) + b"/" + raw))).touch()
    (Path(os.fsdecode(os.fsencode(folder) + b"/Zq7 caf\xe9.jsonl"))).touch()
    return folder


def pieces(key: str) -> list[bytes]:
    """Every eight characters in a row."""
    return [key[at : at + 8].encode() for at in range(len(key) - 7)]


def test_raw_data_in_widgets_neither_acts_nor_is_clickable(tmp_path: Path) -> None:
    env = plain_environment(PYTHONPATH=str(DEMO.parents[2]), XDG_STATE_HOME=str(tmp_path))
    with Terminal(
        python(DEMO, "hostile"), env=env, rows=400, columns=100, answers=True
    ) as terminal:
        wait_for_many(terminal, 2 * len(CORPUS))
        terminal.wait_for("clickable")
        row = next(n for n, line in enumerate(terminal.text.splitlines()) if "clickable" in line)
        for button in "Mm":  # press and release on the middle of the word
            terminal.send(f"\x1b[<0;5;{row + 1}{button}")
        terminal.repaint()
        terminal.press("c")
        terminal.wait_for("acted 1 c")
        assert leaks(terminal.raw) == []
        assert b"zq7.example\x1b" not in terminal.raw
        # Behind a text of which terminals paint more or less cells, they are told the column.
        assert "Zq7שלום\x1b8\x1b[".encode() in terminal.raw


def test_no_screen_of_the_app_lets_hostile_data_through(tmp_path: Path) -> None:
    folder = hostile_folder(tmp_path)
    with hostile_endpoint() as (url, requests):
        env = environment(tmp_path, url)
        with Terminal(APP, env=env, rows=120, columns=150, answers=True, cwd=folder) as terminal:
            terminal.wait_for("List Fine-Tuning Jobs")
            terminal.send(b"\x1bOR")  # F3: the jobs
            terminal.wait_for(f"Jobs {len(CORPUS)}")
            wait_for_many(terminal, len(CORPUS))
            visit(terminal, "G", "k", "x")
            leave(terminal, "Cancel it?")
            visit(terminal, "enter")
            terminal.wait_for(f"2 Events {len(CORPUS)}  3 Checkpoints {len(CORPUS)}")
            visit(terminal, "2", "3", "4", "1")
            leave(terminal, "1 Overview")
            visit(terminal, "?")
            leave(terminal, "Set OPENAI_API_KEY")
            visit(terminal, "G", "y", "Y", "space", "s", "l", "x", "v", "escape", "escape")
            terminal.paste("crazy policy\x1b[c", bracketed=False)
            terminal.repaint()
            terminal.wait_until(lambda: form_shown(terminal), "the form did not come")
            visit(terminal, "ctrl+o")
            terminal.wait_for("␛]52")
            visit(terminal, "G", "enter", "escape", "escape")
            for one in CORPUS[::8]:
                terminal.paste(one.text)
            terminal.repaint()
            assert terminal.process.poll() is None, terminal.text
            assert "alternate screen" in terminal.left_behind(), terminal.text
            assert "line discipline" in terminal.left_behind(), terminal.text
            raw = terminal.raw
        assert leaks(raw) == []
        assert [one for one in requests if not one.startswith("GET ")] == []
    assert [piece for piece in pieces(KEY) if piece in raw] == []
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(piece in content for piece in pieces(KEY)), path


def visit(terminal: Terminal, *keys: str) -> None:
    """Press keys one by one and let every screen be drawn."""
    for key in keys:
        terminal.press(key)
        terminal.repaint()


def leave(terminal: Terminal, shown: str) -> None:
    """Press Escape until the screen with this text is gone: a new dialog is deaf at first."""
    terminal.wait_for(shown)

    def gone() -> bool:
        visit(terminal, "escape")
        return shown not in terminal.text

    terminal.wait_until(gone, f"{shown!r} did not go")


def form_shown(terminal: Terminal) -> bool:
    """Whether the form is there after one more try to leave all dialogs and ask for it."""
    visit(terminal, "escape")
    terminal.send(b"\x1bOQ")  # F2
    terminal.repaint()
    return "Training file" in terminal.text


def wait_for_many(terminal: Terminal, number: int) -> None:
    """Wait until more than so many hostile strings are on the screen."""
    terminal.wait_until(lambda: terminal.text.count(TOKEN) > number, f"not {number} of them")


def test_no_command_prints_hostile_data_raw(tmp_path: Path) -> None:
    with hostile_endpoint() as (url, _):
        env = environment(tmp_path, url)
        for arguments in (
            ["jobs"],
            ["show", "ftjob-1", "--json"],
            ["events", "ftjob-1"],
            ["cancel", "ftjob-1", "--yes"],
        ):
            done = subprocess.run([*APP, *arguments], env=env, capture_output=True, check=False)
            output = done.stdout + done.stderr
            assert leaks(output) == [], arguments
            assert b"Traceback" not in output, arguments
            assert not any(piece in output for piece in pieces(KEY)), arguments
