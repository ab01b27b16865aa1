"""Ending in good order or at once, and connections that never ask."""

from __future__ import annotations

import os
import resource
import signal
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from openai import OpenAI
from tests.service.sandbox.process import Process, running
from tests.service.sandbox.raw_http import answer, connect, read_all, read_answer

from fttui.server import SandboxConfig, SandboxServer
from fttui.server import listening as connections
from fttui.server.errors import ApiError
from fttui.server.graders.running import run_grader
from fttui.server.listening import Connection, listen
from waiting import PATIENCE, hear_signals, wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and FIFOs of POSIX")

ROW = b'{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n'


def address(base_url: str) -> tuple[str, int]:
    host, port = base_url.removeprefix("http://").removesuffix("/v1").split(":")
    return host, int(port)


def refuses(base_url: str) -> bool:
    try:
        socket.create_connection(address(base_url), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return True
    return False


@contextmanager
def asking(base_url: str, key: str, path: str) -> Iterator[list[httpx2.Response]]:
    """A request on its way in a thread; its answer, if one comes, is in the list at the end."""
    answers: list[httpx2.Response] = []

    def ask() -> None:
        try:
            headers = {"Authorization": f"Bearer {key}"}
            answers.append(httpx2.get(base_url + path, headers=headers, timeout=PATIENCE))
        except httpx2.HTTPError:
            return

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        thread.join()


def endless_file(base_url: str, key: str, data: Path) -> tuple[str, Path]:
    """An uploaded file that can be read as long as the test goes on writing; its id and FIFO."""
    with OpenAI(base_url=base_url, api_key=key) as client:
        file_id = client.files.create(file=("t.jsonl", ROW), purpose="fine-tune").id
    (piece,) = (data / "blobs").iterdir()
    piece.unlink()
    os.mkfifo(piece)
    return file_id, piece


def test_the_look_at_a_file_is_given_up_when_the_sandbox_ends(tmp_path: Path) -> None:
    with SandboxServer(SandboxConfig(data_dir=tmp_path)) as server:
        file_id, fifo = endless_file(server.base_url, server.api_key, tmp_path)
        with (
            asking(server.base_url, server.api_key, f"/files/{file_id}") as answers,
            fifo.open("wb", buffering=0) as lines,
        ):
            lines.write(ROW)
            server.call(lambda sandbox: sandbox.ending.set())
            with suppress(BrokenPipeError):  # it may have given up already
                lines.write(ROW * 100)
        assert answers[0].status_code == 503
        assert answers[0].json()["error"]["code"] == "ending"


def test_a_hash_is_given_up_when_the_sandbox_ends(tmp_path: Path) -> None:
    with (
        SandboxServer(SandboxConfig(data_dir=tmp_path)) as server,
        OpenAI(base_url=server.base_url, api_key=server.api_key, max_retries=0) as client,
    ):
        upload = client.uploads.create(
            bytes=len(ROW), filename="t.jsonl", mime_type="text/jsonl", purpose="fine-tune"
        ).id
        part = client.uploads.parts.create(upload, data=ROW).id
        server.call(lambda sandbox: sandbox.ending.set())
        headers = {"Authorization": f"Bearer {server.api_key}"}
        answer = httpx2.post(
            f"{server.base_url}/uploads/{upload}/complete",
            json={"part_ids": [part], "md5": "0" * 32},
            headers=headers,
        )
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "ending")


def test_graders_are_given_up_when_the_sandbox_ends() -> None:
    member = {"type": "string_check", "operation": "eq", "input": "x", "reference": "x"}
    grader = {"type": "multi", "calculate_output": "g", "graders": {"g": member}}
    asked: list[bool] = []

    def is_ending() -> bool:
        asked.append(True)
        return len(asked) > 1

    with pytest.raises(ApiError, match="ending"):
        run_grader(grader, "", {}, is_ending)
    assert len(asked) == 2


def test_a_signal_ends_the_look_at_a_file_and_the_server(tmp_path: Path) -> None:
    with running(tmp_path) as sandbox:
        file_id, fifo = endless_file(sandbox.base_url, sandbox.api_key, tmp_path)
        with (
            asking(sandbox.base_url, sandbox.api_key, f"/files/{file_id}"),
            fifo.open("wb", buffering=0) as lines,
        ):
            lines.write(ROW)
            sandbox.process.send_signal(signal.SIGINT)
            wait_until(lambda: refuses(sandbox.base_url), "it went on listening")
            with suppress(BrokenPipeError):  # it may have given up already
                lines.write(ROW * 100)
            _, errors = sandbox.process.communicate(timeout=PATIENCE)
    assert sandbox.process.returncode == 0
    assert "Traceback" not in errors


