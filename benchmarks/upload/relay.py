"""A TCP relay that counts what clients send through it; nothing else."""

import asyncio
import threading


class Relay:
    """Forwards a loopback port to another and counts the bytes towards it in `sent`."""

    def __init__(self, port):
        self.target = port
        self.sent = 0
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.port = asyncio.run_coroutine_threadsafe(self._start(), self.loop).result()

    async def _start(self):
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=2**20)
        return server.sockets[0].getsockname()[1]

    async def _accept(self, reader, writer):
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(
            self._pump(reader, up_writer, True),
            self._pump(up_reader, writer, False),
            return_exceptions=True,
        )

    async def _pump(self, reader, writer, counted):
        try:
            while chunk := await reader.read(2**18):
                self.sent += len(chunk) * counted
                writer.write(chunk)
                await writer.drain()
        finally:
            writer.close()
