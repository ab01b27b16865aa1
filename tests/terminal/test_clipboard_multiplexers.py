"""Inside tmux and GNU screen a copy reaches the terminal outside, whatever their settings."""

import base64
import os
import re
import shlex
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.terminal.pty_harness import Terminal, plain_environment, python

COPY = Path(__file__).with_name("copy_once.py")
ROOT = COPY.parents[2]
OSC_52 = re.compile(rb"\x1b\]52;[a-z0-9]*;([A-Za-z0-9+/=]+)(?:\x07|\x1b\\)")

needs_tmux = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
needs_screen = pytest.mark.skipif(not shutil.which("screen"), reason="screen is not installed")


def received(terminal: Terminal) -> list[str]:
    """The texts that the outer terminal was asked to copy."""
    return [base64.b64decode(found).decode() for found in OSC_52.findall(terminal.raw)]


def command(text: str, told: Path) -> str:
    """The shell command that copies `text` and tells the outcome in a file."""
    return shlex.join(["env", f"PYTHONPATH={ROOT / 'src'}", *python(COPY, text, str(told))])


def run_inside(terminal: Terminal, text: str, told: Path) -> str:
    """Copy from a shell inside the multiplexer; returns "via verified sentence"."""
    told.unlink(missing_ok=True)
    done = f"done-{uuid.uuid4().hex[:8]}"  # quoted, so that the command's own echo is not it
    terminal.send(f"{command(text, told)}; echo '{done[:4]}''{done[4:]}'\r")
    terminal.wait_for(done)
    return told.read_text()


class Tmux:
    """A tmux server of its own, without anybody's configuration."""

    def __init__(self) -> None:
        self.socket = f"fttui-test-{uuid.uuid4().hex[:8]}"

    def run(self, *arguments: str) -> bytes:
        command = ["tmux", "-L", self.socket, "-f", "/dev/null", *arguments]
        env = plain_environment()
        return subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE).stdout

    def attach(self, **env: str) -> Terminal:
        command = ["tmux", "-L", self.socket, "-f", "/dev/null", "new-session", "sh"]
        return Terminal(command, env=plain_environment(SHELL="/bin/sh", PS1="$ ", **env))


@pytest.fixture
def tmux() -> Iterator[Tmux]:
    server = Tmux()
    yield server
    subprocess.run(["tmux", "-L", server.socket, "kill-server"], capture_output=True)


@needs_tmux
def test_in_tmux_a_copy_reaches_the_buffer_and_the_terminal_under_every_setting(
    tmux: Tmux, tmp_path: Path
) -> None:
    with tmux.attach() as terminal:
        terminal.wait_for("$")
        for number, setting in enumerate(["default", "on", "external", "off"]):
            if setting != "default":
                tmux.run("set-option", "-s", "set-clipboard", setting)
            text = f"ftjob-{number}-é漢"
            told = run_inside(terminal, text, tmp_path / "told")
            assert told.startswith("tmux True In the tmux buffer (prefix ]) and sent"), setting
            assert tmux.run("show-buffer").decode() == text
            assert received(terminal)[-1] == text, setting


@needs_tmux
def test_in_tmux_a_text_too_long_for_the_terminal_stays_in_the_buffer(
    tmux: Tmux, tmp_path: Path
) -> None:
    with tmux.attach() as terminal:
        terminal.wait_for("$")
        told = run_inside(terminal, "@80000", tmp_path / "told")
        assert told.startswith("tmux True In the tmux buffer (prefix ]); too long")
        assert tmux.run("show-buffer") == b"x" * 80_000
        assert received(terminal) == []


@needs_tmux
def test_in_tmux_on_a_terminal_without_a_clipboard_only_the_buffer_is_claimed(
    tmux: Tmux, tmp_path: Path
) -> None:
    with tmux.attach(TERM="vt220") as terminal:
        terminal.wait_for("$")
        told = run_inside(terminal, "ftjob-1", tmp_path / "told")
        assert told == "tmux True In the tmux buffer (prefix ])."


@needs_tmux
def test_when_tmux_refuses_the_text_is_sent_raw_and_wrapped(tmp_path: Path) -> None:
    old = tmp_path / "bin"
    old.mkdir()
    (old / "tmux").write_text("#!/bin/sh\nexit 1\n")
    (old / "tmux").chmod(0o755)
    env = plain_environment(
        PATH=f"{old}:{os.environ['PATH']}",
        TMUX="/tmp/none,1,0",
        PYTHONPATH=str(ROOT / "src"),
    )
    told = tmp_path / "told"
    with Terminal(python(COPY, "ftjob-1", str(told)), env=env) as terminal:
        terminal.wait_for("COPIED")
        assert told.read_text().startswith("osc52 False Sent to your terminal")
        assert terminal.raw.count(b"52;c;ZnRqb2ItMQ==") == 2
        assert b"\x1bPtmux;\x1b\x1b]52;c;" in terminal.raw


@needs_screen
@pytest.mark.parametrize("text", ["ftjob-1-é", "@30000"])
def test_in_screen_a_copy_arrives_whole(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "screens"
    folder.mkdir(mode=0o700)
    env = plain_environment(SCREENDIR=str(folder), SHELL="/bin/sh", PS1="$ ")
    name = f"fttui-{uuid.uuid4().hex[:8]}"
    start = ["screen", "-c", "/dev/null", "-S", name, "-U", "sh"]
    with Terminal(start, env=env) as terminal:
        terminal.wait_for("$")
        try:
            told = run_inside(terminal, text, tmp_path / "told")
            assert told.startswith("osc52 False")
            sent = "x" * 30_000 if text == "@30000" else text
            terminal.wait_until(lambda: received(terminal) == [sent], "it did not arrive whole")
        finally:
            subprocess.run(["screen", "-S", name, "-X", "quit"], env=env, capture_output=True)
