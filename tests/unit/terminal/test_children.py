"""Children see no secrets and are gone when their time is up."""

import sys
import time

import pytest

from fttui.terminal.children import ask, clean_environment, feed


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.mark.parametrize(
    "name",
    ["OPENAI_API_KEY", "OPENAI_ORG_ID", "MY_KEY", "GH_TOKEN", "A_SECRET", "PGPASSWORD_PASSWORD"],
)
def test_secret_variables_are_not_handed_on(name: str) -> None:
    assert clean_environment({name: "x", "PATH": "/bin", "DISPLAY": ":0"}) == {
        "PATH": "/bin",
        "DISPLAY": ":0",
    }


@pytest.mark.parametrize("value", ["sk-abcdefghij", "http://user:pass@proxy:80"])
def test_secret_values_are_not_handed_on_whatever_their_name(value: str) -> None:
    assert clean_environment({"HARMLESS": value, "TMUX": "/tmp/tmux-0/x,1,0"}) == {
        "TMUX": "/tmp/tmux-0/x,1,0"
    }


def test_what_a_child_prints_is_returned_up_to_the_limit() -> None:
    assert ask(python("print('x' * 10, end='')")).output == b"x" * 10
    assert (
        ask(python("while True: print('x' * 1000)"), limit=5000, seconds=20).output
        == ((b"x" * 1000 + b"\n") * 5)[:5000]
    )


def test_an_exit_status_is_told() -> None:
    ended = feed(python("raise SystemExit(3)"), b"text")
    assert ended.status == 3
    assert "status 3" in ended.problem


def test_a_missing_command_is_told() -> None:
    assert ask(["no-such-command-here"]).status is None
    assert "no-such-command-here" in feed(["no-such-command-here"], b"").problem


@pytest.mark.parametrize("run", [ask, lambda command, **more: feed(command, b"x", **more)])
def test_a_child_that_hangs_is_killed_with_its_own_children(run, tmp_path) -> None:
    mark = tmp_path / "mark"
    grandchild = f"import time; time.sleep(0.6); open({str(mark)!r}, 'w')"
    start = f"subprocess.Popen([sys.executable, '-c', {grandchild!r}])"
    code = f"import subprocess, sys, time; {start}; time.sleep(60)"
    ended = run(python(code), seconds=0.3)
    assert ended.status is None
    assert "did not answer" in ended.problem
    time.sleep(0.7)
    assert not mark.exists()


def test_a_child_cannot_write_on_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    feed(python("import os; os.write(1, b'out'); os.write(2, b'err')"), b"")
    ask(python("import os; os.write(2, b'err')"))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
