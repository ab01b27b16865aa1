"""The socket that the server listens on, and what its address says."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import socket
import time
from collections.abc import Callable
from typing import Any

from .config import SandboxConfig
from .start_errors import ListenError

log = logging.getLogger("fttui.sandbox")

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
    """`http://HOST:PORT/v1`, with the port that was taken."""
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{listener.getsockname()[1]}/v1"


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
