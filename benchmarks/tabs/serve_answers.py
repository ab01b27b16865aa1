"""An endpoint with one fine-tuned model, whose answers come as a steady stream; prints its address.

python serve_answers.py PIECES PIECES_A_SECOND
"""

import contextlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIECES, RATE = int(sys.argv[1]), float(sys.argv[2])
MODEL = "ft:gpt-4.1-mini-2025-04-14:bench::AbCdEf12"
JOB = {
    "id": "ftjob-bench",
    "object": "fine_tuning.job",
    "model": "gpt-4.1-mini-2025-04-14",
    "status": "succeeded",
    "created_at": 1_795_000_000,
    "finished_at": 1_795_003_600,
    "fine_tuned_model": MODEL,
    "training_file": "file-bench",
    "hyperparameters": {"n_epochs": 3},
    "result_files": [],
}
WORDS = ("The", "parcel", "left", "our", "desk", "yesterday,", "and", "should", "be", "there.")


class Answers(BaseHTTPRequestHandler):
    """Lists of one job and one model; a chat is streamed, all else is empty."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_words):
        """Say nothing."""

    def do_GET(self):
        """Lists of one page."""
        path = self.path.partition("?")[0].removeprefix("/v1")
        data = []
        if path == "/fine_tuning/jobs":
            data = [JOB]
        elif path == "/models":
            names = (MODEL, JOB["model"])
            data = [
                {"id": name, "object": "model", "created": 1, "owned_by": "x"} for name in names
            ]
        self._send(json.dumps({"object": "list", "data": data, "has_more": False}).encode())

    def _send(self, body, kind="application/json"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        """A chat, streamed at its pace until it ends or nobody reads any more."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        with contextlib.suppress(ConnectionError):
            self._answer()

    def _answer(self):
        began = time.monotonic()
        for place in range(PIECES):
            time.sleep(max(0.0, began + place / RATE - time.monotonic()))
            self._piece({"content": f"{WORDS[place % len(WORDS)]} "})
        self._piece({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")

    def _piece(self, delta, reason=None):
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
        self.wfile.write(f"data: {json.dumps(chunk | {'choices': [choice]})}\n\n".encode())
        self.wfile.flush()


server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
print(f"http://127.0.0.1:{server.server_port}/v1", "sk-bench-12345678", flush=True)
server.serve_forever()
