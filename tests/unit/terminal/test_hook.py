"""A command that is run when a job has ended: its input, its environment, and its end."""

import json
import os
import sys
from pathlib import Path

from fttui.terminal.hook import Hook, hook_environment, start_hook
from waiting import wait_until


def python(program: str, *arguments: object) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", program, *map(str, arguments)]


COPY = "import os, sys; os.write(os.open(sys.argv[1], 1089, 0o600), sys.stdin.buffer.read())"


def test_it_gets_each_document_on_its_input_and_no_shell_reads_it(tmp_path: Path) -> None:
    there = tmp_path / "$(touch no) ; x"
    hook = start_hook(python(COPY, there), ['{"id": "a"}', '{"id": "b"}'])
    assert hook.problems() == []
    assert [json.loads(line)["id"] for line in there.read_text().splitlines()] == ["a", "b"]
    assert os.listdir(tmp_path) == [there.name]


def test_its_environment_holds_no_key() -> None:
    environ = {
        "PATH": "/bin", "HOME": "/h", "LANG": "C", "LC_ALL": "C", "OPENAI_API_KEY": "sk-abc",
        "AZURE_KEY": "k", "PYTHONPATH": "/p", "FTTUI_PROFILE": "x", "LC_TOKEN": "t",
    }  # fmt: skip
    assert hook_environment(environ) == {"PATH": "/bin", "HOME": "/h", "LANG": "C", "LC_ALL": "C"}


def test_what_it_gets_is_that_environment_alone(tmp_path: Path) -> None:
    there = tmp_path / "env"
    program = "import os, sys; open(sys.argv[1], 'w').write('\\n'.join(sorted(os.environ)))"
    environ = {"PATH": "/bin", "HOME": "/h", "MY_TOKEN": "t"}
    assert start_hook(python(program, there), ["{}"], environ=environ).problems() == []
    assert {"HOME", "PATH"} <= set(there.read_text().split()) <= {"HOME", "PATH", "LC_CTYPE"}


def test_its_failures_are_sentences() -> None:
    assert start_hook(["/nowhere/x"], ["{}"]).problems() == [
        "/nowhere/x cannot be run: No such file or directory."
    ]
    hook = start_hook(python("raise SystemExit(3)"), ["{}"])
    assert hook.problems() == [f"{sys.executable} ended with status 3."]
    assert Hook("x", None, "It was not run.").problems() == ["It was not run."]


def test_one_that_does_not_end_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    there = tmp_path / "child"
    program = (
        "import subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "open(sys.argv[1], 'w').write(str(child.pid)); time.sleep(600)"
    )
    hook = start_hook(python(program, there), ["{}"], seconds=0.5)
    assert hook.problems() == [f"{sys.executable} did not end within 0.5 seconds, and was killed."]
    if there.exists() and there.read_text():
        wait_until(lambda: is_gone(int(there.read_text())), "its child lives on")


def test_it_goes_on_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    there = tmp_path / "done"
    hook = start_hook(python(COPY, there), ["{}", "{}"])
    assert hook._process is not None and hook._process.stdout is not None
    assert os.getsid(hook._process.pid) != os.getsid(0)  # no Ctrl+C of ours ends it
    hook._process.stdout.close()
    wait_until(lambda: there.exists() and there.read_text() == "{}\n" * 2, "it did not go on")
    hook._process.wait()


def test_what_it_prints_is_thrown_away_however_much_it_is() -> None:
    program = (
        "import sys; print('{\"status\": 9}');"
        "sys.stdout.write('x' * 10**6); sys.stderr.write('x' * 10**6)"
    )
    assert start_hook(python(program), ["{}"]).problems() == []


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
