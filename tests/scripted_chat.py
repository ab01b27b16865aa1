"""An endpoint on a loopback port that answers chats with just the bytes that a test gives."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def chunk(text: str = "", finish: str | None = None, **more: Any) -> bytes:
    """One event of a streamed answer."""
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice], **more}).encode() + b"\n\n"


def usage(prompt: int, completion: int) -> bytes:
    """The event that tells the tokens."""
    told = {"prompt_tokens": prompt, "completion_tokens": completion}
    return b"data: " + json.dumps({"choices": [], "usage": told}).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


@dataclass
class Reply:
    """Status, headers and pieces of one answer.

    With `cut` the connection is reset after the pieces, with `hold` it stays open and silent until
    the test ends, with `endless` the last piece comes again and again.
    """

    pieces: list[bytes] = field(default_factory=list)
    status: int = 200
    kind: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    hold: bool = False
    endless: bool = False


def refusal(status: int, message: str, param: str | None = None, **headers: str) -> Reply:
    """A refusal in the API's shape."""
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": None}
    body = json.dumps({"error": error}).encode()
    return Reply([body], status, "application/json", headers)


@dataclass
class ScriptedChat:
    """`replies` are given in order, the last one for ever; `bodies` are what was asked.

    `models` are the ids that the list of models has.
    """

    replies: list[Reply] = field(default_factory=list)
    models: list[dict[str, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    most_at_once: int = 0
    base_url: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_reply(self) -> Reply:
        """What the next question is answered with."""
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    chat: ScriptedChat


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        body = json.dumps({"object": "list", "data": self.server.chat.models}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        chat = self.server.chat
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with chat.lock:
            chat.bodies.append(body)
            chat.at_once += 1
            chat.most_at_once = max(chat.most_at_once, chat.at_once)
            reply = chat.next_reply()
        try:
            self._answer(chat, reply)
        finally:
            with chat.lock:
                chat.at_once -= 1

    def _answer(self, chat: ScriptedChat, reply: Reply) -> None:
        self.close_connection = True
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        for name, value in reply.headers.items():
            self.send_header(name.replace("_", "-"), value)
        if reply.cut:
            self.send_header("Content-Length", "1000000")
        self.end_headers()
        with suppress(OSError):
            for piece in reply.pieces:
                self.wfile.write(piece)
                self.wfile.flush()
            while reply.endless and not chat.over.is_set():
                self.wfile.write(reply.pieces[-1] * 100)
            if reply.hold:
                chat.over.wait()


@contextmanager
def scripted_chat(*replies: Reply) -> Iterator[ScriptedChat]:
    """Such an endpoint, until the block ends."""
    chat = ScriptedChat(list(replies))
    server = _Server(("127.0.0.1", 0), _Handler)
    server.chat = chat
    chat.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield chat
    finally:
        chat.over.set()
        server.shutdown()
        server.server_close()
