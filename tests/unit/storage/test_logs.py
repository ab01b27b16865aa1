"""The log is private, bounded, free of keys and control characters, and never on the screen."""

import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"


def run(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run code after the log was configured, in a process of its own."""
    start = """
        import logging, os, threading, warnings
        from fttui.storage.logs import configure_logging
        place = configure_logging()
    """
    script = textwrap.dedent(start) + textwrap.dedent(code)
    environ = {"PATH": os.environ["PATH"], **env}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environ, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def log_of(state: Path) -> str:
    return (state / "fttui/fttui.log").read_text()


def test_everything_stray_goes_to_the_log_and_nothing_to_the_screen(tmp_path: Path) -> None:
    done = run(
        f"""
        from fttui.storage.logs import begin_logging
        handlers = logging.getLogger().handlers[:]
        begin_logging()  # as each further session does
        assert logging.getLogger().handlers == handlers
        import openai
        assert "OPENAI_LOG" not in os.environ
        logging.getLogger("openai").debug("request for {KEY}")
        logging.getLogger("httpx2").info("GET https://u:p@host/")
        logging.getLogger("x").warning("two\\nlines \\x1b[2J")
        logging.getLogger("x").warning("%s %s", "too few")
        warnings.warn("deprecated")
        threading.Thread(target=lambda: 1 / 0).start()
        class Odd:
            def __del__(self): raise ValueError("in a finaliser")
        Odd()
        """,
        XDG_STATE_HOME=str(tmp_path),
        OPENAI_LOG="debug",
    )
    assert (done.stdout, done.stderr) == ("", "")
    text = log_of(tmp_path)
    for part in ("request for •••", "deprecated", "ZeroDivisionError", "in a finaliser"):
        assert part in text
    assert "two␊lines ␛[2J" in text
    assert "u:p@host" not in text
    assert KEY[:8] not in text
    assert stat.S_IMODE((tmp_path / "fttui/fttui.log").stat().st_mode) == 0o600


def test_without_openai_log_only_warnings_are_kept(tmp_path: Path) -> None:
    run(
        'logging.getLogger("openai").info("chatter"); logging.getLogger("x").error("trouble")',
        XDG_STATE_HOME=str(tmp_path),
    )
    assert "chatter" not in log_of(tmp_path)
    assert "trouble" in log_of(tmp_path)


def test_the_log_is_rotated_into_private_files(tmp_path: Path) -> None:
    run(
        'for n in range(400): logging.error("%d %s", n, "x" * 15_000)',
        XDG_STATE_HOME=str(tmp_path),
    )
    files = list((tmp_path / "fttui").iterdir())
    assert len(files) == 4
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert all(file.stat().st_size < 1_100_000 for file in files)


@pytest.mark.parametrize("obstacle", ["file", "symlink"])
def test_without_a_usable_folder_it_runs_and_says_why(tmp_path: Path, obstacle: str) -> None:
    if obstacle == "file":
        (tmp_path / "fttui").write_text("x")
    else:
        (tmp_path / "real").mkdir()
        (tmp_path / "fttui").symlink_to(tmp_path / "real")
    done = run(
        'logging.error("lost"); print(place.path, place.problem)', XDG_STATE_HOME=str(tmp_path)
    )
    assert done.stdout.startswith("None No log is kept: ")
    assert done.stderr == ""


def test_a_symlink_in_the_place_of_the_log_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "fttui").mkdir(mode=0o700)
    (tmp_path / "target").write_text("")
    (tmp_path / "fttui/fttui.log").symlink_to(tmp_path / "target")
    run('logging.error("elsewhere")', XDG_STATE_HOME=str(tmp_path))
    assert (tmp_path / "target").read_text() == ""


def test_errors_that_nobody_handles_are_told_once_for_each_place(tmp_path: Path) -> None:
    done = run(
        """
        import asyncio
        from fttui.storage.logs import hear_strays
        heard = []
        assert hear_strays(heard.append) is None
        def fail(): raise ValueError("in a thread")
        def leave(): raise SystemExit
        def interrupt(): raise KeyboardInterrupt
        for target in (fail, fail, leave, interrupt):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
        class Odd:
            def __del__(self): raise TypeError("in a finaliser")
        Odd()
        async def forgotten(): raise KeyError("in a task")
        async def lost(): raise ConnectionResetError("of a connection")
        async def work():
            for each in (forgotten, lost):
                task = asyncio.create_task(each())
                await asyncio.sleep(0)
                del task
        asyncio.run(work())
        print(*map(repr, heard), sep="; ")
        """,
        XDG_STATE_HOME=str(tmp_path),
    )
    expected = "ValueError('in a thread'); TypeError('in a finaliser'); KeyError('in a task')"
    assert (done.stdout.strip(), done.stderr) == (expected, "")
    assert "of a connection" in log_of(tmp_path)


def test_a_listener_that_fails_and_one_that_fails_again_and_again_harm_nobody(
    tmp_path: Path,
) -> None:
    done = run(
        """
        from fttui.storage.logs import hear_strays
        heard = []
        def listen(error):
            heard.append(error)
            raise error
        hear_strays(listen)
        for n in range(50):
            code = compile("\\n" * n + "1 / 0", "many", "exec")
            thread = threading.Thread(target=exec, args=(code,))
            thread.start()
            thread.join()
        print(len(heard))
        """,
        XDG_STATE_HOME=str(tmp_path),
    )
    assert (done.stdout.strip(), done.stderr) == ("20", "")


def test_a_pipe_in_the_place_of_the_log_is_refused_and_hangs_nothing(tmp_path: Path) -> None:
    (tmp_path / "fttui").mkdir(mode=0o700)
    log = tmp_path / "fttui/fttui.log"
    os.mkfifo(log)
    done = run("print(place.path, place.problem)", XDG_STATE_HOME=str(tmp_path))
    assert done.stdout.startswith("None No log is kept: ")
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    try:
        done = run("print(place.path, place.problem)", XDG_STATE_HOME=str(tmp_path))
    finally:
        os.close(reader)
    assert done.stdout.startswith("None No log is kept: ")
    assert "it is not a regular file" in done.stdout
