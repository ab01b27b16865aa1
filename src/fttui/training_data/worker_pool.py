"""Worker processes that judge blocks side by side, and results in the order of the blocks."""

import contextlib
import os
import selectors
import struct
import sys
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Self

import msgspec

from fttui.terminal.language import _, as_plain
from fttui.training_data.block import BlockResult, too_long, unchecked
from fttui.training_data.profile import CheckProfile
from fttui.training_data.reader import Block
from fttui.training_data.worker_process import ANSWER, HEADER
from fttui.training_data.worker_start import take_crew

if TYPE_CHECKING:
    import subprocess

_AHEAD = 8
_IN_FLIGHT = 2
_MOST_BYTES = 8 << 20
"""Bytes in the hands of workers beyond which only idle ones get another block."""
_TICK = 0.05
_PIPE_BYTES = 1 << 20
_MAX_DEATHS = 3
_decode = msgspec.msgpack.Decoder(BlockResult).decode


class _Worker:
    """One child with the blocks that it was sent and has not answered yet."""

    def __init__(self, process: "subprocess.Popen[bytes]", profile: bytes) -> None:
        self.process = process
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdin = self.process.stdin.fileno()
        self.stdout = self.process.stdout.fileno()
        os.set_blocking(self.stdin, False)
        os.set_blocking(self.stdout, False)
        _widen(self.stdin)
        self.blocks: deque[tuple[int, Block]] = deque()
        self.is_watched = False
        """Whether the pool waits for room in the child's input."""
        self._outgoing: deque[memoryview] = deque()
        self._incoming = bytearray()
        self._queue(profile, 0)

    @property
    def wants_to_write(self) -> bool:
        """Whether some of what was queued has not fitted into the pipe yet."""
        return bool(self._outgoing)

    def send(self, index: int, block: Block, data: bytes, full: frozenset[str]) -> None:
        """Queue a block, known by its index until its result comes."""
        self.blocks.append((index, block))
        self._queue(data, block.offset, full)

    def _queue(self, data: bytes, offset: int, full: frozenset[str] = frozenset()) -> None:
        names = " ".join(full).encode()
        self._outgoing.append(memoryview(HEADER.pack(len(data), offset, len(names)) + names))
        self._outgoing.append(memoryview(data))

    def flush(self) -> None:
        """Write as much as the pipe takes; a dead child is noticed when it is read from."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            while self._outgoing:
                first = self._outgoing[0]
                written = os.write(self.stdin, first)
                if written == len(first):
                    self._outgoing.popleft()
                else:
                    self._outgoing[0] = first[written:]

    def receive(self) -> Iterator[tuple[int, BlockResult]]:
        """Yield the results that have arrived whole; raises EOFError when the child is gone."""
        try:
            piece = os.read(self.stdout, _PIPE_BYTES)
        except BlockingIOError:
            return
        if not piece:
            raise EOFError
        self._incoming += piece
        while len(self._incoming) >= ANSWER.size:
            end = ANSWER.size + ANSWER.unpack_from(self._incoming)[0]
            if len(self._incoming) < end:
                return
            with memoryview(self._incoming) as view:
                result = _decode(view[ANSWER.size : end])
            del self._incoming[:end]
            yield self.blocks.popleft()[0], result

    def end(self) -> None:
        """Kill the child at once and reap it."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.process.wait()


def _widen(pipe: int) -> None:
    """Let a pipe hold a whole block, where the system can, so that its reader never waits."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


class Pool:
    """A few workers for one profile; leaving the context kills them."""

    def __init__(self, profile: CheckProfile, workers: int, max_line: int) -> None:
        self._profile = msgspec.msgpack.encode(profile, enc_hook=as_plain)
        self._max_line = max_line
        self._deaths = 0
        self._full: Callable[[], frozenset[str]] = frozenset
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()
        self._crew, ready = take_crew()
        try:
            for process in ready:
                self._employ(process)
            for _ in range(workers - len(ready)):
                self._hire()
        except OSError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill the workers; what they were judging is lost."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()
        self._selector.close()

    def results(
        self, blocks: Iterator[Block], full: Callable[[], frozenset[str]] = frozenset
    ) -> Iterator[BlockResult | None]:
        """Yield the result of each block in order, and None now and then while waiting.

        `full` tells the rules whose problems need no text, by the results taken so far.
        """
        self._full = full
        numbered = enumerate(blocks)
        done: dict[int, BlockResult] = {}
        sent = taken = 0
        exhausted = False
        while True:
            while not exhausted and sent - taken < _AHEAD and self._has_room():
                following = next(numbered, None)
                if following is None:
                    exhausted = True
                else:
                    sent += 1
                    self._assign(*following, done)
            while taken in done:
                yield done.pop(taken)
                taken += 1
            if exhausted and taken == sent:
                return
            self._exchange(done)
            yield None

    def _hire(self) -> None:
        self._employ(self._crew.start())

    def _employ(self, process: "subprocess.Popen[bytes]") -> None:
        worker = _Worker(process, self._profile)
        self._workers.append(worker)
        self._selector.register(worker.stdout, selectors.EVENT_READ, worker)
        self._flush(worker)

    def _has_room(self) -> bool:
        """Whether a worker can take another block; without workers all are taken, unjudged."""
        if not self._workers or not self._least_busy().blocks:
            return True
        held = sum(len(b.data or b"") for one in self._workers for _, b in one.blocks)
        return len(self._least_busy().blocks) < _IN_FLIGHT and held < _MOST_BYTES

    def _least_busy(self) -> _Worker:
        return min(self._workers, key=lambda worker: len(worker.blocks))

    def _assign(self, index: int, block: Block, done: dict[int, BlockResult]) -> None:
        if block.data is None:
            done[index] = too_long(block, self._max_line)
        elif not self._workers:
            done[index] = unchecked(block.data, block.offset, _("the checking processes ended"))
        else:
            worker = self._least_busy()
            worker.send(index, block, block.data, self._full())
            self._flush(worker)

    def _flush(self, worker: _Worker) -> None:
        """Write what fits; watch the pipe for as long as something is left."""
        worker.flush()
        if worker.wants_to_write and not worker.is_watched:
            self._selector.register(worker.stdin, selectors.EVENT_WRITE, worker)
            worker.is_watched = True
        elif worker.is_watched and not worker.wants_to_write:
            self._selector.unregister(worker.stdin)
            worker.is_watched = False

    def _exchange(self, done: dict[int, BlockResult]) -> None:
        """Wait a moment for pipes to move, write what fits and take in what has come."""
        for key, events in self._selector.select(_TICK):
            worker: _Worker = key.data
            if worker not in self._workers:
                continue
            if events & selectors.EVENT_WRITE:
                self._flush(worker)
                continue
            try:
                done.update(worker.receive())
            except (EOFError, OSError, msgspec.DecodeError, struct.error):
                self._replace(worker, done)

    def _replace(self, worker: _Worker, done: dict[int, BlockResult]) -> None:
        """Give up the block that a worker died of, and its other blocks to a new worker."""
        self._workers.remove(worker)
        self._selector.unregister(worker.stdout)
        if worker.is_watched:
            self._selector.unregister(worker.stdin)
        worker.end()
        self._deaths += 1
        left = list(worker.blocks)
        if left:
            index, block = left.pop(0)
            reason = _("the checking process ended on them")
            done[index] = unchecked(block.data or b"", block.offset, reason)
        if self._deaths <= _MAX_DEATHS:
            with contextlib.suppress(OSError):
                self._hire()
        for index, block in left:
            self._assign(index, block, done)
