"""What happens after the first paint and before the last: keys, first loads, leaving."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.first_run import FirstRun
from fttui.storage.secrets import Secret
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.actions.job_feed import JobFeed
    from fttui.interface.actions.recovery import RecoveryActions
    from fttui.interface.actions.submit import SubmitActions
    from fttui.interface.host import Host
    from fttui.services.endpoint.transport import RetryNotice


class StartActions:
    """Finds the key, fills the screens, and asks before leaving work behind."""

    def __init__(
        self, host: Host, job_feed: JobFeed, submit: SubmitActions, recovery: RecoveryActions
    ) -> None:
        self._host = host
        self._job_feed = job_feed
        self._submit = submit
        self._recovery = recovery
        self._is_first_run = False
        self._asked: Confirm | None = None

    def begin(self) -> None:
        """Show the first screen, and load what there is without holding it up."""
        session = self._host.session
        self._host.start_worker(self._open_journal, group="start", waits_for="the journal")
        if session.credential is None:
            screen = FirstRun(session.endpoint.host, session.key_problem, session.key_notes)
            self._host.push_screen(screen, self._first_run_done)
            self._is_first_run = True
            return
        self._recovery.offer_at_start()
        self._load()

    @property
    def has_begun(self) -> bool:
        """True when the first screen is decided on, so that keys can act."""
        return self._is_first_run or self._recovery.has_offered

    def quit(self) -> None:
        """Leave, after a question when a job is being created."""
        if not (self._submit.under_way or self._recovery.under_way):
            self._host.exit()
            return
        if self._asked is not None and self._asked.is_open:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._host.exit()

        self._asked = Confirm(
            _("Quit"),
            [(_("Under way"), _("a job is being created"))],
            _(
                "Quit now? An upload can be resumed at the next start within the hour; a create"
                " call that is out is recorded and looked up."
            ),
            _("Quit"),
            _("Stay"),
        )
        self._host.push_screen(self._asked, answered)

    async def _open_journal(self) -> None:
        session = self._host.session
        journal = await asyncio.to_thread(lambda: session.journal)
        if journal.warning:
            self._host.notice(journal.warning, severity="warning")

    def _first_run_done(self, choice: Secret | str | None) -> None:
        if choice == "demo":
            self._host.exit("demo")
        elif isinstance(choice, Secret):
            self._host.session.with_key(choice)
            self._host.show_error("")  # and the key that is used now
            self._recovery.offer_at_start()
            self._load()
        else:
            text = _("Without a key nothing can be loaded or sent. Press ? for how to set one.")
            self._host.notice(text, severity="warning")

    def _load(self) -> None:
        self._host.session.on_retry = self._retried
        self._job_feed.last_known.show()
        self._job_feed.load_jobs()
        self._job_feed.load_models()

    def _retried(self, notice: RetryNotice) -> None:
        tries = _(
            "try {attempt} of {tries}, Esc stops", attempt=notice.attempt + 1, tries=notice.tries
        )
        pause = f"{notice.pause:.0f} s" if notice.pause >= 1 else _("a moment")
        self._host.show_error(
            _(
                "{sentence} Again in {pause} ({tries})",
                sentence=notice.error.sentence,
                pause=pause,
                tries=tries,
            )
        )
