"""`Session`: everything that one run works with, for the app and the command line alike."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.services.endpoint.address import (
    READ_ONLY,
    Endpoint,
    ServedArchive,
    archive_endpoint,
    chosen_profile,
    resolve_endpoint,
)
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.key_search import search_key
from fttui.services.retirement_clock import RetirementClock
from fttui.services.service_thread import ServiceThread
from fttui.storage.credentials import DEFAULT_VARIABLE, Credential, hide_keys
from fttui.storage.secrets import Secret
from fttui.storage.settings import Settings, load_settings, settings_path
from fttui.terminal.language import _

if TYPE_CHECKING:  # and imported by what needs it: the first paint waits for none of these
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.retries import RetryNotice
    from fttui.services.endpoint.transport import Timeouts
    from fttui.services.polling_schedule import Rest
    from fttui.services.submission.create_call import SendOptions
    from fttui.services.submission.submissions import Submissions
    from fttui.services.submission.types import UploadOptions
    from fttui.services.watching import Watcher
    from fttui.storage.annotations import KeptAnnotations
    from fttui.storage.archive.known import KnownArchive
    from fttui.storage.journal import Account, Journal
    from fttui.storage.last_lists import ListOwner

CLOSE_GRACE = 3.0
_TRIES_OF_A_KEY = 2


class NoKeyError(ServiceError):
    """Nothing can be asked of the endpoint, because no API key was found."""

    def __init__(self, problem: str, endpoint: Endpoint) -> None:
        advice = _("{advice}, or try `fttui demo`, which needs none.", advice=endpoint.key_advice)
        super().__init__(
            problem
            or _("There is no API key for {host}, so nothing was sent.", host=endpoint.host),
            f"{advice} {endpoint.keyless_advice}".rstrip(),
            outcome=Outcome.NOT_SENT,
            code="no_key",
        )


class ReadOnlyError(ServiceError):
    """Something would be changed, but what is read is an archive."""

    def __init__(self) -> None:
        super().__init__(READ_ONLY, outcome=Outcome.NOT_SENT, code="archive_read_only")


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What a session does otherwise than by default; None leaves a default as it is.

    `rest` is how the watcher of all jobs pauses.
    """

    journal_folder: Path | None = None
    timeouts: Timeouts | None = None
    upload: UploadOptions | None = None
    send: SendOptions | None = None
    rest: Rest | None = None


