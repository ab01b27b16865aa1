"""Shows the main screens in a language whose every text is the English one in ⟦ and ⟧.

Run as a script with nothing of fttui imported yet: texts are taken from the catalogue where they
stand, many of them when their module is imported. Prints what was painted, a screen at a time.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from fttui.terminal import language

language.translate = lambda text: f"⟦{text}⟧" if text.strip() else text


async def show() -> None:
    from fttui.interface.app import OpenAIInterfaceFT
    from fttui.sandbox import SandboxConfig, SandboxServer, fill_with_samples
    from fttui.services.session import Session

    def painted() -> str:
        strips = app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    with SandboxServer(SandboxConfig()) as server:
        fill_with_samples(server)
        environ = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": server.api_key}
        session = Session.open(environ=environ)
        app = OpenAIInterfaceFT(session)
        async with app.run_test(size=(200, 60)) as pilot:
            for keys in (["f2"], ["f3"], ["enter"], ["escape", "x"], ["escape", "question_mark"]):
                await pilot.press(*keys)
                async with asyncio.timeout(60):
                    while not app.jobs_pane.table.row_count or app.keys.is_waited_for:
                        await pilot.pause(0.05)
                await pilot.pause()
                sys.stdout.write(f"== {'+'.join(keys)}\n{painted()}\n")
        session.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        sys.stdout.write(home + "\n")
        asyncio.run(show())
        Path(home).exists()
