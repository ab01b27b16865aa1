"""Offering what earlier runs left open, and doing what the user chooses about it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fttui.interface.dialogs.confirm import Confirm
from fttui.interface.dialogs.recovery import RecoveryList
from fttui.interface.messages import JobChanged, SubmissionEnded, SubmissionProgressed
from fttui.services.errors import ServiceError
from fttui.services.recovery_words import RECOVERY_ACTIONS

if TYPE_CHECKING:
    from fttui.interface.interface_utils import OpenAiInterfaceUtils
    from fttui.services.models import Job
    from fttui.services.submission import OpenItem, SubmissionProgress


class Recovering:
    """Shows the recovery list and runs one of its actions at a time."""

    def __init__(self, utils: OpenAiInterfaceUtils) -> None:
        self._utils = utils
        self._screen: RecoveryList | None = None
        self._busy = False

    def offer(self, *, only_if_any: bool = False) -> None:
        """Show the open items; with `only_if_any` say nothing when there are none."""
        self._utils.run(self._offer(only_if_any), group="recovery", exclusive=True)

    async def _offer(self, only_if_any: bool) -> None:
        items = await self._open_items()
        if not items:
            if not only_if_any:
                self._utils.notice("Nothing was left open by an earlier run.")
            return
        self._screen = RecoveryList(items, self._choose)
        self._utils.app.push_screen(self._screen)

    async def _open_items(self) -> list[OpenItem]:
        session = self._utils.app.session
        if session.credential is None:
            return []
        try:
            return await asyncio.to_thread(session.submissions.open_items)
        except ServiceError as error:
            self._utils.notice(error.full_text, title="Unfinished work", severity="error")
            return []

    def _choose(self, item: OpenItem, action: str) -> None:
        if self._busy:
            self._utils.notice("An action is under way. Wait for its outcome.")
            return
        words = RECOVERY_ACTIONS[action]
        if not words.question:
            self._start(item, action)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._start(item, action)

        request = item.submission.request
        facts = [
            ("Endpoint", self._utils.app.session.endpoint.host),
            ("Model", request.model),
            ("Suffix", request.suffix or "none"),
            ("Epochs", str(request.hyperparameters.get("n_epochs", "auto"))),
            ("Open", item.sentence),
        ]
        self._utils.app.push_screen(
            Confirm(words.label, facts, words.question, words.label, danger=words.danger), answered
        )

    def _start(self, item: OpenItem, action: str) -> None:
        if not self._busy:
            self._busy = True
            self._utils.run(self._do(item, action), group="recovery-action")

    async def _do(self, item: OpenItem, action: str) -> None:
        session = self._utils.app.session
        try:
            job = await session.thread.write(
                session.submissions.recover(
                    item.submission_id, action, consent=action == "resend", on_progress=self._told
                )
            )
        except ServiceError as error:
            self._utils.tell(SubmissionEnded(error=error))
            self._utils.notice(error.full_text, severity="error")
        else:
            self._tell_outcome(job)
        finally:
            self._busy = False
        if self._screen is not None and self._screen.is_attached:
            await self._screen.show(await self._open_items())

    def _tell_outcome(self, job: Job | None) -> None:
        self._utils.tell(SubmissionEnded(job=job))
        if job is None:
            self._utils.notice("Done.")
            return
        self._utils.tell(JobChanged(job, select=True))
        self._utils.notice(f"Job {job.id} is {job.status.word}.")
        self._utils.app.show_tab("jobs")

    def _told(self, progress: SubmissionProgress) -> None:
        self._utils.tell(SubmissionProgressed(progress))