class Session:
    """Settings, endpoint, key, network thread, journal and submissions of one run.

    `credential` is None when no key was found; `key_problem` then tells of each that is there but
    cannot be used. `key_notes` tells what else was seen while looking for a key, `archive_notes`
    what of an archive is not sound. `on_retry`
    may be set to a function that is told, on the service thread, of each read that is tried again.
    `retirement` tells when models go.
    """

    def __init__(
        self,
        settings: Settings,
        endpoint: Endpoint,
        options: SessionOptions | None = None,
    ) -> None:
        self.settings = settings
        self.endpoint = endpoint
        self.thread = ServiceThread()
        self.credential: Credential | None = None
        self.key_problem = ""
        self.key_notes: tuple[str, ...] = ()
        self.archive_notes: tuple[str, ...] = ()
        self.on_retry: Callable[[RetryNotice], None] | None = None
        self.retirement = RetirementClock(is_openais=endpoint.is_openais)
        self._options = options or SessionOptions()
        self._journal: Journal | None = None
        self._handle: FineTuningHandle | None = None
        self._submissions: Submissions | None = None
        self._end: float | None = None
        self._lock = threading.RLock()
        self._journal_lock = threading.Lock()  # held while the journal is opened, which can last

    @classmethod
    def open(
        cls,
        *,
        config: Path | None = None,
        profile: str = "",
        environ: Mapping[str, str] | None = None,
        options: SessionOptions | None = None,
        archive: ServedArchive | None = None,
    ) -> Session:
        """Read the settings, choose the endpoint and look for its key; connects to nothing.

        With `archive` that is read, whatever is set for endpoints.

        Raises:
            SettingsError: the settings or the endpoint they name cannot be used.
        """
        environ = os.environ if environ is None else environ
        settings = load_settings(settings_path() if config is None else config)
        if archive is not None:
            endpoint = archive_endpoint(archive, chosen_profile(settings, environ, profile))
            session = cls(settings, endpoint, options)
            session._take_archive(archive, environ)
            return session
        session = cls(settings, resolve_endpoint(settings, environ, profile), options)
        session._find_key(environ)
        return session

    @property
    def handle(self) -> FineTuningHandle:
        """The endpoint's calls; raises NoKeyError without a key."""
        from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle

        with self._lock:
            if self._handle is None:
                self._handle = FineTuningHandle(
                    self.endpoint,
                    self._secret(),
                    on_retry=self._show_retry,
                    timeouts=self._options.timeouts,
                )
            return self._handle

    def handle_with(self, secret: Secret) -> FineTuningHandle:
        """The same calls with another key, to try it: soon told, and closed by who asks for it."""
        from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
        from fttui.services.endpoint.transport import Timeouts

        usual = self._options.timeouts or Timeouts()
        timeouts = replace(usual, tries=min(usual.tries, _TRIES_OF_A_KEY))
        return FineTuningHandle(self.endpoint, secret, timeouts=timeouts)

    def mark_jobs(self, mark: str) -> None:
        """Let each job say that it is at `mark`: it is to stand in one list with those of others.

        Before anything is asked of the endpoint.
        """
        with self._lock:
            self.endpoint = replace(self.endpoint, mark=mark)
            self._handle = self._submissions = None

    def warm_up(self) -> None:
        """Import what a first create, upload or change would wait for; returns at once."""
        if not self.refusal:
            self.thread.start(self.handle.prepare())

    def watcher(self) -> Watcher:
        """A new watcher of all jobs, at one list call and one events call a look."""
        from fttui.services.polling_schedule import OF_AN_ARCHIVE, PollingSchedule, rest
        from fttui.services.watching import Watcher

        schedule = OF_AN_ARCHIVE if self.endpoint.archive else PollingSchedule()
        pause = self._options.rest or rest
        return Watcher(self.handle, catches_up=False, schedule=schedule, rest=pause)

    @property
    def refusal(self) -> str:
        """Why nothing can be changed here, as a sentence; "" where things can."""
        return READ_ONLY if self.endpoint.archive else ""

    def why_not(self, action: str) -> str:
        """Why no job can be cancelled, paused or resumed here, as a sentence; "" where one may."""
        offers = self._handle.offers if self._handle else None
        return self.refusal or (offers.why_not(action) if offers else "")

    @property
    def journal(self) -> Journal:
        """The journal; opened by the first use, which is best made off the screen's loop.

        One that could not be used is tried again some seconds later, while nothing would be lost.
        """
        from fttui.storage.journal import Journal

        with self._journal_lock:
            is_at_work = self._submissions is not None and self._submissions.at_work
            if self._journal is None or (self._journal.may_open_again and not is_at_work):
                self._journal = Journal.open(self._options.journal_folder)
            return self._journal

    @property
    def opened_journal(self) -> Journal | None:
        """The journal if it has been opened; never blocks."""
        return self._journal

    @property
    def submissions(self) -> Submissions:
        """The submissions of this endpoint and key; raises NoKeyError without a key."""
        from fttui.services.submission.submissions import Submissions
        from fttui.services.submission.types import MIB, UploadOptions

        journal = self.journal
        with self._lock:
            if self._submissions is None or self._submissions.journal is not journal:
                self._submissions = Submissions(
                    self.handle,
                    journal,
                    self.account,
                    upload_options=self._options.upload
                    or UploadOptions(direct_bytes=self.settings.direct_upload_mb * MIB),
                    send_options=self._options.send,
                )
            return self._submissions

    @property
    def account(self) -> Account:
        """Whose jobs and files these are; raises NoKeyError without a key."""
        from fttui.services.known_jobs import owner_of
        from fttui.storage.journal import Account

        endpoint, key = self.endpoint, self._secret().fingerprint
        scope = "" if endpoint.archive else owner_of(endpoint, key).scope
        return Account(endpoint.server, key, endpoint.place, scope)

    @property
    def annotations(self) -> KeptAnnotations:
        """Notes, labels and hidden jobs of this account, or those that the archive holds.

        It waits for the disk, so it is best used off the screen's loop; raises NoKeyError without
        a key.
        """
        from fttui.storage.annotations import Annotations, SavedAnnotations

        if self.endpoint.archive:
            from fttui.storage.archive.annotations import read_annotations

            return SavedAnnotations(
                read_annotations(Path(self.endpoint.profile.archive)), self.refusal
            )
        return Annotations(self.journal, self.account)

    @property
    def list_owner(self) -> ListOwner | None:
        """Whose list of jobs is kept between runs; None for an archive, which is at hand itself.

        Raises NoKeyError without a key.
        """
        if self.endpoint.archive:
            return None
        from fttui.services.known_jobs import owner_of

        return owner_of(self.endpoint, self._secret().fingerprint)

    @property
    def archive(self) -> KnownArchive | None:
        """The archive that is read, or this account's, wherever it is; None without one."""
        from fttui.storage.archive.known import KnownArchive, archive_at, find_archive

        if self.endpoint.archive:
            opened = Path(self.endpoint.profile.archive).resolve()  # what was named may be a link
            return archive_at(opened) or KnownArchive(opened, "")
        if self.credential is None:
            return None
        account = self.account
        return find_archive(account.host, account.name, account.base_url)

    @property
    def key_route(self) -> str:
        """Which key goes where: `OPENAI_API_KEY -> api.openai.com`; safe to show.

        An archive has no key that a person would know.
        """
        if self.endpoint.archive:
            return self.endpoint.host
        name = self.credential.name if self.credential else _("no key")
        return f"{name} -> {self.endpoint.host}"

    def with_key(
        self, secret: Secret, source: str = _("typed for this session"), name: str = _("typed key")
    ) -> None:
        """Use `secret` from now on, in this run only; `source` and `name` as in Credential."""
        with self._lock:
            old = self._handle
            self.credential = Credential(secret, source, name)
            self.key_problem = ""
            self._handle = self._submissions = None
        if old is not None:
            self.thread.start(old.close())

    def settle(self, grace: float = CLOSE_GRACE) -> None:
        """Wait for a create call on its way, up to `grace` seconds from the first such wait on."""
        with self._lock:
            submissions = self._submissions
        if submissions is None or not submissions.has_paid_calls:
            return
        self._end = self._end or time.monotonic() + grace
        with contextlib.suppress(concurrent.futures.TimeoutError, ServiceError):
            left = max(0.0, self._end - time.monotonic())
            self.thread.start(submissions.settle()).result(left)

    def close(self, grace: float = CLOSE_GRACE) -> None:
        """End the run: wait up to `grace` seconds for a create call on its way, then stop all.

        What is still unanswered then stays in the journal as unknown. Never raises.
        """
        self.settle(grace)
        end = self._end or time.monotonic() + grace
        with self._lock:
            handle, journal = self._handle, self._journal
        if handle is not None and self.thread.is_running:
            with contextlib.suppress(Exception):  # a connection that will not close ends with us
                self.thread.start(_close(handle)).result(max(0.1, end - time.monotonic()))
        ended = self.thread.stop(max(0.2, end - time.monotonic()))
        if journal is not None and ended:
            journal.close()

    def _secret(self) -> Secret:
        if self.credential is None:
            raise NoKeyError(self.key_problem, self.endpoint)
        return self.credential.secret

    def _take_archive(self, archive: ServedArchive, environ: Mapping[str, str]) -> None:
        hide_keys(environ, (DEFAULT_VARIABLE, "OPENAI_ADMIN_KEY"))
        self.archive_notes = archive.notes
        self.credential = Credential(archive.key, _("the archive's own server"), _("archive"))

    def _find_key(self, environ: Mapping[str, str]) -> None:
        found = search_key(self.endpoint, environ)
        self.credential, self.key_notes = found.credential, found.notes
        if self.credential is None:
            self.key_problem = " ".join(found.problems)
        else:
            self.key_notes = (*found.problems, *found.notes)

    def _show_retry(self, notice: RetryNotice) -> None:
        if self.on_retry is not None:
            self.on_retry(notice)


async def _close(handle: FineTuningHandle) -> None:
    async with asyncio.timeout(0.5):
        await handle.close()
