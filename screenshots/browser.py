"""Pictures fttui in a browser: `textual serve`, opened in a headless Chromium by its real keys.

uv run --group screenshots python screenshots/browser.py
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

HERE = Path(__file__).parent
SIZE = "1180,800"
SECONDS = 60
PAUSE = 6
WORD = "of-the-pictures"


class Page:
    """A page of Chromium, driven by its debugging protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._asked = 0

    async def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method and return its result."""
        self._asked += 1
        await self._socket.send_json({"id": self._asked, "method": method, "params": parameters})
        while True:
            told = await self._socket.receive_json(timeout=SECONDS)
            if told.get("id") == self._asked:
                return told.get("result", told)

    async def type(self, text: str) -> None:
        """Type letters; a line end is Enter."""
        for letter in text:
            await self.key(letter)

    async def key(self, letter: str, name: str = "", code: int = 0, modifiers: int = 0) -> None:
        """Press one key: a letter, or by its name and number what has none."""
        if letter == "\n":
            letter, name, code = "\r", "Enter", 13
        told = {"key": name or letter, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        text = {"text": letter} if letter else {}
        await self.ask("Input.dispatchKeyEvent", type="keyDown", **told, **text)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", **told)

    async def click(self) -> None:
        """Click into the page, which has the focus then."""
        for kind in ("mousePressed", "mouseReleased"):
            await self.ask(
                "Input.dispatchMouseEvent", type=kind, x=500, y=500, button="left", clickCount=1
            )

    async def value(self, expression: str) -> object:
        """What a line of JavaScript gives, awaited."""
        told = await self.ask(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        return told.get("result", {}).get("value", told)

    async def picture(self, target: Path) -> None:
        """Save what the page shows."""
        told = await self.ask("Page.captureScreenshot", format="png")
        target.write_bytes(base64.b64decode(told["data"]))


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@asynccontextmanager
async def process(*command: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program that is ended with the block."""
    quiet = asyncio.subprocess.DEVNULL
    started = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **environ}, stdout=quiet, stderr=quiet
    )
    try:
        yield started
    finally:
        started.terminate()
        await started.wait()


@asynccontextmanager
async def opened(
    command: str, folder: Path, port: int = 0, size: str = SIZE, **environ: str
) -> AsyncIterator[Page]:
    """Serve `command`, and open the page of it; `folder` is for what the browser keeps."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("There is no Chromium here. On Debian: apt-get install chromium")
    port, debugging = port or free_port(), free_port()
    serve = [str(Path(sys.executable).with_name("textual")), "serve", "--port", str(port)]
    chromium = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={size}"]
    chromium += [f"--user-data-dir={folder / 'chromium'}", f"--remote-debugging-port={debugging}"]
    address = f"http://localhost:{port}/?fontsize=15"
    async with (
        process(*serve, "--title", "fttui", "--command", command, **environ),
        aiohttp.ClientSession() as session,
    ):
        await answer_of(session, address)
        async with process(*chromium, address):
            pages = await answer_of(session, f"http://127.0.0.1:{debugging}/json/list")
            where = next(each for each in pages if each["type"] == "page")["webSocketDebuggerUrl"]
            async with session.ws_connect(where, max_msg_size=0) as connection:
                page = Page(connection)
                await asyncio.sleep(PAUSE)
                await page.click()
                yield page


async def answer_of(session: aiohttp.ClientSession, address: str) -> Any:
    """What an address answers, as soon as somebody listens there."""
    for _each in range(SECONDS * 4):
        try:
            async with session.get(address) as answer:
                return await answer.json() if "json" in answer.content_type else None
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.25)
    raise SystemExit(f"Nobody answers at {address}")


async def main() -> None:
    """Open the demo, give the word, and picture the list of jobs."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        command = f"{sys.executable} -m fttui demo --speed 20"
        async with opened(command, Path(place), FTTUI_BROWSER_WORD=WORD) as page:
            await page.type(f"{WORD}\n")
            await asyncio.sleep(8)
            await page.key("", "F3", 114)
            await asyncio.sleep(4)
            await page.type("jjjjjj")
            await asyncio.sleep(3)
            await page.picture(HERE / "browser.png")


if __name__ == "__main__":
    asyncio.run(main())
