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


def test_no_screen_of_the_app_lets_hostile_data_through(tmp_path: Path) -> None:
    folder = hostile_folder(tmp_path)
    with hostile_endpoint() as (url, requests):
        env = environment(tmp_path, url)
        with Terminal(APP, env=env, rows=120, columns=150, answers=True, cwd=folder) as terminal:
            terminal.wait_for("List Fine-Tuning Jobs")
            terminal.send(b"\x1bOR")  # F3: the jobs
            terminal.wait_for(f"Jobs {len(CORPUS)}")
            terminal.settle()
            assert terminal.text.count(TOKEN) > len(CORPUS)
            visit(terminal, "G", "y", "Y", "space", "s", "l", "x", "escape", "escape", "escape")
            visit(terminal, "enter", "2", "3", "4", "1", "escape", "?", "escape", "v", "escape")
            terminal.paste("crazy policy\x1b[c", bracketed=False)
            terminal.settle(0.2)
            visit(terminal, "escape", "escape", "escape")
            terminal.send(b"\x1bOQ")  # F2: the form
            terminal.settle(0.2)
            visit(terminal, "ctrl+o")
            terminal.wait_for("␛]52")
            visit(terminal, "G", "enter", "escape", "escape")
            for one in CORPUS[::8]:
                terminal.paste(one.text)
            terminal.settle()
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
        terminal.settle(0.12)


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
