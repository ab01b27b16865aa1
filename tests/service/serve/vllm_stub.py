"""As much of a vLLM server with runtime LoRA as an answer needs."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.service.serve.conftest import MODEL


class VllmStub:
    def __init__(self) -> None:
        self.loaded: list[dict[str, str]] = []
        self.keys: list[str] = []
        self.names = {MODEL}
        self.refuses = ""
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                stub.keys.append(self.headers.get("authorization", ""))
                if self.path == "/v1/load_lora_adapter":
                    if stub.refuses:
                        self.tell(400, {"message": stub.refuses})
                        return
                    stub.loaded.append(body)
                    stub.names.add(body["lora_name"])
                    self.tell(200, "Success")
                elif body["model"] not in stub.names:
                    self.tell(404, {"object": "error", "message": "no such model"})
                else:
                    self.answer(body)

            def answer(self, body: dict[str, Any]) -> None:
                text = f"{body['model']} heard {body['messages'][-1]['content']}"
                if not body.get("stream"):
                    message = {"role": "assistant", "content": text}
                    choice = {"index": 0, "message": message, "finish_reason": "stop"}
                    self.tell(200, {"id": "1", "object": "chat.completion", "created": 1,
                                    "model": body["model"], "choices": [choice]})  # fmt: skip
                    return
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.end_headers()
                for piece in (text[:3], text[3:]):
                    choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
                    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1,
                             "model": body["model"], "choices": [choice]}  # fmt: skip
                    self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
                self.wfile.write(b"data: [DONE]\n\n")

            def tell(self, status: int, document: object) -> None:
                content = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def forget(self) -> None:
        self.names = {MODEL}

    def __enter__(self) -> VllmStub:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
