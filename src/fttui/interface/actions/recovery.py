"""Offering what earlier runs left open, and doing what the user chooses about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.actions.read_only import refuses_change
from fttui.interface.messages import FttuiMessage, SubmissionEnded, SubmissionProgressed
from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.recovery import RecoveryList
from fttui.services.endpoint.errors import ServiceError, UnexpectedError
from fttui.services.job_words import state_text
from fttui.services.moving.moves import keep_beside_row
from fttui.services.submission.recovery_words import PAYING_ACTIONS, RECOVERY_ACTIONS
from fttui.services.submission.state import TRAINING
from fttui.services.submission.types import AGAIN, NO_CONSENT, WITHOUT_JOURNAL, Consent
from fttui.services.submission_words import grader_facts, is_on_its_way, progress_line
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.actions.submit import SubmitActions
    from fttui.interface.host import Host
    from fttui.services.endpoint.models import Job
    from fttui.services.submission.submissions import SubmissionProgress, UnfinishedItem


_FIRST_LOOK = 0.4
"""Seconds that the first screen waits for what may have been left open."""


class RecoveryActions:
    """Shows the recovery list and runs one of its actions at a time.

    `upload` uploads a file for no job; with one whose upload was interrupted it goes on.
    """

    def __init__(
        self, host: Host, submit: SubmitActions, upload: Callable[[Path, str], None]
    ) -> None:
        self._host = host
        self._upload = upload
        self._submit = submit
        self.has_offered = False
        self._screen: RecoveryList | None = None
        self._doing = ""

    @property
    def under_way(self) -> bool:
        """True while a job is being created from what was left open."""
        return self._doing in PAYING_ACTIONS

    def show(self) -> None:
        """Open the list; it fills when the journal is read."""
        screen = self._screen
        if screen is None or not screen.is_open:
            screen = self._open(None)
        self._host.start_worker(
            partial(self._fill, screen),
            group="recovery",
            exclusive=True,
            waits_for=_("the journal"),
        )

    def offer_at_start(self) -> None:
        """Begin with the open items, if there are any; say so only, if something is typed already.

        Keys wait for this (`has_offered`), but not for long.
        """
        self._host.set_timer(_FIRST_LOOK, self._let_keys_act)
        self._host.start_worker(
            self._offer_at_start, group="recovery", exclusive=True, waits_for=_("the journal")
        )

    async def _offer_at_start(self) -> None:
        items, _unused = await self._unfinished_items()
        if items and not self.has_offered and self._host.in_front and not self._host.keys_taken:
            self._open(items)
        elif items:
            self._host.notice(
                _("One thing was left open by an earlier run. Press u to see.")
                if len(items) == 1
                else _(
                    "{count} things were left open by an earlier run. Press u to see.",
                    count=len(items),
                )
            )
        self._let_keys_act()

    def _let_keys_act(self) -> None:
        self.has_offered = True

    def _open(self, items: list[UnfinishedItem] | None) -> RecoveryList:
        self._screen = screen = RecoveryList(items, self._choose)
        self._host.push_screen(screen)
        return screen

    async def _fill(self, screen: RecoveryList) -> None:
        screen.post_message(RecoveryList.Found(*await self._unfinished_items()))

    async def _unfinished_items(self) -> tuple[list[UnfinishedItem], str]:
        """The open items, and why they are not known."""
        session = self._host.session
        if session.credential is None:
            return [], _(
                "Without a key there is nothing to go on with. Press F1 for how to set one."
            )
        try:
            return await asyncio.to_thread(lambda: session.submissions.unfinished_items()), ""
        except ServiceError as error:
            return [], error.full_text

    def _choose(self, item: UnfinishedItem, action: str) -> None:
        if refuses_change(self._host):
            return
        if self._doing:
            self._host.notice(_("An action is under way. Wait for its outcome."))
            return
        if action == "upload":
            if self._screen is not None:
                self._screen.dismiss(None)
            file = item.submission.files[TRAINING]
            self._host.call_after_refresh(self._upload, Path(file.path), file.sha256)
            return
        if not RECOVERY_ACTIONS[action].question:
            self._start(item, action, NO_CONSENT)
            return
        journal = self._host.session.opened_journal
        if action in PAYING_ACTIONS and journal is not None and not journal.keeps_track:
            self._ask(item, action, Consent(without_journal=True), WITHOUT_JOURNAL, journal.why_not)
        else:
            self._ask(item, action, NO_CONSENT)

    def _ask(
        self, item: UnfinishedItem, action: str, agreed: Consent, must_type: str = "", why: str = ""
    ) -> None:
        """Ask before `action`; a yes, with `must_type` typed because of `why`, means `agreed`."""
        words = RECOVERY_ACTIONS[action]

        def answered(yes: bool | None) -> None:
            if yes:
                self._start(item, action, agreed)

        request = item.submission.request
        facts = [
            (_("Endpoint"), self._host.session.endpoint.host),
            (_("Model"), request.model),
            (_("Suffix"), request.suffix or _("none")),
            (_("Epochs"), str(request.hyperparameters.get("n_epochs", "auto"))),
            *(grader_facts(request.grader) if request.grader else ()),
            (_("Cost"), item.submission.cost or _("not known")),
            (_("Open"), item.sentence),
        ]
        dialog = Confirm(
            words.label,
            facts,
            words.question,
            words.label,
            danger=words.danger,
            must_type=must_type or None,
            warning=why,
        )
        self._host.push_screen(dialog, answered)

    def _start(self, item: UnfinishedItem, action: str, agreed: Consent) -> None:
        if not self._doing:
            self._doing = action
            self._show_doing(f"{RECOVERY_ACTIONS[action].label}…")
            self._host.start_worker(
                partial(self._do, item, action, agreed), group="recovery-action"
            )

    async def _do(self, item: UnfinishedItem, action: str, agreed: Consent) -> None:
        session = self._host.session
        needed: ServiceError | None = None
        try:
            submissions = await asyncio.to_thread(lambda: session.submissions)
            job = await session.thread.write(
                submissions.recover(
                    item.submission_id,
                    action,
                    consent=action == "resend",
                    agreed=agreed,
                    on_progress=self._on_progress,
                )
            )
        except ServiceError as error:
            self._post(SubmissionEnded(error=error))
            self._host.notice(error.full_text, severity="error")
            needed = error if error.code == "earlier_call" else None
        except Exception:
            self._post(SubmissionEnded(error=UnexpectedError()))
            await self._fill_again()
            raise
        else:
            if job is not None:
                await asyncio.to_thread(keep_beside_row, session, item.submission, job)
            self._show_outcome(job)
        finally:
            self._doing = ""
        await self._fill_again()
        if needed is not None and self._screen is not None and self._screen.is_active:
            self._ask(item, action, replace(agreed, again=True), AGAIN, needed.why)

    async def _fill_again(self) -> None:
        if self._screen is not None and self._screen.is_attached:
            await self._fill(self._screen)

    def _show_outcome(self, job: Job | None) -> None:
        self._post(SubmissionEnded(job=job))
        if job is None:
            self._host.notice(_("Done."))
            return
        self._host.notice(_("Job {id} {state_text}.", id=job.id, state_text=state_text(job.status)))
        was_waited_for = self._screen is not None and self._screen.is_active
        if self._screen is not None:
            self._screen.dismiss(None)
        self._host.show_new_job(job, was_waited_for=was_waited_for)

    def _show_doing(self, text: str) -> None:
        """Say in the list how far it is, from any thread."""
        if self._screen is not None and self._screen.is_attached:
            self._screen.post_message(RecoveryList.Doing(text))

    def _on_progress(self, progress: SubmissionProgress) -> None:
        self._show_doing(progress_line(progress) if is_on_its_way(progress) else progress.note)
        self._post(SubmissionProgressed(progress))

    def _post(self, message: FttuiMessage) -> None:
        """Tell the form how it goes, unless that follows a job of its own; from any thread."""
        if not self._submit.under_way:
            self._host.post(message)
