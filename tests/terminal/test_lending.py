"""Another program gets the terminal whole, and it is taken again whole, whatever happens there."""

import os
import shlex
import signal
import termios
from pathlib import Path

from tests.cli.conftest import FTTUI
from tests.terminal.pty_harness import Terminal, plain_environment, python
from tests.terminal.test_life import DEMO, ROOT, demo

from waiting import wait_until

READS = "stty -a >tty; printf 'it is %s' open; read -r line; printf %s \"$line\" >line"


def test_the_program_gets_the_terminal_whole_and_what_is_typed_early(tmp_path: Path) -> None:
    with demo(tmp_path, environ={"EDIT": READS}, cwd=tmp_path) as terminal:
        terminal.send("ecd")  # in one burst, as over a slow link
        terminal.wait_for_raw(b"it is open")
        assert terminal.left_behind() == []
        assert terminal.line_is(termios.ICANON) and terminal.line_is(termios.ECHO)
        terminal.resize(30, 100)
        terminal.send("more\r")
        terminal.wait_for("edited 0")
        assert (tmp_path / "line").read_text() in ("cdmore", "more")  # where no program may type
        assert b"acted" not in terminal.raw and b"painted" not in terminal.raw
        assert "icanon" in (tmp_path / "tty").read_text().split()
        assert not terminal.line_is(termios.ICANON)
        assert set(terminal.left_behind()) >= {"alternate screen", "mouse motion", "hidden cursor"}
        terminal.press("s")
        terminal.wait_for("now 100x30")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []


def test_what_it_does_not_read_acts_nowhere(tmp_path: Path) -> None:
    edit = "trap '' INT; printf 'it is %s' open; while [ ! -e go ]; do sleep 0.05; done; exit 3"
    with demo(tmp_path, environ={"EDIT": edit}, cwd=tmp_path) as terminal:
        terminal.press("e")
        terminal.wait_for_raw(b"it is open")
        terminal.send("\x03\x1a")  # signals there
        terminal.send("ccccq")
        (tmp_path / "go").touch()
        terminal.wait_for("edited 3")
        assert b"acted" not in terminal.raw
        terminal.press("d")
        terminal.wait_for("acted 1 d")


def test_a_program_that_stops_itself_alone_goes_on_where_no_shell_would_let_it(
    tmp_path: Path,
) -> None:
    with demo(tmp_path, environ={"EDIT": "kill -TSTP $$; kill -STOP $$"}) as terminal:
        terminal.press("e")
        terminal.wait_for("edited 0")


def test_leaving_meanwhile_tells_the_program_as_a_lost_terminal_does(tmp_path: Path) -> None:
    edit = "trap 'touch saved; exit' HUP; printf 'it is %s' open; while :; do sleep 0.05; done"
    shell = ["sh", "-c", f"{shlex.join(python(DEMO))}; echo over $?; exec sleep 100"]
    env = plain_environment(PYTHONPATH=str(ROOT), XDG_STATE_HOME=str(tmp_path), EDIT=edit)
    with Terminal(shell, env=env, cwd=tmp_path) as terminal:
        terminal.wait_for_raw(b"ready")
        terminal.press("e")
        terminal.wait_for_raw(b"it is open")
        leader = terminal.process.pid
        (app,) = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        os.kill(int(app), signal.SIGTERM)
        terminal.wait_for(f"over {128 + signal.SIGTERM}")
        wait_until(lambda: (tmp_path / "saved").exists(), "it was not told")
        assert terminal.left_behind() == []


def test_a_program_that_is_killed_raw_leaves_no_trace(tmp_path: Path) -> None:
    edit = "stty raw -echo -opost; printf '\\033[5;9r\\033[7m'; kill -9 $$"
    with demo(tmp_path, environ={"EDIT": edit}) as terminal:
        terminal.press("e")
        terminal.wait_for("edited -9")
        terminal.wait_for("was ended by a signal")
        for taken_back in (b"\x1b[r", b"\x1b[4l", b"\x0f"):  # margins, insert mode, letters
            assert taken_back in terminal.raw
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []


def test_the_editor_mends_the_line_and_the_report_is_made_anew(tmp_path: Path) -> None:
    editor = tmp_path / "vim"
    editor.write_text(f'#!/bin/sh\necho "$@" | tee {tmp_path}/told\nsed -i \'7s/,]}}$//\' "$2"\n')
    editor.chmod(0o755)
    env = plain_environment(
        EDITOR=str(editor), XDG_STATE_HOME=str(tmp_path), TMPDIR=str(tmp_path / "tmp")
    )
    (tmp_path / "tmp").mkdir()
    with Terminal([FTTUI, "demo", "--empty"], env=env, cwd=tmp_path) as terminal:
        terminal.wait_for("Training file")
        terminal.press("ctrl+o")
        terminal.wait_for("support-desk-broken.jsonl")
        terminal.press("enter")
        terminal.wait_for("11 errors")
        terminal.press("ctrl+r")
        terminal.wait_for("json-syntax")
        terminal.press("j", "E")
        terminal.wait_for("10 errors")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    told = (tmp_path / "told").read_text()
    assert told.startswith("+call cursor(7,") and told.strip().endswith("support-desk-broken.jsonl")
