"""Children see no secrets and are gone when their time is up."""

import os
import select
import sys

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
    life = tmp_path / "life"  # open for writing for as long as a grandchild lives
    os.mkfifo(life)
    grandchild = f"life = open({str(life)!r}, 'w'); print('x', file=life, flush=True); input()"
    start = f"subprocess.Popen([sys.executable, '-c', {grandchild!r}], stdin=subprocess.PIPE)"
    code = f"import subprocess, sys; {start}.wait()"
    reading = os.open(life, os.O_RDONLY | os.O_NONBLOCK)
    try:
        born, seconds = b"", 0.25
        while not born:  # a busy machine may need longer to start it than the child is given
            seconds *= 2
            ended = run(python(code), seconds=seconds)
            assert ended.status is None
            assert "did not answer" in ended.problem
            born = read_some(reading)
        os.set_blocking(reading, True)
        assert select.select([reading], [], [], 60)[0], "the grandchild lives"
        assert os.read(reading, 10) == b""
    finally:
        os.close(reading)


def read_some(fileno: int) -> bytes:
    """What can be read without waiting."""
    try:
        return os.read(fileno, 10)
    except BlockingIOError:
        return b""


def test_a_child_that_lets_go_of_its_output_must_end_all_the_same() -> None:
    ended = ask(["sh", "-c", "exec >&-; exec sleep 600"], seconds=0.2)
    assert ended.status is None
    assert "did not answer within 0.2 seconds" in ended.problem


def test_a_child_cannot_write_on_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    feed(python("import os; os.write(1, b'out'); os.write(2, b'err')"), b"")
    ask(python("import os; os.write(2, b'err')"))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
