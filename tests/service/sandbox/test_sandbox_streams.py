"""`python -m fttui.server` without the streams, or with the variables, that it expects."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.service.sandbox.process import running
from tests.service.sandbox.raw_http import answer, read_all

from waiting import PATIENCE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="descriptors of POSIX")


def start(redirection: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = f'exec "$0" -m fttui.server "$@" {redirection}'
    return subprocess.run(
        ["sh", "-c", command, sys.executable, *options], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("closed", [">&-", "<&- >&-"])
def test_with_stdout_closed_it_says_so_and_touches_nothing(closed: str, tmp_path: Path) -> None:
    ended = start(closed, "--data", str(tmp_path / "data"))
    assert (ended.returncode, ended.stderr) == (
        2,
        "The sandbox could not start: stdout is closed, so it cannot say where it listens.\n",
    )
    assert not (tmp_path / "data").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
@pytest.mark.parametrize(
    ("redirection", "told"),
    [
        (">/dev/full", "stdout where it listens: No space left on device.\n"),
        (">/dev/full 2>/dev/full", ""),
        (">&- 2>&- <&-", ""),
    ],
)
def test_what_it_cannot_say_ends_it_with_a_sentence(redirection: str, told: str) -> None:
    ended = start(redirection)
    assert ended.returncode == 2
    assert ended.stderr.endswith(told)
    assert "Traceback" not in ended.stderr
    assert "Errno" not in ended.stderr


def test_an_address_that_it_cannot_listen_on_is_named() -> None:
    ended = start("", "--host", "192.0.2.1")
    assert ended.returncode == 2
    assert "it cannot listen on 192.0.2.1:0: " in ended.stderr


def test_no_record_gets_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    def close() -> None:
        os.close(0)
        os.close(2)

    with running(tmp_path / "data", preexec_fn=close) as sandbox:
        with sandbox.client() as client:
            client.files.create(file=("t.jsonl", b'{"a": 1}\n'), purpose="fine-tune")
        numbers = Path(f"/proc/{sandbox.process.pid}/fd")
        if numbers.exists():
            assert [os.readlink(numbers / name) for name in "02"] == [os.devnull] * 2


def test_variables_of_other_servers_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "auto")
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "")
    with running(None) as sandbox, sandbox.client() as client:
        assert list(client.files.list()) == []


def test_what_is_no_http_is_told_to_its_sender_alone() -> None:
    with running(None) as sandbox:
        host, port = sandbox.base_url.removeprefix("http://").removesuffix("/v1").split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
            connection.sendall(b"no HTTP at all\r\n\r\n")
            assert answer(read_all(connection))[0] == 400
        assert "Invalid HTTP" not in sandbox.end(signal.SIGTERM)[1]
