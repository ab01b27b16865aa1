"""What was acknowledged survives SIGKILL; what was not leaves nothing behind."""

import io
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from openai import NotFoundError, OpenAI, OpenAIError
from tests.service.sandbox.process import Process, running

from fttui.server import (
    DataInUseError,
    ManualClock,
    SandboxConfig,
    SandboxServer,
    fill_with_samples,
    run,
)
from waiting import PATIENCE, wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills processes with POSIX signals")


def test_nothing_acknowledged_is_lost_to_sigkill(tmp_path: Path, samples: dict[str, bytes]) -> None:
    files: dict[str, bytes] = {}
    jobs: set[str] = set()
    cancelled: set[str] = set()
    for round_ in range(3):
        with running(tmp_path) as sandbox, sandbox.client() as client:

            def work(client: OpenAI = client, round_: int = round_) -> None:
                number = 0
                try:
                    while True:
                        content = samples["chat"] + b"\n" * (1000 * round_ + number)
                        made = client.files.create(file=("t.jsonl", content), purpose="fine-tune")
                        files[made.id] = content
                        job = client.fine_tuning.jobs.create(
                            model="gpt-4o-mini", training_file=made.id
                        )
                        jobs.add(job.id)
                        if number % 2:
                            cancelled.add(client.fine_tuning.jobs.cancel(job.id).id)
                        number += 1
                except OpenAIError:
                    return

            worker = threading.Thread(target=work)
            worker.start()
            enough = len(jobs) + 3 + round_
            wait_until(lambda enough=enough: len(jobs) >= enough, "the jobs stopped coming")
            sandbox.end(signal.SIGKILL)
            worker.join()
    with running(tmp_path) as sandbox, sandbox.client() as client:
        listed = {job.id: job.status for job in client.fine_tuning.jobs.list(limit=100)}
        assert jobs <= set(listed)
        assert all(listed[job] == "cancelled" for job in cancelled)
        for file, content in files.items():
            assert client.files.content(file).content == content


def test_an_upload_goes_on_after_sigkill_with_the_parts_that_were_acknowledged(
    tmp_path: Path, samples: dict[str, bytes]
) -> None:
    content = samples["chat"]
    middle = len(content) // 2
    blobs = tmp_path / "blobs"
    with running(tmp_path) as sandbox, sandbox.client() as client:
        upload = client.uploads.create(
            bytes=len(content), filename="t.jsonl", mime_type="text/jsonl", purpose="fine-tune"
        ).id
        first = client.uploads.parts.create(upload, data=content[:middle]).id
        with _half_a_part(sandbox, upload):
            wait_until(lambda: len(list(blobs.iterdir())) == 2, "no part began to arrive")
            sandbox.end(signal.SIGKILL)
    with running(tmp_path) as sandbox, sandbox.client() as client:
        assert len(list(blobs.iterdir())) == 1, "the half part is swept away"
        second = client.uploads.parts.create(upload, data=content[middle:]).id
        done = client.uploads.complete(upload, part_ids=[first, second])
        assert done.file is not None
        assert client.files.content(done.file.id).content == content


def _half_a_part(sandbox: Process, upload: str) -> socket.socket:
    """A connection on which a part has begun to arrive."""
    host, port = sandbox.base_url.removeprefix("http://").removesuffix("/v1").split(":")
    body = b'--b\r\nContent-Disposition: form-data; name="data"; filename="d"\r\n\r\n' + b"x" * 9999
    head = (
        f"POST /v1/uploads/{upload}/parts HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {sandbox.api_key}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999\r\n\r\n"
    )
    connection = socket.create_connection((host, int(port)))
    connection.sendall(head.encode() + body)
    return connection


def test_a_job_goes_on_by_the_clock_while_no_server_runs(
    tmp_path: Path, samples: dict[str, bytes]
) -> None:
    clock = ManualClock()
    config = SandboxConfig(clock=clock, data_dir=tmp_path)
    with (
        SandboxServer(config) as server,
        OpenAI(base_url=server.base_url, api_key=server.api_key) as client,
    ):
        file = client.files.create(file=("t.jsonl", samples["chat"]), purpose="fine-tune").id
        job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=file).id
        deleted = client.files.create(file=("t.jsonl", samples["chat"]), purpose="fine-tune").id
        client.files.delete(deleted)
        clock.advance(8)
        early = client.fine_tuning.jobs.list_events(job, limit=300).data
    clock.advance(1000)
    with (
        SandboxServer(config) as server,
        OpenAI(base_url=server.base_url, api_key=server.api_key) as client,
    ):
        done = client.fine_tuning.jobs.retrieve(job)
        assert done.status == "succeeded"
        assert client.files.content(done.result_files[0]).content
        late = client.fine_tuning.jobs.list_events(job, limit=300).data
        assert late[-len(early) :] == early
        with pytest.raises(NotFoundError):
            client.files.retrieve(deleted)
        fresh = client.files.create(file=("t.jsonl", samples["chat"]), purpose="fine-tune").id
        assert fresh not in (file, deleted), "an id is never given twice"


def test_two_servers_do_not_share_a_folder(tmp_path: Path) -> None:
    config = SandboxConfig(data_dir=tmp_path)
    with SandboxServer(config):
        with pytest.raises(DataInUseError, match="in use by another server"):
            SandboxServer(config).start()
        command = [sys.executable, "-m", "fttui.server", "--data", str(tmp_path)]
        second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert second.returncode == 2
    assert "in use by another server" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_success(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, "--samples") as sandbox:
        with sandbox.client() as client:
            assert len(client.fine_tuning.jobs.list().data) == 14
        code, errors = sandbox.end(number)
    assert code == 0
    assert "it trains nothing" in errors, "the log says what it is"
    assert "Traceback" not in errors


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            run(SandboxConfig(port=port), json=True, out=io.StringIO())
        command = [sys.executable, "-m", "fttui.server", "--port", str(port)]
        process = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert process.returncode == 2
    assert process.stderr.startswith("The sandbox could not start: ")


def test_a_stopped_servers_folder_can_be_filled(tmp_path: Path) -> None:
    config = SandboxConfig(data_dir=tmp_path)
    assert fill_with_samples(config) == 14
    assert fill_with_samples(config) == 0
    with (
        SandboxServer(config) as server,
        OpenAI(base_url=server.base_url, api_key=server.api_key) as client,
    ):
        assert len(client.fine_tuning.jobs.list().data) == 14
    with pytest.raises(ValueError, match="data_dir"):
        fill_with_samples(SandboxConfig())


def test_a_temporary_sandbox_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with SandboxServer() as server:
        fill_with_samples(server)
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []
