import asyncio
import errno
import hashlib
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError, OpenAI

from fttui.server import ManualClock, SandboxServer

ROW = b'{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}\n'


def _start(client: OpenAI, size: int, **extra: Any) -> str:
    return client.uploads.create(
        bytes=size, filename="t.jsonl", mime_type="application/jsonl", purpose="fine-tune", **extra
    ).id


def test_parts_become_a_file_in_the_order_they_are_named(client: OpenAI) -> None:
    pieces = [ROW * 3, ROW[:10], ROW[10:], ROW * 2]
    whole = b"".join(pieces)
    upload = client.uploads.create(
        bytes=len(whole), filename="t.jsonl", mime_type="text/jsonl", purpose="fine-tune"
    )
    assert (upload.status, upload.file, upload.expires_at) == (
        "pending",
        None,
        upload.created_at + 3600,
    )
    sent = {
        place: client.uploads.parts.create(upload.id, data=pieces[place]).id
        for place in (2, 0, 3, 1)
    }
    done = client.uploads.complete(
        upload.id,
        part_ids=[sent[place] for place in range(4)],
        md5=hashlib.md5(whole).hexdigest(),
    )
    assert done.status == "completed"
    assert done.file is not None
    assert (done.file.bytes, done.file.filename) == (len(whole), "t.jsonl")
    assert client.files.content(done.file.id).content == whole
    assert client.files.retrieve(done.file.id).status == "processed"


def test_the_sdk_uploads_a_large_file_in_chunks(client: OpenAI) -> None:
    content = ROW * 5000
    done = client.uploads.upload_file_chunked(
        file=content,
        filename="t.jsonl",
        bytes=len(content),
        mime_type="text/jsonl",
        purpose="fine-tune",
        part_size=100_000,
    )
    assert done.file is not None
    assert client.files.content(done.file.id).content == content


def test_a_wrong_checksum_or_size_or_part_is_refused_and_can_be_put_right(client: OpenAI) -> None:
    upload = _start(client, len(ROW))
    part = client.uploads.parts.create(upload, data=ROW).id
    for wrong, param in (
        ({"part_ids": [part], "md5": "0" * 32}, "md5"),
        ({"part_ids": [part, part]}, "part_ids"),
        ({"part_ids": [part, "part_of_nothing"]}, "part_ids[1]"),
        ({"part_ids": []}, "part_ids"),
    ):
        with pytest.raises(BadRequestError) as caught:
            client.uploads.complete(upload, **wrong)
        assert caught.value.param == param
    assert client.uploads.complete(upload, part_ids=[part]).status == "completed"


def test_too_few_bytes_are_refused(client: OpenAI) -> None:
    upload = _start(client, len(ROW) + 1)
    part = client.uploads.parts.create(upload, data=ROW).id
    with pytest.raises(BadRequestError, match=f"hold {len(ROW)} bytes"):
        client.uploads.complete(upload, part_ids=[part])


def test_a_completed_upload_takes_nothing_more(client: OpenAI) -> None:
    upload = _start(client, len(ROW))
    part = client.uploads.parts.create(upload, data=ROW).id
    client.uploads.complete(upload, part_ids=[part])
    for call in (
        lambda: client.uploads.complete(upload, part_ids=[part]),
        lambda: client.uploads.parts.create(upload, data=ROW),
        lambda: client.uploads.cancel(upload),
    ):
        with pytest.raises(BadRequestError, match="already completed"):
            call()


def test_cancelling_drops_the_parts(client: OpenAI, server: SandboxServer) -> None:
    upload = _start(client, len(ROW))
    part = client.uploads.parts.create(upload, data=ROW).id
    assert client.uploads.cancel(upload).status == "cancelled"
    with pytest.raises(BadRequestError, match="already cancelled"):
        client.uploads.complete(upload, part_ids=[part])
    folder = server.call(lambda sandbox: sandbox.blobs.path("."))
    assert list(folder.iterdir()) == []


def test_parts_left_out_are_dropped_on_completion(client: OpenAI, server: SandboxServer) -> None:
    upload = _start(client, len(ROW))
    kept = client.uploads.parts.create(upload, data=ROW).id
    client.uploads.parts.create(upload, data=ROW * 9)
    client.uploads.complete(upload, part_ids=[kept])
    folder = server.call(lambda sandbox: sandbox.blobs.path("."))
    assert len(list(folder.iterdir())) == 1


def test_an_upload_expires_after_an_hour(
    client: OpenAI, clock: ManualClock, server: SandboxServer
) -> None:
    upload = _start(client, len(ROW))
    part = client.uploads.parts.create(upload, data=ROW).id
    clock.advance(3600)
    with pytest.raises(BadRequestError, match="already expired"):
        client.uploads.complete(upload, part_ids=[part])
    folder = server.call(lambda sandbox: sandbox.blobs.path("."))
    assert list(folder.iterdir()) == []


