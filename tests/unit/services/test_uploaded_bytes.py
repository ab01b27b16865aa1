"""What leaves of a file is what was checked, and a dead disk does not hang the app."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path

import pytest

from fttui.services.endpoint.transport import Timeouts
from fttui.services.endpoint.upload_body import (
    FORM_TYPE_HEADER,
    READ_SIZE,
    MultipartForm,
    SourceChangedError,
    SourceReader,
    SourceUnreadableError,
    pieces_of,
    restore_form_type,
    whole_source,
)
from fttui.services.service_thread import DaemonExecutor
from fttui.services.submission.record import digests
from waiting import PATIENCE


@dataclass
class Source:
    fd: int
    size: int
    upload_name: str = "train.jsonl"


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    path = tmp_path / "train.jsonl"
    path.write_bytes(os.urandom(3 * READ_SIZE + 17))
    fd = os.open(path, os.O_RDWR)
    yield Source(fd, path.stat().st_size)
    os.close(fd)


def _content(source: Source) -> bytes:
    return os.pread(source.fd, source.size, 0)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def test_a_reader_gives_every_byte_once_and_the_digest_so_far(source: Source) -> None:
    content = _content(source)
    reader = SourceReader(source)
    first = b"".join(await reader.read(2 * READ_SIZE))
    assert (first, reader.sha256) == (content[: 2 * READ_SIZE], _sha256(first))
    assert b"".join(await reader.read(2 * READ_SIZE)) == content[2 * READ_SIZE :]
    assert (reader.position, reader.sha256) == (source.size, _sha256(content))
    assert reader.at_end and await reader.read(10) == []


async def test_both_digests_of_a_file_are_those_of_its_bytes(source: Source) -> None:
    content = _content(source)
    assert await digests(source) == (_sha256(content), hashlib.md5(content).hexdigest())
    assert SourceReader(source).md5 == ""


async def test_a_file_that_became_shorter_is_noticed(source: Source) -> None:
    os.ftruncate(source.fd, 100)
    with pytest.raises(SourceChangedError, match="changed after it was checked"):
        await SourceReader(source).read(READ_SIZE)


async def test_a_disk_error_is_a_sentence(source: Source) -> None:
    with pytest.raises(SourceUnreadableError, match="Bad file descriptor"):
        await SourceReader(Source(10_000, source.size)).read(10)


async def test_a_read_that_hangs_is_given_up(source: Source) -> None:
    hung, release = threading.Event(), threading.Event()

    class Hanging(SourceReader):
        def _read(self, size: int) -> list[bytes]:
            hung.set()
            release.wait()
            return []

    with pytest.raises(SourceUnreadableError, match="no answer"):
        await Hanging(source, timeout=0.05).read(10)
    assert hung.wait(PATIENCE)
    release.set()


async def test_the_last_piece_of_a_changed_file_is_never_handed_over(source: Source) -> None:
    sent = b""
    with pytest.raises(SourceChangedError):
        async for piece in whole_source(source, "0" * 64):
            sent += piece
    assert len(sent) == 2 * READ_SIZE < source.size
    unchanged = [piece async for piece in whole_source(source, _sha256(_content(source)))]
    assert b"".join(unchanged) == _content(source)


async def test_a_form_has_the_length_it_announces_and_reads_back(source: Source) -> None:
    content = _content(source)
    form = MultipartForm(
        {"purpose": "fine-tune"}, "file", "train.jsonl", pieces_of([content]), len(content)
    )
    body = b"".join([piece async for piece in form])
    headers = dict(form.headers)
    restore_form_type(headers)
    assert FORM_TYPE_HEADER not in headers
    assert headers["Content-Length"] == str(len(body))
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    purpose, file = BytesParser().parsebytes(head + body).get_payload()  # type: ignore[misc]
    assert purpose.get_payload() == "fine-tune"
    assert file.get_filename() == "train.jsonl"
    assert content in body


def test_a_large_part_may_take_as_long_as_a_slow_link_needs() -> None:
    assert Timeouts(write=60.0).upload(0) == 60.0
    assert Timeouts(write=60.0).upload(5_000_000) == 160.0


def test_threads_of_the_pool_are_reused_and_never_hold_the_exit() -> None:
    pool = DaemonExecutor()
    release = threading.Event()
    hanging = [pool.submit(release.wait) for _ in range(3)]
    names = {pool.submit(lambda: threading.current_thread().daemon).result() for _ in range(20)}
    assert names == {True}
    with pytest.raises(ZeroDivisionError):
        pool.submit(lambda: 1 // 0).result()
    pool.shutdown()
    with pytest.raises(RuntimeError):
        pool.submit(print)
    assert not any(future.done() for future in hanging)
    release.set()
    assert [future.result() for future in hanging] == [True] * 3
