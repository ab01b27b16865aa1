"""A disk that is full or fails: a sentence, nothing half recorded, and what is there stays."""

import os
import resource
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from openai import InternalServerError, OpenAI
from tests.service.sandbox.process import running

from fttui.server import ManualClock, SandboxConfig, SandboxServer
from fttui.server.database import Database
from waiting import hear_signals

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")


def fill_disk(server: SandboxServer) -> None:
    """The records may not grow any more."""
    for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA max_page_count = 1"):
        server.call(lambda sandbox, text=statement: sandbox.database.execute(text).fetchall())


def make_space(server: SandboxServer) -> None:
    server.call(lambda sandbox: sandbox.database.execute("PRAGMA max_page_count = 1000000"))


def send(client: OpenAI, content: bytes) -> str:
    return client.files.create(file=("t.jsonl", content), purpose="fine-tune").id


def test_a_full_disk_in_an_upload_is_a_sentence_and_keeps_nothing(tmp_path: Path) -> None:
    def small() -> None:
        hear_signals()
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    with running(tmp_path, preexec_fn=small) as sandbox, sandbox.client() as client:
        kept = send(client, b"{}\n")
        content = b"{}\n" * 1_500_000
        with pytest.raises(InternalServerError, match="disk is full") as caught:
            send(client, content)
        assert caught.value.status_code == 507
        upload = client.uploads.create(
            bytes=len(content), filename="t.jsonl", mime_type="text/jsonl", purpose="fine-tune"
        )
        with pytest.raises(InternalServerError, match="disk is full"):
            client.uploads.parts.create(upload.id, data=content)
        assert len(list((tmp_path / "blobs").iterdir())) == 1
        assert client.files.content(kept).content == b"{}\n"
        code, errors = sandbox.end(signal.SIGINT)
    assert code == 0
    assert "File too large" in errors
    assert "Traceback" not in errors


def test_full_records_refuse_what_is_new_and_show_what_is_there(
    server: SandboxServer, client: OpenAI, clock: ManualClock, samples: dict[str, bytes]
) -> None:
    file_id = send(client, samples["chat"])
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=file_id)
    fill_disk(server)
    with pytest.raises(InternalServerError, match="disk is full") as caught:
        for _ in range(500):
            send(client, samples["chat"])
    assert (caught.value.status_code, caught.value.code) == (507, "disk_full")
    clock.advance(600)
    # Its result cannot be recorded, but what the clock says of it can be told.
    assert client.fine_tuning.jobs.retrieve(job.id).status == "succeeded"
    before = {file.id for file in client.files.list()}
    make_space(server)
    assert client.files.content(file_id).content == samples["chat"]
    done = client.fine_tuning.jobs.retrieve(job.id)
    assert client.files.content(done.result_files[0]).content
    new = send(client, samples["chat"])
    assert {file.id for file in client.files.list()} >= before | {new}


def test_a_failed_commit_does_not_take_later_ones_with_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "sandbox.db", durable=True)
    database.execute("PRAGMA foreign_keys = ON")
    database.execute("CREATE TABLE a (id INTEGER PRIMARY KEY)")
    database.execute("CREATE TABLE b (a INTEGER REFERENCES a DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(sqlite3.IntegrityError), database.transaction():
        database.execute("INSERT INTO b VALUES (1)")  # fails at the commit
    with database.transaction():
        database.execute("INSERT INTO a VALUES (7)")
    database.close()
    again = Database(tmp_path / "sandbox.db", durable=True)
    assert [row[0] for row in again.all("SELECT id FROM a")] == [7]
    again.close()


def test_a_transaction_that_the_disk_has_ended_keeps_its_error(tmp_path: Path) -> None:
    database = Database(tmp_path / "sandbox.db", durable=True)
    with pytest.raises(ValueError, match="the reason"), database.transaction():
        database.execute("ROLLBACK")  # as sqlite does by itself when the disk is full
        raise ValueError("the reason")
    database.close()


def test_a_job_is_recorded_whole_or_not_at_all(
    server: SandboxServer, client: OpenAI, training_file: str
) -> None:
    def forbid_metadata(sandbox) -> None:
        sandbox.database.execute(
            "CREATE TRIGGER no BEFORE INSERT ON job_metadata BEGIN SELECT raise(ABORT, 'no'); END"
        )

    def counters(sandbox) -> dict[str, int]:
        return {row["kind"]: row["value"] for row in sandbox.database.all("SELECT * FROM counters")}

    server.call(forbid_metadata)
    before = server.call(counters)
    with pytest.raises(InternalServerError, match="could not read or write"):
        client.fine_tuning.jobs.create(
            model="gpt-4o-mini", training_file=training_file, metadata={"team": "a"}
        )
    assert client.fine_tuning.jobs.list().data == []
    assert server.call(counters) == before


def test_a_part_is_recorded_whole_or_not_at_all(server: SandboxServer, client: OpenAI) -> None:
    upload = client.uploads.create(
        bytes=3, filename="t.jsonl", mime_type="text/jsonl", purpose="fine-tune"
    )
    part = client.uploads.parts.create(upload.id, data=b"{}\n")
    server.call(
        lambda sandbox: sandbox.database.execute(
            "CREATE TRIGGER no BEFORE UPDATE ON uploads BEGIN SELECT raise(ABORT, 'no'); END"
        )
    )
    for end in (
        lambda: client.uploads.complete(upload.id, part_ids=[part.id]),
        lambda: client.uploads.cancel(upload.id),
    ):
        with pytest.raises(InternalServerError):
            end()
    assert client.files.list().data == []
    server.call(lambda sandbox: sandbox.database.execute("DROP TRIGGER no"))
    done = client.uploads.complete(upload.id, part_ids=[part.id])
    assert done.file is not None
    assert client.files.content(done.file.id).content == b"{}\n"


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files and folders that a disk was waited for, in order."""
    names: list[str] = []
    real: Callable[[int], None] = os.fsync

    def fsync(descriptor: int) -> None:
        names.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return names


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at descriptors in /proc")
def test_an_upload_is_answered_once_its_bytes_and_its_name_are_on_the_disk(
    tmp_path: Path, synced: list[str]
) -> None:
    with (
        SandboxServer(SandboxConfig(data_dir=tmp_path)) as server,
        OpenAI(base_url=server.base_url, api_key=server.api_key) as client,
    ):
        send(client, b"{}\n")
        (piece,) = (tmp_path / "blobs").iterdir()
        assert synced == [f"{piece}.part", str(tmp_path / "blobs")]
        upload = client.uploads.create(
            bytes=3, filename="t.jsonl", mime_type="text/jsonl", purpose="fine-tune"
        )
        client.uploads.parts.create(upload.id, data=b"{}\n")
        assert len(synced) == 4
        (level,) = server.call(
            lambda sandbox: sandbox.database.execute("PRAGMA synchronous").fetchone()
        )
        assert level == 2, "every commit waits for the disk too"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at descriptors in /proc")
def test_what_is_temporary_waits_for_no_disk(synced: list[str], client: OpenAI) -> None:
    send(client, b"{}\n")
    assert synced == []


def test_a_folder_that_fails_while_it_serves_is_a_sentence(tmp_path: Path) -> None:
    with SandboxServer(SandboxConfig(data_dir=tmp_path)) as server:
        (tmp_path / "blobs").rmdir()
        headers = {"Authorization": f"Bearer {server.api_key}"}
        answer = httpx2.post(
            f"{server.base_url}/files",
            data={"purpose": "fine-tune"},
            files={"file": ("t.jsonl", b"{}\n")},
            headers=headers,
        )
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "server_error"
    assert str(tmp_path) not in answer.text