@pytest.mark.parametrize("kept", [True, False])
def test_a_second_signal_ends_it_at_once(tmp_path: Path, kept: bool) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environ = {**os.environ, "TMPDIR": str(temporary)}
    with running(tmp_path / "data" if kept else None, env=environ) as sandbox:
        data = tmp_path / "data" if kept else next(temporary.iterdir())
        file_id, fifo = endless_file(sandbox.base_url, sandbox.api_key, data)
        with (
            asking(sandbox.base_url, sandbox.api_key, f"/files/{file_id}"),
            fifo.open("wb", buffering=0),
        ):
            sandbox.process.send_signal(signal.SIGTERM)
            wait_until(lambda: refuses(sandbox.base_url), "it went on listening")
            _, errors = sandbox.end(signal.SIGINT)
    assert sandbox.process.returncode == 128 + signal.SIGINT
    assert "Traceback" not in errors
    assert list(temporary.iterdir()) == []
    if kept:
        with running(tmp_path / "data") as again, again.client() as client:
            assert [file.id for file in client.files.list()] == [file_id]


def _half_an_upload(sandbox: Process) -> socket.socket:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="t.jsonl"\r\n\r\n' + ROW
    head = (
        "POST /v1/files HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {sandbox.api_key}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999\r\n\r\n"
    )
    connection = socket.create_connection(address(sandbox.base_url), timeout=PATIENCE)
    connection.sendall(head.encode() + body)
    return connection


def test_uploads_on_their_way_are_broken_off_without_a_traceback(tmp_path: Path) -> None:
    blobs = tmp_path / "blobs"
    with running(tmp_path) as sandbox, ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(_half_an_upload(sandbox))
        wait_until(lambda: len(list(blobs.iterdir())) == 20, "the uploads did not begin")
        code, errors = sandbox.end(signal.SIGINT)
    assert code == 0
    assert "Traceback" not in errors
    assert "ASGI" not in errors
    assert list(blobs.iterdir()) == [], "half an upload was left"


def test_a_hangup_ends_it_too_unless_it_is_ignored(tmp_path: Path) -> None:
    with running(tmp_path) as sandbox:
        assert sandbox.end(signal.SIGHUP)[0] == 0

    def as_under_nohup() -> None:
        hear_signals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with running(tmp_path, preexec_fn=as_under_nohup) as sandbox:
        sandbox.process.send_signal(signal.SIGHUP)
        with sandbox.client() as client:
            assert client.files.list().data == []
        assert sandbox.end(signal.SIGTERM)[0] == 0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, server: SandboxServer) -> SandboxServer:
    """A server that waits only a moment for a head."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.02)
    return server


def connect_and_send(server: SandboxServer, data: bytes) -> socket.socket:
    """A connection whose first bytes are there before the server's patience with it begins."""
    holds, goes_on = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        holds.set()
        goes_on.wait(PATIENCE)

    holding = threading.Thread(target=server.call, args=(hold,))
    holding.start()
    assert holds.wait(PATIENCE)
    connection = connect(server)
    connection.sendall(data)
    goes_on.set()
    holding.join()
    return connection


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"G"])
def test_a_connection_without_a_whole_head_is_closed(impatient: SandboxServer, sent: bytes) -> None:
    with connect_and_send(impatient, sent) as connection:
        assert read_all(connection) == b""


def test_the_second_head_of_a_connection_is_waited_for_no_longer(impatient: SandboxServer) -> None:
    asked = b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n"
    with connect_and_send(impatient, asked) as connection:
        assert read_answer(connection)[0] == 200
        connection.sendall(b"GET / HT")
        assert read_all(connection) == b""


def test_a_slow_body_is_waited_for(impatient: SandboxServer) -> None:
    head = (
        "POST /v1/fine_tuning/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
        f"Authorization: Bearer {impatient.api_key}\r\n\r\n"
    )
    with connect_and_send(impatient, head.encode()) as slow, connect(impatient) as later:
        read_all(later)  # its time began after the other's
        slow.sendall(b"{}")
        assert read_answer(slow)[0] == 400


def stalled_upload(server: SandboxServer) -> bytes:
    """The beginning of a request of which the rest never comes."""
    return (
        "POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
        f"Authorization: Bearer {server.api_key}\r\n"
        "Content-Type: multipart/form-data; boundary=B\r\n\r\n"
        '--B\r\nContent-Disposition: form-data; name="file"; filename="t.jsonl"\r\n\r\n{'
    ).encode()


