"""An endpoint that takes uploads in parts and keeps nothing, in a process of its own."""

import asyncio
import contextlib
import json
import re
import subprocess
import sys


async def answer(reader, writer):
    """Serve one connection: any POST gets ids that do, anything else an empty list."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            left = int(re.search(rb"content-length: *(\d+)|$", head, re.IGNORECASE)[1] or 0)
            while left:
                left -= len(await reader.read(min(left, 2**20)))
            request = head.split(b" ", 2)[1]
            status, body = 200, {"id": "upload_1", "data": []}
            if request.endswith(b"/parts"):
                body = {"id": "part_1"}
            elif request.endswith(b"/complete"):
                body |= {"status": "completed", "file": {"id": "file-1"}}
            elif request.endswith(b"/jobs") and head.startswith(b"POST"):
                status, body = 400, {"error": {"message": "no", "param": "model"}}
            content = json.dumps(body).encode()
            writer.write(
                b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
                % (status, len(content), content)
            )
            await writer.drain()
    writer.close()


async def serve():
    """Serve until killed; the port is the first line of the output."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=2**22)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def serve_sink():
    """Base URL of a sink."""
    process = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True)
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    asyncio.run(serve())
