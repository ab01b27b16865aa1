"""The socket that the server listens on, what its address says, and its connections."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import socket
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import h11
import orjson
from uvicorn.protocols.http.h11_impl import H11Protocol

from .config import ListenError, SandboxConfig
from .errors import ApiError

log = logging.getLogger("fttui.server")

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_TELL_EVERY = 60.0


class Listener(socket.socket):
    """A listening socket that lets asyncio rest when there are no descriptors left.

    asyncio then stops listening for a second, but first tries once more for each place of the
    queue, and each of these tries counts as another failure.
    """

    _failed = False

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection; BlockingIOError ends asyncio's tries after a failure."""
        try:
            accepted = super().accept()
        except OSError as error:
            if error.errno not in _EXHAUSTED:
                raise
            self._failed = not self._failed
            if self._failed:
                raise
            raise BlockingIOError from None
        self._failed = False
        return accepted


def listen(config: SandboxConfig) -> Listener:
    """The socket that the config asks for, listening; raises ListenError."""
    if config.listener is not None:
        return Listener(fileno=config.listener)
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    if not config.host:
        raise ListenError(errno.EINVAL, "the host is empty, which would be every address")
    # asyncio turns Nagle's algorithm off only where it sees that the protocol is TCP; with it on,
    # every small answer waits 40 ms for the client's delayed acknowledgement.
    listener = Listener(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((config.host, config.port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise ListenError(*error.args) from None
    except UnicodeError:
        listener.close()
        raise ListenError(errno.EINVAL, "the host is no name and no address") from None
    return listener


def base_url(config: SandboxConfig, listener: socket.socket) -> str:
    """`http://HOST:PORT/v1`, with the port that was taken and the path of the config."""
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{listener.getsockname()[1]}{config.root}"


def _address(listener: socket.socket) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0])


def listens_everywhere(listener: socket.socket) -> bool:
    """Whether it listens on every address of this machine, however that was written."""
    return _address(listener).is_unspecified


def listens_to_others(listener: socket.socket) -> bool:
    """Whether other machines may reach it."""
    return not _address(listener).is_loopback


def tell_once_without_descriptors() -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """A handler of a loop's errors that tells of missing descriptors at most once a minute."""
    told = -_TELL_EVERY

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal told
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in _EXHAUSTED:
            loop.default_exception_handler(context)
        elif time.monotonic() >= told + _TELL_EVERY:
            told = time.monotonic()
            log.warning(
                "No connection can be accepted: %s. They wait until others are closed; "
                "`ulimit -n` raises the limit.", error.strerror,
            )  # fmt: skip

    return handle


HEAD_SECONDS = 10.0
"""How long the head of a request may take to come in whole."""
BODY_SECONDS = 60.0
"""How long nothing more of a body may come while it is waited for."""


class Connection(H11Protocol):
    """uvicorn's, with limits on waiting and refusals as JSON."""

    _overdue: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _heard = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins to wait for a request."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no longer."""
        self._forget_head()
        self._forget_body()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes what came, and sees whether the head is whole now."""
        super().data_received(data)
        self._watch_head()
        self._watch_body()

    def _watch_head(self) -> None:
        """Sets a time by which a head that has begun must be whole; between requests there is none.

        uvicorn closes a connection that was idle after an answer, but not one that never asked.
        """
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._forget_head()
        elif self._overdue is None:
            self._overdue = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _forget_head(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _watch_body(self) -> None:
        """Sees to it that a body which comes no further does not hold its file and socket."""
        self._heard = self.loop.time()
        if self.conn.their_state is not h11.SEND_BODY or self.transport.is_closing():
            self._forget_body()
        elif self._stalled is None:
            self._stalled = self.loop.call_later(BODY_SECONDS, self._look_at_body)

    def _look_at_body(self) -> None:
        if self.flow.read_paused:  # it is the app that has not come so far
            self._heard = self.loop.time()
        left = self._heard + BODY_SECONDS - self.loop.time()
        if left > 0:
            self._stalled = self.loop.call_later(left, self._look_at_body)
        else:
            self._refuse(408, f"Nothing more of the request came for {BODY_SECONDS:.0f} seconds.")

    def _forget_body(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _unsupported_upgrade_warning(self) -> None:
        """Says nothing: the request is answered as if it had not asked for another protocol."""

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP, answered as the API answers; `msg` is uvicorn's."""
        self._refuse(400, msg)

    def _refuse(self, status: int, message: str) -> None:
        """The last answer of the connection, unless another one is on its way."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()  # in the midst of another answer
            return
        if self.cycle is not None:
            self.cycle.disconnected = True  # what the app still says is for nobody
        body = orjson.dumps(ApiError(status, message).body())
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        for event in (
            h11.Response(
                status_code=status, headers=headers, reason=HTTPStatus(status).phrase.encode()
            ),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
