"""The archive from within the app: what is there, saving, stopping, and going on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from textual.widgets import Static

from archiving import save
from faults.proxy import Fault, FaultProxy
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.screens.archive import ArchiveScreen, ArchiveView
from fttui.server import SandboxServer, fill_with_samples
from fttui.services.archive.archiver import Archiver
from fttui.services.archive.begin import open_folder, usual_folder
from fttui.services.archive.plan import ArchiveProgress
from fttui.services.session import Session
from fttui.terminal.text import safe_path
from fttui.terminal.title import GIVE_BACK_TITLE, KEEP_TITLE
from settling import press, until


def text_of(app: OpenAIInterfaceFT) -> str:
    return "\n".join(str(each.render()) for each in app.screen.query(Static))


async def test_the_archive_is_saved_by_one_key_behind_other_screens_and_its_end_is_told(
    sandbox: SandboxServer, fault_proxy: FaultProxy, open_session: Callable[[str], Session]
) -> None:
    fill_with_samples(sandbox)
    session = open_session(fault_proxy.base_url)
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f3", "A")
        await until(pilot, lambda: "Nothing is saved yet." in text_of(app))
        fault_proxy.always("/events", Fault("held"))

        await press(pilot, "s", besides={"archive"})
        assert "Nothing is saved yet." not in text_of(app), "it does not say so while it saves"
        assert "Saving into this folder:" in text_of(app)
        await press(pilot, "escape", "A", besides={"archive"})
        assert "Saving into this folder:" in text_of(app)

        await press(pilot, "escape", besides={"archive"})
        assert not isinstance(app.screen, ArchiveScreen)
        assert " fttui archive" in str(app.connection.render()), "it goes on behind other screens"
        fault_proxy.let_go()
        await until(pilot, lambda: any("is saved" in each.message for each in app._notifications))
        assert "archive" not in str(app.connection.render())

        await press(pilot, "A")
        await until(pilot, lambda: "All that the endpoint has is saved" in text_of(app))
        await until(pilot, lambda: "Saved 20" in text_of(app))
    assert (usual_folder(session.account) / "index.html").exists()


async def test_the_connection_line_tells_how_far_it_is_once_a_second_at_most(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = OpenAIInterfaceFT(session)
    now = 100.0
    monkeypatch.setattr("fttui.interface.actions.archive.time.monotonic", lambda: now)
    async with app.run_test(size=(80, 24)):
        actions = app.utils.archive
        actions._view = ArchiveView(is_running=True)
        actions._archiver = cast(Archiver, object())
        shown = []
        for second, done in ((100.0, 10), (100.5, 20), (100.9, 30), (101.0, 64)):
            now = second
            actions._show_progress(ArchiveProgress("jobs", done=done, total=100))
            shown.append(str(app.connection.render()).split(" · ")[0])
        assert shown == [f" fttui archive: jobs {share} %" for share in (10, 10, 10, 64)]
        app.show_work("")
        assert "archive" not in str(app.connection.render())


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


async def test_stopped_before_it_has_begun_it_does_not_begin(
    session: Session, sandbox: SandboxServer
) -> None:
    fill_with_samples(sandbox)
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f3", "A")
        app.utils.archive._start()
        app.utils.archive._stop()
        await until(pilot, lambda: "Stopped. What is saved is whole" in text_of(app))
        assert not (usual_folder(session.account) / "index.json").exists()


async def test_who_quits_while_it_saves_gets_the_title_of_the_window_back(
    sandbox: SandboxServer,
    fault_proxy: FaultProxy,
    open_session: Callable[[str], Session],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill_with_samples(sandbox)
    app = OpenAIInterfaceFT(open_session(fault_proxy.base_url))
    said: list[str] = []
    async with app.run_test(size=(80, 24)) as pilot:
        monkeypatch.setattr(app._driver, "write", said.append)
        await press(pilot, "f3", "A")
        fault_proxy.always("/events", Fault("held"))
        await press(pilot, "s", besides={"archive"})
        await until(pilot, lambda: any("/events" in one for one in fault_proxy.seen), {"archive"})
        app.exit()
    fault_proxy.let_go()
    assert [one for one in said if one in (KEEP_TITLE, GIVE_BACK_TITLE)] == [
        KEEP_TITLE,
        GIVE_BACK_TITLE,
    ]


async def test_looking_for_an_archive_takes_nothing_from_a_run_that_began_meanwhile(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = OpenAIInterfaceFT(session)
    actions = app.utils.archive
    folder = usual_folder(session.account)

    def begins_meanwhile(_folder: Path, _session: Session) -> str:
        actions._view = replace(actions._view, is_running=True, doing="Starting …")
        return "Nothing is saved yet."

    monkeypatch.setattr("fttui.interface.actions.archive._what_is_there", begins_meanwhile)
    await actions._look()
    assert actions._view == ArchiveView(
        safe_path(folder), "Nothing is saved yet.", "Starting …", is_running=True
    )


async def test_a_folder_that_another_run_holds_is_told_with_what_to_do_until_that_was_seen(
    session: Session, sandbox: SandboxServer
) -> None:
    fill_with_samples(sandbox)
    app = OpenAIInterfaceFT(session)
    archive = open_folder(session, None)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f3", "A", "s")
        await until(pilot, lambda: "Another fttui is saving into" in text_of(app))
        assert "Wait until it has ended" in text_of(app)
        archive.close()
        await press(pilot, "escape", "A")
        await until(pilot, lambda: "Looking" not in text_of(app))
        assert "Another fttui is saving" not in text_of(app)
        await press(pilot, "s", "escape", besides={"archive"})
        await until(pilot, lambda: any("is saved" in each.message for each in app._notifications))
        await press(pilot, "A")
        await until(pilot, lambda: "All that the endpoint has is saved" in text_of(app))


async def test_an_archive_that_was_saved_elsewhere_is_told(
    session: Session, sandbox: SandboxServer, tmp_path: Path
) -> None:
    fill_with_samples(sandbox)
    save(session, tmp_path / "mine")
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(200, 40)) as pilot:
        await press(pilot, "f3", "A")
        await until(pilot, lambda: "and not here yet" in text_of(app))
        assert f"in {tmp_path / 'mine'}, and not here yet" in " ".join(text_of(app).split())
