"""That a job has ended is told once: by bell and notification, by a toast, and to a command."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.interface.jobs.live_list import make_job
from tests.interface.seen import toast

from fttui.server import ManualClock
from fttui.services.finished import Ends, Finished, RunningJobs
from fttui.services.session import Session
from fttui.terminal.title import GIVE_BACK_TITLE, KEEP_TITLE, set_title

HOOK = ["/bin/sh", "-c", 'cat >> "$0"; env > "$0.env"']


@pytest.fixture
def on_xterm(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "STY", "TERM_PROGRAM", "VTE_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, on_xterm: None) -> list[str]:
    """What the app writes to the terminal of its own."""
    written: list[str] = []
    app = "fttui.interface.app.OpenAIInterfaceFT"
    monkeypatch.setattr(f"{app}.write_escape", lambda _, text: written.append(text))
    monkeypatch.setattr(f"{app}._write_title", lambda _, text: written.append(text))
    return written


def told(session: Session, **settings: object) -> None:
    session.settings = replace(session.settings, **settings)


async def test_an_end_that_is_seen_rings_once_and_runs_the_command_once(
    open_list,
    ticking_session: Session,
    open_session: Callable[..., Session],
    clock: ManualClock,
    tmp_path: Path,
    said: list[str],
) -> None:
    there = tmp_path / "told"
    told(ticking_session, on_finish=(*HOOK, str(there)))
    job = await make_job(ticking_session, tmp_path, 24)
    async with open_list() as live:
        titles = [one for one in said if "running" in one or "waiting" in one]
        assert titles and said[0] == KEEP_TITLE
        await live.press("1")
        await live.until_ended(job)
        await live.tick()
        await live.until(lambda: any("]9;" in one for one in said))
        await live.until(lambda: "has succeeded" in toast(live.app))
        await live.until(lambda: there.exists() and there.read_text().endswith("\n"))
        await live.until(lambda: GIVE_BACK_TITLE in said)
        await live.tick()
        await live.press("2", "r")
    rung = [one for one in said if "]9;" in one]
    assert len(rung) == 1 and rung[0].startswith("\a\x1b]9;fttui: job ended: ft:gpt-4.1-mini")
    lines = there.read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [job.raw_id]
    assert "OPENAI" not in Path(f"{there}.env").read_text()
    ended = await ticking_session.thread.read(ticking_session.handle.retrieve_job(job.raw_id))
    assert Finished(open_session()).see([ended]) == Ends()


async def test_what_ended_while_no_fttui_ran_is_told_at_the_next_start(
    open_list,
    ticking_session: Session,
    clock: ManualClock,
    tmp_path: Path,
    said: list[str],
) -> None:
    seen = await make_job(ticking_session, tmp_path, 24)
    await make_job(ticking_session, tmp_path, 25)  # which no fttui has seen going on
    Finished(ticking_session).see([seen])
    clock.advance(36_000)
    async with open_list() as live:
        await live.until(lambda: "has succeeded" in toast(live.app))
        await live.until(lambda: len([one for one in said if one.startswith("\a")]) == 1)
    assert not [one for one in said if one == KEEP_TITLE]


async def test_without_notify_nothing_is_sent_and_a_toast_tells_it(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path, said: list[str]
) -> None:
    told(ticking_session, notify=())
    job = await make_job(ticking_session, tmp_path, 24)
    async with open_list() as live:
        await live.press("1")
        await live.until_ended(job)
        await live.tick()
        await live.until(lambda: "has succeeded" in toast(live.app))
    assert said == []


async def test_a_command_that_fails_is_told(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path, said: list[str]
) -> None:
    told(ticking_session, on_finish=("/nowhere/x",))
    job = await make_job(ticking_session, tmp_path, 24)
    async with open_list() as live:
        await live.until_ended(job)
        await live.tick()
        await live.until(lambda: "on_finish failed: /nowhere/x cannot be run" in toast(live.app))


async def test_the_job_in_view_is_the_one_in_the_title(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path, said: list[str]
) -> None:
    for examples in (240, 241):
        await make_job(ticking_session, tmp_path, examples)
    async with open_list() as live:
        clock.advance(20)
        await live.tick()
        assert set_title("fttui: 2 running")[:-1] in "".join(said)
        await live.press("enter")
        await live.tick()
        job = live.app.selected_jobs()[0]
        assert f", …{job.id[-6:]} " in said[-1]


async def test_what_goes_on_is_looked_at_by_one_thread_alone(
    open_list,
    ticking_session: Session,
    clock: ManualClock,
    tmp_path: Path,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await make_job(ticking_session, tmp_path)
    readers: set[threading.Thread] = set()
    title = RunningJobs.title.fget
    assert title is not None

    def watched(running: RunningJobs) -> str:
        readers.add(threading.current_thread())
        return title(running)

    monkeypatch.setattr(RunningJobs, "title", property(watched))
    async with open_list() as live:
        await live.press("enter")
        await live.press("escape")
    assert len(readers) == 1 and threading.main_thread() not in readers
