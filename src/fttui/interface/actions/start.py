"""What happens after the first paint and before the last: keys and first loads."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from typing import TYPE_CHECKING

from fttui.terminal.language import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from fttui.interface.actions.annotating import AnnotationActions
    from fttui.interface.actions.first_run import FirstRunActions
    from fttui.interface.actions.job_feeds import JobFeeds
    from fttui.interface.actions.recovery import RecoveryActions
    from fttui.interface.host import Host
    from fttui.services.endpoint.retries import RetryNotice


_PAUSE = 0.005
_LONGEST_WAIT = 0.3
"""Seconds that what comes behind the first screen waits for keys that were typed ahead."""


class StartActions:
    """Finds the key, and fills the screens.

    The other actions are got when they are needed, which none is before the first paint.
    """

    def __init__(
        self,
        host: Host,
        feeds: Callable[[], JobFeeds],
        recovery: Callable[[], RecoveryActions],
        annotating: Callable[[], AnnotationActions],
        first_run: Callable[[], FirstRunActions],
    ) -> None:
        self._host = host
        self._feeds = feeds
        self._recovery = recovery
        self._annotating = annotating
        self._first_run = first_run
        self.has_begun = False
        """True when the first screen is decided on, so that keys can act."""

    def begin(self) -> None:
        """Show the first screen; then, behind it, all that there is."""
        session = self._host.session
        if session.credential is None:
            self._first_run().show()
        self.has_begun = True
        self._host.start_worker(self._go_on, group="start", waits_for=_("the journal"))

    async def _go_on(self) -> None:
        """Let keys that were typed ahead act and be seen, then do what the first paint left out."""
        session = self._host.session
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_WAIT):
                await self._keys_seen()
        self._host.show_rest()
        if session.credential is not None:
            self.load()
        self._feeds().open_others()
        _collect_garbage()
        journal = await asyncio.to_thread(lambda: session.journal)
        if journal.warning:
            self._host.notice(journal.warning, severity="warning")

    async def _keys_seen(self) -> None:
        while not self._host.keys_are_through:  # noqa: ASYNC110 - what they wait for tells nobody
            await asyncio.sleep(_PAUSE)
        painted = asyncio.Event()
        self._host.call_after_refresh(painted.set)
        await painted.wait()

    def load(self) -> None:
        """Load all that a key is there for."""
        self._host.session.on_retry = self._retried
        feed = self._feeds().own
        feed.last_known.show()
        feed.load_jobs()
        feed.load_models()
        self._annotating().load()
        self._recovery().offer_at_start()

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


def _collect_garbage() -> None:
    """Look for garbage again, but never among what is there now: a start pauses the collector."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