def test_the_files_lifetime_counts_from_completion(client: OpenAI, clock: ManualClock) -> None:
    upload = _start(client, len(ROW), expires_after={"anchor": "created_at", "seconds": 7200})
    part = client.uploads.parts.create(upload, data=ROW).id
    clock.advance(100)
    file = client.uploads.complete(upload, part_ids=[part]).file
    assert file is not None
    assert file.expires_at == file.created_at + 7200


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"bytes": 0}, "bytes"),
        ({"bytes": 8 * 1024**3 + 1}, "bytes"),
        ({"bytes": "12"}, "bytes"),
        ({"bytes": True}, "bytes"),
        ({"filename": ""}, "filename"),
        ({"filename": "t.csv"}, "file"),
        ({"purpose": "training"}, "purpose"),
        ({"mime_type": "jsonl"}, "mime_type"),
        ({"mime_type": None}, "mime_type"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_wrong_parameter_is_named(
    http: httpx2.Client, change: dict[str, object], param: str
) -> None:
    good = {"bytes": 1, "filename": "t.jsonl", "mime_type": "text/jsonl", "purpose": "fine-tune"}
    answer = http.post("/uploads", json={**good, **change})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


def test_a_part_over_64_mb_is_refused(client: OpenAI, http: httpx2.Client) -> None:
    upload = _start(client, 80_000_000)
    answer = http.post(f"/uploads/{upload}/parts", files={"data": ("p", bytes(64 * 1024**2 + 1))})
    assert answer.status_code == 413


def test_an_unknown_upload_is_not_found(client: OpenAI) -> None:
    with pytest.raises(NotFoundError, match="No such Upload object"):
        client.uploads.parts.create("upload_none", data=b"x")
    with pytest.raises(NotFoundError):
        client.uploads.cancel("upload_none")


def test_the_parts_are_looked_at_like_any_training_file(client: OpenAI) -> None:
    upload = _start(client, 3)
    part = client.uploads.parts.create(upload, data=b"abc").id
    with pytest.raises(BadRequestError, match="every line is a valid JSON dictionary"):
        client.uploads.complete(upload, part_ids=[part])


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 0, 3, 2), (0, 1, 3, 2)])
def test_the_checksum_is_right_in_whatever_order_parts_came(
    client: OpenAI, order: tuple[int, ...]
) -> None:
    pieces = [ROW * 5000, ROW * 3000, ROW * 2000, ROW]
    whole = b"".join(pieces)
    upload = _start(client, len(whole))
    sent = {place: client.uploads.parts.create(upload, data=pieces[place]).id for place in order}
    part_ids = [sent[place] for place in range(4)]
    with pytest.raises(BadRequestError, match=hashlib.md5(whole).hexdigest()):
        client.uploads.complete(upload, part_ids=part_ids, md5="f" * 32)
    done = client.uploads.complete(
        upload, part_ids=part_ids, md5=hashlib.md5(whole).hexdigest().upper()
    )
    assert done.status == "completed"


def test_the_checksum_is_right_after_a_part_that_failed(client: OpenAI) -> None:
    upload = _start(client, len(ROW) * 2)
    first = client.uploads.parts.create(upload, data=ROW).id
    with pytest.raises(BadRequestError):
        client.uploads.parts.create(upload, data=ROW, extra_body={"wrong": 1})
    second = client.uploads.parts.create(upload, data=ROW).id
    md5 = hashlib.md5(ROW * 2).hexdigest()
    done = client.uploads.complete(upload, part_ids=[first, second], md5=md5)
    assert done.status == "completed"


def test_the_checksum_is_right_after_a_part_could_not_be_read_for_a_moment(
    server: SandboxServer, client: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    checksums = server.call(lambda sandbox: sandbox.checksums)
    feed, faults = checksums._feed, [OSError(errno.EMFILE, "Too many open files")]

    def failing(digest: Any, blobs: Any) -> None:
        if faults:
            raise faults.pop()
        feed(digest, blobs)

    monkeypatch.setattr(checksums, "_feed", failing)
    upload = _start(client, len(ROW))
    part = client.uploads.parts.create(upload, data=ROW).id
    md5 = hashlib.md5(ROW).hexdigest()
    assert client.uploads.complete(upload, part_ids=[part], md5=md5).status == "completed"


async def test_parts_may_come_at_the_same_time(server: SandboxServer) -> None:
    pieces = [bytes([65 + number]) * 300_000 for number in range(6)]
    pieces[0] = b"{" + pieces[0]
    whole = b"".join(pieces)
    async with AsyncOpenAI(base_url=server.base_url, api_key=server.api_key) as client:
        upload = await client.uploads.create(
            bytes=len(whole), filename="t.jsonl", mime_type="text/jsonl", purpose="fine-tune"
        )
        parts = await asyncio.gather(
            *(client.uploads.parts.create(upload.id, data=piece) for piece in pieces)
        )
        done = await client.uploads.complete(
            upload.id, part_ids=[part.id for part in parts], md5=hashlib.md5(whole).hexdigest()
        )
        assert done.file is not None
        content = await client.files.content(done.file.id)
        assert content.content == whole
