"""What happens after the first paint and before the last: keys, first loads, leaving."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.first_run import FirstRun
from fttui.storage.secrets import Secret

if TYPE_CHECKING:
    from fttui.interface.interface_utils import OpenAiInterfaceUtils
    from fttui.services.endpoint.transport import RetryNotice


_FIRST_LOOK = 0.4
"""Seconds that the first screen waits for what may have been left open."""


class Starting:
    """Finds the key, fills the screens, and asks before leaving work behind."""

    def __init__(self, utils: OpenAiInterfaceUtils) -> None:
        self._utils = utils
        self._asked: Confirm | None = None

    def begin(self) -> None:
        """Show the first screen, and load what there is without holding it up."""
        app = self._utils.app
        self._utils.run(self._open_journal, group="start", waits_for="the journal")
        if app.session.credential is None:
            app.keys.throw_away()
            session = app.session
            screen = FirstRun(session.endpoint.host, session.key_problem, session.key_notes)
            app.push_screen(screen, self._first_run_done)
            app.has_begun = True
            return
        app.set_timer(_FIRST_LOOK, self._begun)
        self._utils.recovering.offer_at_start()
        self._load()

    def _begun(self) -> None:
        self._utils.app.has_begun = True

    def quit(self) -> None:
        """Leave, after a question when a job is being created."""
        app = self._utils.app
        if not (self._utils.submitting.under_way or self._utils.recovering.under_way):
            app.exit()
            return
        if self._asked is not None and self._asked in app.screen_stack:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                app.exit()

        self._asked = Confirm(
            "Quit",
            [("Under way", "a job is being created")],
            "Quit now? An upload can be resumed at the next start within the hour; a create"
            " call that is out is recorded and looked up.",
            "Quit",
            "Stay",
        )
        app.push_screen(self._asked, answered)

    async def _open_journal(self) -> None:
        session = self._utils.app.session
        journal = await asyncio.to_thread(lambda: session.journal)
        if journal.warning:
            self._utils.notice(journal.warning, severity="warning")

    def _first_run_done(self, choice: Secret | str | None) -> None:
        app = self._utils.app
        if choice == "demo":
            app.exit("demo")
        elif isinstance(choice, Secret):
            app.session.with_key(choice)
            app.connection.refresh_line()
            self._utils.recovering.offer_at_start()
            self._load()
        else:
            text = "Without a key nothing can be loaded or sent. Press ? for how to set one."
            self._utils.notice(text, severity="warning")

    def _load(self) -> None:
        self._utils.app.session.on_retry = self._retried
        self._utils.display_job_ids()
        self._utils.load_models()
        self._utils.listing.keep_fresh()

    def _retried(self, notice: RetryNotice) -> None:
        tries = f"try {notice.attempt + 1} of {notice.tries}, Esc stops"
        pause = f"{notice.pause:.0f} s" if notice.pause >= 1 else "a moment"
        self._utils.show_trouble(f"{notice.error.sentence} Again in {pause} ({tries})")
