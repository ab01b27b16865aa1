"""What earlier runs leave open, made by runs that really fail; and the app that offers it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.interface.seen import toast, words
from textual.pilot import Pilot
from textual.widgets import Static

from faults.harness import MODEL, Truth, draft_of, hasty, outcome_of, write_rows
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.screens.recovery import ActionButton, RecoveryList
from fttui.services.endpoint.errors import ServiceError
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.services.submission.lone_upload import Listeners, upload_file
from fttui.training_data.files import open_checked
from settling import later, press, settled, until

PART = 64 * 1024
IN_PARTS = {"direct_bytes": 1, "part_bytes": PART, "window": 1}
CREATE = "POST /fine_tuning/jobs"
LOST = Fault("reset", commit=False)


class EarlierRun:
    """A run of fttui on `proxy` that leaves something open; each method leaves one thing."""

    def __init__(
        self, open_session: Callable[..., Session], proxy: FaultProxy, folder: Path
    ) -> None:
        self._open = open_session
        self._proxy = proxy
        self._folder = folder
        self._count = 0

    def upload(self, parts: int = 2) -> None:
        """An upload in three parts, of which so many arrived."""
        self._proxy.script("/parts$", *[None] * parts, *[LOST] * 20)
        self._fail(self._rows(40, filler=4_000), suffix="half-sent")

    def lone_upload(self) -> Path:
        """An upload for no job in three parts, of which two arrived; its file."""
        path = self._rows(40, filler=4_000)
        self._proxy.script("/parts$", None, None, *[LOST] * 20)
        session = self._open(self._proxy.base_url, hasty(**IN_PARTS))
        with open_checked(path) as file, pytest.raises(ServiceError):
            options = session.submissions.upload_options
            listeners = Listeners(lambda _progress: None)
            session.thread.wait(
                upload_file(
                    session.handle, session.journal, session.account, file, options, listeners
                )
            )
        session.close()
        self._proxy.calm()
        return path

    def file(self, **asked: Any) -> None:
        """A file that is uploaded, and whose job was refused."""
        self._proxy.script(f"{CREATE}$", error_answer(403, commit=False))
        self._fail(self._rows(), suffix="refused", **asked)

    def confirmed(self, file_id: str) -> None:
        """A job on a file of the endpoint that was confirmed, and never asked for."""
        self._proxy.script(f"{CREATE}$", error_answer(400, commit=False, message="file not ready"))
        self._proxy.script(f"GET /files/{file_id}", *[LOST] * 20)
        self._fail(file_id, suffix="not-asked")

    def unanswered(self, *, arrived: bool = False) -> str:
        """A create call without an answer, which made a job if it `arrived`; its submission."""
        self._proxy.script(f"{CREATE}$", Fault("reset", commit=arrived))
        self._proxy.script("GET /fine_tuning/jobs", *[LOST] * 20)
        return self._fail(self._rows(), suffix="unanswered")

    def _rows(self, count: int = 12, filler: int = 0) -> Path:
        self._count += 1
        path = self._folder / f"rows-{self._count}.jsonl"
        return write_rows(path, count, filler=filler, mark=str(self._count))

    def _fail(self, training: Path | str, suffix: str, **asked: Any) -> str:
        parts: dict[str, Any] = IN_PARTS if suffix == "half-sent" else {}
        session = self._open(self._proxy.base_url, hasty(**parts))
        request = JobRequest(MODEL, suffix=suffix, hyperparameters={"n_epochs": 4}, **asked)
        with draft_of(training, request=request) as draft:
            assert isinstance(outcome_of(session, draft), ServiceError)
        session.close()
        self._proxy.calm()
        return draft.id


class LeftOpen:
    """The app on a later run, and what a person sees of what was left open."""

    def __init__(self, app: OpenAIInterfaceFT, pilot: Pilot[str], proxy: FaultProxy) -> None:
        self.app = app
        self.pilot = pilot
        self.proxy = proxy
        self.besides: tuple[str, ...] = ()

    async def press(self, *keys: str) -> None:
        await press(self.pilot, *keys, besides=self.besides)

    async def settle(self) -> None:
        await settled(self.pilot, self.besides)

    async def until(self, holds: Callable[[], object]) -> None:
        await until(self.pilot, holds, self.besides)

    async def until_told(self, text: str) -> None:
        await self.until(lambda: text in toast(self.app))

    async def choose(self, label: str, number: int = 0) -> None:
        """Go to a button of the list by Tab, and press it."""
        button = self.buttons(label)[number]
        for _ in range(20):
            if self.app.focused is button:
                await later(self.pilot, 0.3, self.besides)  # a button takes no two presses at once
                await self.press("enter")
                return
            await self.press("tab")
        raise AssertionError(f"Tab never reaches {label}")

    def buttons(self, label: str = "") -> list[ActionButton]:
        found = self.app.screen.query(ActionButton)
        return [each for each in found if label in {"", str(each.label)}]

    @property
    def offered(self) -> list[str]:
        return [str(each.label) for each in self.buttons()]

    @property
    def is_listed(self) -> bool:
        return isinstance(self.app.screen, RecoveryList)

    @property
    def shown(self) -> str:
        return words(self.app)

    @property
    def banner(self) -> str:
        """The failure that the form shows, "" when it shows none."""
        banner = self.app.create_pane.query_one("#create-banner", Static)
        return str(banner.render()) if banner.display else ""

    @property
    def creates(self) -> int:
        """How many create calls went out in this run."""
        return self.proxy.seen[CREATE]

    def changes(self) -> dict[str, int]:
        """The calls of this run that may change something on the endpoint."""
        return {call: n for call, n in self.proxy.seen.items() if not call.startswith("GET ")}


@asynccontextmanager
async def next_run(
    open_session: Callable[..., Session],
    proxy: FaultProxy,
    *,
    in_parts: bool = False,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[LeftOpen]:
    """The app on a session of its own, as it stands when it is left alone at its start."""
    parts: dict[str, Any] = IN_PARTS if in_parts else {}
    session = open_session(proxy.base_url, hasty(tries=1, **parts))
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=size) as pilot:
        left = LeftOpen(app, pilot, proxy)
        await left.until(lambda: app.focused is not None)
        proxy.seen.clear()
        yield left


def statuses(truth: Truth) -> dict[str, str]:
    """The jobs that are really there, by id."""
    return {job.id: job.status.word for job in truth.jobs()}
