"""Bytes to a server as no client library would send them."""

from __future__ import annotations

import json
import socket
from typing import Any

from fttui.server import SandboxServer
from waiting import PATIENCE


def connect(server: SandboxServer) -> socket.socket:
    """A bare connection."""
    host, port = server.base_url.removeprefix("http://").partition("/")[0].rsplit(":", 1)
    return socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE)


def read_all(connection: socket.socket) -> bytes:
    """Everything up to the end of the connection."""
    data = b""
    while block := connection.recv(65536):
        data += block
    return data


def answer(data: bytes) -> tuple[int, Any]:
    """The status and the JSON document of one answer."""
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def read_answer(connection: socket.socket) -> tuple[int, Any]:
    """One answer on a connection that may stay open."""
    data = b""
    while b"\r\n\r\n" not in data or len(data) < _whole(data):
        data += connection.recv(65536)
    return answer(data)


def _whole(data: bytes) -> int:
    head, _, _ = data.lower().partition(b"\r\n\r\n")
    length = head.partition(b"content-length:")[2].split()[0]
    return len(head) + 4 + int(length)


def ask(
    server: SandboxServer, *lines: str, target: str = "/v1/models", key: str = ""
) -> tuple[int, Any]:
    """GET with exactly these header lines, and the server's key unless another is given."""
    head = "\r\n".join(
        [
            f"GET {target} HTTP/1.1",
            f"Authorization: Bearer {key or server.api_key}",
            *lines,
            "Connection: close",
        ]
    )
    with connect(server) as connection:
        connection.sendall(head.encode("latin-1") + b"\r\n\r\n")
        return answer(read_all(connection))
