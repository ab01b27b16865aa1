"""What a key has asked for, when the user has gone on to something else before it is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.interface.jobs.job_list import JobList, job_list
from tests.interface.jobs.test_copy_menu import copied

from faults.proxy import FaultProxy
from fttui.interface.actions import job_facts
from fttui.interface.screens.help import Help
from fttui.server import SandboxServer, fill_with_samples
from fttui.services.job_files import JobFiles
from fttui.services.session import Session
from fttui.services.submission.state import FileState
from fttui.storage.annotations import Annotation, Annotations
from settling import press, settled
from waiting import PATIENCE

PAGE = "https://pages.example/{id}"
ANSWERS: dict[str, tuple[str, object, str, object]] = {
    "b": ("browser", "fttui.terminal.browser", "open_page", "There is none."),
    "d": ("again", "fttui.interface.actions.again", "_with_asked", None),
    "t": ("annotate", Annotations, "all", {}),
    "C": ("compare", Annotations, "all", None),
    "file": ("training-file", job_facts, "changed_text", ""),
}
"""By key: its worker's group, what the worker waits for, and what comes of that."""


@pytest.fixture
def go() -> Iterator[threading.Event]:
    """Lets the answer come."""
    event = threading.Event()
    yield event
    event.set()


async def ask(it: JobList, key: str, group: str) -> None:
    if key == "file":
        it.app.utils.show_training_file()
        await settled(it.pilot, {group})
    else:
        await press(it.pilot, key, besides={group})


@pytest.mark.parametrize("key", ANSWERS)
async def test_an_answer_that_comes_late_opens_nothing_over_what_is_in_front(
    open_session: Callable[..., Session],
    sandbox: SandboxServer,
    fault_proxy: FaultProxy,
    monkeypatch: pytest.MonkeyPatch,
    go: threading.Event,
    key: str,
) -> None:
    monkeypatch.setenv("FTTUI_CLIPBOARD", "file")
    async with job_list(open_session, fault_proxy, fill_with_samples(sandbox)) as it:
        job = it.current
        swept = {one.raw_id: Annotation("", ("sweep-a",)) for one in it.app.jobs_pane.table.jobs}
        endpoint = it.app.session.endpoint
        profile = replace(endpoint.profile, job_page=PAGE)
        it.app.session.endpoint = replace(endpoint, profile=profile, is_profiles=True)
        it.app.utils.annotating._kept = None
        source = FileState("training", path=__file__, file_id=job.training_file or "")
        monkeypatch.setattr(job_facts.JobFacts, "files_of", lambda *_: JobFiles({}, source))
        group, owner, name, answer = ANSWERS[key]

        def late(*_: Any) -> object:
            go.wait(PATIENCE)
            return {"d": job, "C": swept}.get(key, answer)

        target: Any = f"{owner}.{name}" if isinstance(owner, str) else owner
        named = () if isinstance(owner, str) else (name,)
        monkeypatch.setattr(target, *named, late)
        await ask(it, key, group)
        await press(it.pilot, "question_mark", besides={group})
        assert isinstance(it.app.screen, Help)
        go.set()
        await settled(it.pilot)
        assert isinstance(it.app.screen, Help) and it.app.tabs.active == "jobs"
        if key == "b":
            await it.until(lambda: copied() == PAGE.format(id=job.raw_id))
        await it.press("escape")
        await ask(it, key, group)
        await it.until(lambda: it.app.place != (it.app.screen_stack[0], "jobs"))