def pieces(server: SandboxServer) -> list[str]:
    return server.call(lambda sandbox: [each.name for each in sandbox.blobs.path("").iterdir()])


def test_an_upload_that_comes_no_further_is_refused_and_its_bytes_removed(
    server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.02)
    with connect(server) as connection:
        connection.sendall(stalled_upload(server))
        status, document = answer(read_all(connection))
    assert (status, "Nothing more" in document["error"]["message"]) == (408, True)
    wait_until(lambda: not pieces(server), "the piece to go")


def test_a_body_of_which_bytes_came_lately_is_waited_for(
    server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[float] = []
    look = Connection._look_at_body

    def counted(self: Connection) -> None:
        heard.append(self._heard)
        if len(set(heard)) == 1:  # looks again at once until more has come
            self._stalled = self.loop.call_soon(self._look_at_body)
        else:
            monkeypatch.setattr(connections, "BODY_SECONDS", PATIENCE)
            look(self)

    monkeypatch.setattr(connections, "BODY_SECONDS", 0.001)
    monkeypatch.setattr(Connection, "_look_at_body", counted)
    with connect(server) as connection:
        connection.sendall(stalled_upload(server))
        wait_until(lambda: bool(heard), "a look at the body")
        connection.sendall(b"}" * 50_000)
        wait_until(lambda: len(set(heard)) == 2, "a later look")
        connection.sendall(b"}" * 50_000)
        assert read_answer(connection)[0] == 400


def test_a_body_that_the_sandbox_itself_holds_back_is_not_refused(
    server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bool] = []
    look = Connection._look_at_body

    def held_back_once(self: Connection) -> None:
        self.flow.read_paused = not looks
        looks.append(self.flow.read_paused)
        look(self)

    monkeypatch.setattr(connections, "BODY_SECONDS", 0.001)
    monkeypatch.setattr(Connection, "_look_at_body", held_back_once)
    with connect(server) as connection:
        connection.sendall(stalled_upload(server))
        assert answer(read_all(connection))[0] == 408
    assert len(looks) > 1


def test_without_descriptors_it_says_so_once_and_goes_on_later() -> None:
    def few() -> None:
        hear_signals()
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))

    with running(None, preexec_fn=few) as sandbox:
        assert sandbox.process.stderr is not None
        with ExitStack() as stack:
            for _ in range(60):
                stack.enter_context(socket.create_connection(address(sandbox.base_url)))
            lines = [sandbox.process.stderr.readline()]
            while "No connection can be accepted" not in lines[-1]:
                lines.append(sandbox.process.stderr.readline())
        with sandbox.client() as client:
            assert client.files.list().data == []
        code, errors = sandbox.end(signal.SIGINT)
    assert code == 0
    assert "No connection can be accepted" not in errors
    assert "Traceback" not in "".join(lines) + errors


def test_a_second_failure_to_accept_lets_the_loop_rest() -> None:
    with listen(SandboxConfig()) as listener, socket.create_connection(listener.getsockname()):
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
        failures: list[OSError] = []
        try:
            for _ in range(4):
                try:
                    listener.accept()
                except OSError as error:
                    failures.append(error)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert [isinstance(error, BlockingIOError) for error in failures] == [
            False, True, False, True,
        ]  # fmt: skip
        listener.accept()[0].close()


def test_what_is_no_http_is_refused_in_the_apis_shape(server: SandboxServer) -> None:
    for sent in (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET / HTTP/1.1\r\nHost : x\r\n\r\n"):
        with connect(server) as connection:
            connection.sendall(sent)
            code, document = read_answer(connection)
            assert connection.recv(1) == b""
        assert code == 400
        assert document["error"]["type"] == "invalid_request_error"


def test_a_body_that_breaks_the_protocol_is_refused_without_a_traceback(
    server: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    head = (
        "POST /v1/fine_tuning/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        f"Authorization: Bearer {server.api_key}\r\n\r\n"
    )
    with connect(server) as connection:
        connection.sendall(head.encode() + b"zz\r\n")
        assert read_answer(connection)[0] == 400
        assert connection.recv(1) == b""
    assert not [record for record in caplog.records if record.exc_info]


def test_a_wish_for_websockets_is_passed_over_in_silence(
    server: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(server) as connection:
        connection.sendall(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Accept: application/json\r\n\r\n"
        )
        assert read_answer(connection)[0] == 200
    assert caplog.records == []


def test_the_sandboxs_folder_is_private_while_it_runs(tmp_path: Path) -> None:
    with running(tmp_path / "data"):
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
