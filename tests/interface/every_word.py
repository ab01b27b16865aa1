"""Shows the main screens in a language whose every text is the English one in ⟦ and ⟧.

Run as a script, with nothing of fttui imported yet: many texts are taken from the catalogue when
their module is imported. Prints what was painted, a screen after the other.
"""

from __future__ import annotations

import asyncio
import sys

from fttui.terminal import language

language.translate = lambda text: f"⟦{text}⟧" if text.strip() else text
SCREENS = (["f2"], ["f3"], ["enter"], ["escape", "x"], ["escape", "question_mark"])
FIRST_SCREENS: tuple[list[str], ...] = ([], ["question_mark"])


async def show() -> None:
    import pytest
    from textual.pilot import Pilot

    from fttui.interface.app import OpenAIInterfaceFT
    from fttui.server import SandboxConfig, SandboxServer, fill_with_samples
    from fttui.services.session import Session
    from settling import AppClock, _clocks, press, settled

    async def painted(pilot: Pilot[str]) -> str:
        await settled(pilot)
        strips = app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    clock = AppClock()
    clock.install(pytest.MonkeyPatch())
    _clocks[:] = [clock]
    with SandboxServer(SandboxConfig()) as server:
        fill_with_samples(server)
        environ, key = {"OPENAI_BASE_URL": server.base_url}, server.api_key
        for has_key, screens in ((True, SCREENS), (False, FIRST_SCREENS)):
            session = Session.open(environ={**environ, "OPENAI_API_KEY": key if has_key else ""})
            app = OpenAIInterfaceFT(session)
            async with app.run_test(size=(200, 60)) as pilot:
                await settled(pilot)
                for keys in screens:
                    for each in keys:
                        await press(pilot, each)
                    sys.stdout.write(f"{await painted(pilot)}\n")
            session.close()


if __name__ == "__main__":
    asyncio.run(show())
