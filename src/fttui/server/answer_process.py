"""The process that answers chats: one for each server, with one model in memory at a time."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from starlette.responses import Response

from .answering import Asked, Piece, plain_answer, streamed_answer
from .engines import TRAINER
from .engines.environment import child_environment
from .engines.local import open_privately
from .errors import ApiError
from .weights import weight_bytes

_LINE = 1 << 24
_SECONDS_TO_END = 5.0
_STATUS = {
    "invalid_request": 400, "context_length_exceeded": 400, "model_not_available": 404,
    "insufficient_memory": 503, "out_of_memory": 503,
}  # fmt: skip
"""Of refusals; what another one is told by is 500, which clients try again."""
_REASONS = frozenset({"length", "tool_calls"})
_ROOM_FACTOR, _ROOM_MORE = 3.0, 300_000_000
"""Weights as they are computed with, and what the program itself takes."""


class AnswerProcess:
    """Starts the process with the first question, and again when it has died.

    While a run trains on the same device, chats are answered only where there is plainly room for
    a second model: on a CPU with enough free memory. Else they are refused with 503, for a wait
    could take hours and two models too many end both.
    """

    def __init__(self, python: str, device: str, log: Path, training: Callable[[], bool]) -> None:
        self._python = python
        self._device = device
        self._log = log
        self._training = training
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Queue[dict[str, Any] | None]] = {}
        self._starting = asyncio.Lock()

    async def respond(self, asked: Asked) -> Response:
        """The answer, plain or streamed."""
        self._check_room(asked)
        pieces = self._pieces(asked)
        if asked.stream:
            return await streamed_answer(asked, pieces)
        return await plain_answer(asked, pieces)

    def _check_room(self, asked: Asked) -> None:
        if not self._training():
            return
        needed = _ROOM_FACTOR * weight_bytes(asked.base) + _ROOM_MORE
        free = free_memory()
        if self._device != "cpu" or (free is not None and free < needed):
            raise ApiError(
                503, "A job is training and needs the memory, so no chat is answered now. Try "
                "again when it has ended, or pause it.", kind="server_error", code="training",
            )  # fmt: skip

    async def make_room(self) -> None:
        """Has the model unloaded, once what is being answered has been said."""
        if self._process is not None:
            await self._tell(self._process, {"unload": True})

    async def close(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is not None:
            await _end(process)

    async def _pieces(self, asked: Asked) -> AsyncGenerator[Piece]:
        name = str(next(self._numbers))
        heard: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        process = await self._started()
        self._waiting[name] = heard
        ended = False
        try:
            await self._tell(process, _question(name, asked))
            while not ended:
                told = await heard.get()
                ended = told is None or "done" in told or "error" in told
                yield _piece(told, asked.choices)
        finally:
            del self._waiting[name]
            if not ended:  # nobody reads it any more
                _write(process, {"cancel": name})

    async def _started(self) -> asyncio.subprocess.Process:
        async with self._starting:
            if self._process is not None and self._process.returncode is None:
                return self._process
            try:
                with open(self._log, "ab", opener=open_privately) as log:  # noqa: ASYNC230
                    self._process = await asyncio.create_subprocess_exec(
                        self._python, str(TRAINER), "--answer",
                        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
                        env=child_environment(os.environ), limit=_LINE, start_new_session=True,
                    )  # fmt: skip
            except OSError as error:
                raise ApiError(
                    503, f"The program that answers cannot be started: {error.strerror or error}.",
                    kind="server_error", code="engine_unavailable",
                )  from None  # fmt: skip
            self._reader = asyncio.create_task(self._read(self._process))
            return self._process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with suppress(ValueError, OSError):  # a line too long for any answer
            while line := await process.stdout.readline():
                try:
                    told = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if isinstance(told, dict) and told.get("id") in self._waiting:
                    self._waiting[told["id"]].put_nowait(told)
        await _end(process)
        for heard in self._waiting.values():
            heard.put_nowait(None)

    @staticmethod
    async def _tell(process: asyncio.subprocess.Process, line: dict[str, Any]) -> None:
        _write(process, line)
        assert process.stdin is not None
        with suppress(ConnectionError):
            await process.stdin.drain()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends its stdin, which ends it; kills it if that does not."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _SECONDS_TO_END)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _write(process: asyncio.subprocess.Process, line: dict[str, Any]) -> None:
    assert process.stdin is not None
    with suppress(ConnectionError, RuntimeError):  # it has died, which its reader tells
        process.stdin.write(orjson.dumps(line) + b"\n")


def _question(name: str, asked: Asked) -> dict[str, Any]:
    return {
        "id": name,
        "model": str(asked.base),
        "adapter": None if asked.adapter is None else str(asked.adapter),
        "messages": asked.messages,
        "tools": asked.tools,
        "max_tokens": asked.max_tokens,
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        "stop": asked.stop,
        "seed": asked.seed,
        "n": asked.choices,
    }


def _piece(told: dict[str, Any] | None, choices: int) -> Piece:
    if told is None:
        raise ApiError(
            500, "The program that answers has ended. Its log is answers.txt in the server's "
            "data folder.", kind="server_error", code="server_error",
        )  # fmt: skip
    if "error" in told:
        code = str(told.get("code") or "server_error")
        status = _STATUS.get(code, 500)
        kind = "invalid_request_error" if status < 500 else "server_error"
        raise ApiError(status, str(told["error"]), kind=kind, code=code)
    if "done" in told:
        given = [str(each) for each in told.get("finish_reasons") or []]
        reasons = [each if each in _REASONS else "stop" for each in given]
        reasons += ["stop"] * (choices - len(reasons))
        return Piece(
            done=True, reasons=tuple(reasons[:choices]),
            prompt_tokens=int(told.get("prompt_tokens") or 0),
            completion_tokens=int(told.get("completion_tokens") or 0),
        )  # fmt: skip
    calls = tuple((str(one["name"]), str(one["arguments"])) for one in told.get("calls") or ())
    place = min(int(told.get("index") or 0), choices - 1)
    return Piece(place, str(told.get("delta") or ""), calls)


def free_memory() -> int | None:
    """How much memory programs may still take, in bytes; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None
