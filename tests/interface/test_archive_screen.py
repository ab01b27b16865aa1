"""The archive from within the app: what is there, saving, stopping, and going on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.widgets import Static

from faults.proxy import Fault, FaultProxy
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.screens.archive import ArchiveScreen
from fttui.sandbox import SandboxServer, fill_with_samples
from fttui.services.archive.begin import usual_folder
from fttui.services.session import Session
from settling import press, until


def text_of(app: OpenAIInterfaceFT) -> str:
    return "\n".join(str(each.render()) for each in app.screen.query(Static))


async def test_the_archive_is_saved_by_one_key_and_says_what_is_there(
    session: Session, sandbox: SandboxServer
) -> None:
    fill_with_samples(sandbox)
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f3")
        await press(pilot, "A")
        await until(pilot, lambda: "Nothing is saved yet." in text_of(app))
        await press(pilot, "s")
        await until(pilot, lambda: "All that the endpoint has is saved" in text_of(app))
        await until(pilot, lambda: "Saved 20" in text_of(app))
    assert (usual_folder(session.account) / "index.html").exists()


async def test_a_run_goes_on_behind_other_screens_and_its_end_is_told(
    sandbox: SandboxServer, fault_proxy: FaultProxy, open_session: Callable[[str], Session]
) -> None:
    fill_with_samples(sandbox)
    app = OpenAIInterfaceFT(open_session(fault_proxy.base_url))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f3", "A")
        fault_proxy.always("/events", Fault("held"))
        await press(pilot, "s", "escape", besides={"archive"})
        assert not isinstance(app.screen, ArchiveScreen)
        fault_proxy.let_go()
        await until(pilot, lambda: any("is saved" in each.message for each in app._notifications))


async def test_what_was_stopped_is_gone_on_with(
    sandbox: SandboxServer, fault_proxy: FaultProxy, open_session: Callable[[str], Session]
) -> None:
    fill_with_samples(sandbox)
    session = open_session(fault_proxy.base_url)
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f3")
        await press(pilot, "A")
        await until(pilot, lambda: isinstance(app.screen, ArchiveScreen))
        fault_proxy.always("/events", Fault("held"))
        await press(pilot, "s", besides={"archive"})
        await until(pilot, lambda: any("/events" in one for one in fault_proxy.seen), {"archive"})
        await press(pilot, "x", besides={"archive"})
        await until(pilot, lambda: "Stopped. What is saved is whole" in text_of(app))
        fault_proxy.calm()
        await press(pilot, "s")
        await until(pilot, lambda: "All that the endpoint has is saved" in text_of(app))
    assert Path(usual_folder(session.account) / "index.json").exists()
