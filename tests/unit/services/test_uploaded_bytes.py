"""What leaves of a file is what was checked, and a dead disk does not hang the app."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from fttui.services.endpoint.transport import Timeouts
from fttui.services.endpoint.upload_body import (
    FORM_TYPE_HEADER,
    MultipartForm,
    counted,
    restore_form_type,
)
from fttui.services.endpoint.upload_source import (
    READ_SIZE,
    Room,
    SourceChangedError,
    SourcePart,
    SourceReader,
    SourceUnreadableError,
    sha256_of,
    whole_source,
)
from fttui.services.service_thread import DaemonExecutor
from fttui.services.submission.types import MIB, UploadOptions
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


def _md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


async def _rest(reader: SourceReader) -> bytes:
    read = b""
    while pieces := await reader.read():
        read += b"".join(pieces)
    return read


def _part(reader: SourceReader, most: int = 64 * MIB) -> SourcePart:
    return SourcePart(reader, Room(most))


async def _taken(part: SourcePart) -> bytes:
    return b"".join([piece async for piece in part.content()])


async def test_a_reader_gives_every_byte_once_and_the_digests_of_all(source: Source) -> None:
    content = _content(source)
    reader = SourceReader(source, md5=True)
    first = await reader.read()
    assert [len(piece) for piece in first] == [READ_SIZE, READ_SIZE]
    assert reader.position == 2 * READ_SIZE and not reader.at_end
    assert b"".join(first) + await _rest(reader) == content
    assert (reader.position, reader.at_end) == (source.size, True)
    assert (reader.end().sha256, reader.end().md5) == (_sha256(content), _md5(content))


async def test_a_digest_is_taken_where_it_is_wanted(source: Source) -> None:
    assert await sha256_of(source) == _sha256(_content(source))
    reader = SourceReader(source)
    await _rest(reader)
    assert reader.end().md5 == ""


async def test_an_empty_file_has_an_end(source: Source) -> None:
    empty = Source(source.fd, 0)
    assert await sha256_of(empty) == _sha256(b"")
    with pytest.raises(SourceChangedError):
        _ = [piece async for piece in whole_source(empty, "0" * 64)]


async def test_what_comes_next_is_read_and_hashed_while_nothing_is_taken_but_not_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "train.jsonl"
    with path.open("wb") as file:
        file.truncate(64 * MIB)
    read: list[int] = []
    pread = os.pread

    def watched(fd: int, size: int, position: int) -> bytes:
        read.append(size)
        return pread(fd, size, position)

    monkeypatch.setattr(os, "pread", watched)
    with path.open("rb") as file:
        reader = SourceReader(Source(file.fileno(), 64 * MIB))
        taken = await reader.read()
        waiting: Any = reader._read_ahead
        async with asyncio.timeout(PATIENCE):
            while not waiting._putters:  # though nobody asks for more
                await asyncio.sleep(0)
        assert (sum(map(len, taken)), sum(read)) == (2 * MIB, 10 * MIB)
        reader.close()


async def test_a_file_that_became_shorter_is_noticed(source: Source) -> None:
    os.ftruncate(source.fd, 100)
    with pytest.raises(SourceChangedError, match="changed after it was checked"):
        await SourceReader(source).read()


async def test_a_disk_error_is_a_sentence_each_time_that_it_is_asked(source: Source) -> None:
    reader = SourceReader(Source(10_000, source.size))
    for _ in range(2):
        with pytest.raises(SourceUnreadableError, match="Bad file descriptor"):
            await reader.read()


async def test_a_read_that_hangs_is_given_up(source: Source) -> None:
    hung, release = threading.Event(), threading.Event()

    class Hanging(SourceReader):
        def _read(self, size: int) -> list[bytes]:
            hung.set()
            release.wait()
            return []

    with pytest.raises(SourceUnreadableError, match="no answer"):
        await Hanging(source, timeout=0.05).read()
    assert hung.wait(PATIENCE)
    release.set()


@pytest.mark.parametrize("part_size", [READ_SIZE, 2 * READ_SIZE, 700_001, 4 * READ_SIZE])
async def test_parts_are_the_file_and_each_knows_the_digest_of_all_up_to_its_end(
    source: Source, part_size: int
) -> None:
    content = _content(source)
    reader = SourceReader(source, part_size=part_size)
    ends: list[int] = []
    while not reader.at_end:
        part = _part(reader)
        start, end = reader.position, min(reader.position + part_size, source.size)
        assert part.size == end - start
        await part.read()
        assert await _taken(part) == content[start:end]
        assert await part.sha256() == _sha256(content[:end])
        ends.append(end)
    assert len(ends) == -(-source.size // part_size)


async def test_a_part_can_be_taken_while_it_is_read_in_little_room(source: Source) -> None:
    reader = SourceReader(source)
    part = _part(reader, 1)
    reading = asyncio.create_task(part.read())
    assert await _taken(part) == _content(source)
    await reading


async def test_what_waits_to_be_sent_is_no_more_than_there_is_room_for(source: Source) -> None:
    reader = SourceReader(source, part_size=READ_SIZE)
    room = Room(2 * READ_SIZE)
    parts: list[SourcePart] = []
    for _ in range(2):
        parts.append(SourcePart(reader, room))
        await parts[-1].read()
    third = SourcePart(reader, room)
    reading = asyncio.create_task(third.read())
    waiting: Any = room._is_there
    async with asyncio.timeout(PATIENCE):
        while not waiting._waiters:
            await asyncio.sleep(0)
    assert not reading.done()
    await _taken(parts[0])
    await reading


@pytest.mark.parametrize("begins", [True, False])
async def test_a_part_that_is_taken_again_is_read_again_and_its_reader_goes_on(
    source: Source, begins: bool
) -> None:
    content, size = _content(source), 1_500_000
    reader, room = SourceReader(source, part_size=size), Room(1)
    first = SourcePart(reader, room)
    reading = asyncio.create_task(first.read())
    if begins:
        async for _ in first.content():
            break  # its connection is lost
    first.let_go()
    again = asyncio.create_task(_taken(first))
    await reading
    assert await again == await _taken(first) == content[:size]
    second = SourcePart(reader, room)
    reading = asyncio.create_task(second.read())
    assert await _taken(second) == content[size : 2 * size]
    assert await second.sha256() == _sha256(content[: 2 * size])


async def test_a_part_that_is_let_go_while_it_waits_for_room_leaves_none_of_it_taken(
    source: Source,
) -> None:
    reader, room = SourceReader(source, part_size=READ_SIZE), Room(READ_SIZE)
    first, second = SourcePart(reader, room), None
    await first.read()
    second = SourcePart(reader, room)
    reading = asyncio.create_task(second.read())
    waiting: Any = room._is_there
    async with asyncio.timeout(PATIENCE):
        while not waiting._waiters:
            await asyncio.sleep(0)
    second.let_go()
    first.let_go()
    await reading
    assert vars(room)["_left"] == READ_SIZE


async def test_a_part_that_is_not_the_same_the_second_time_is_never_handed_over(
    source: Source,
) -> None:
    reader = SourceReader(source, part_size=3 * READ_SIZE)
    part = _part(reader)
    await part.read()
    part.let_go()
    os.pwrite(source.fd, b"#", 10)
    sent = 0
    with pytest.raises(SourceChangedError):
        async for piece in part.content():
            sent += len(piece)
    assert sent < part.size


@pytest.mark.parametrize(
    ("size", "part"),
    [(0, 8), (33 * MIB, 8), (287 * MIB, 8), (288 * MIB, 9), (500 * MIB, 15), (2100 * MIB, 64)],
)
def test_parts_grow_with_the_file_up_to_what_the_api_takes(size: int, part: int) -> None:
    assert UploadOptions().part_size(size) == part * MIB
    assert UploadOptions().part_size(8192 * MIB) == 64 * MIB
    assert UploadOptions(part_bytes=10_000).part_size(15 * MIB) == 10_000


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
        {"purpose": "fine-tune"}, "file", "train.jsonl", counted(_of(content)), len(content)
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


async def _of(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_progress_tells_what_was_handed_over() -> None:
    told: list[int] = []
    content = [piece async for piece in counted(_of(b"a" * 3, b"b" * 4), told.append)]
    assert (content, told) == ([b"aaa", b"bbbb"], [3, 7])


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
