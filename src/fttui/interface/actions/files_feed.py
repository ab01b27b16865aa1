"""Loading files, knowing which jobs use them, and keeping the list fresh while it is in front."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fttui.interface.tab_messages.files import (
    FileGone,
    FilesChanged,
    FilesFailed,
    FilesLoading,
    FilesPage,
    FileUsesLearned,
)
from fttui.services.endpoint.errors import NotFoundError, ServiceError, UnexpectedError
from fttui.services.following import Turns
from fttui.services.polling_schedule import OF_AN_ARCHIVE, PollingSchedule
from fttui.services.stored_files.names import source_of, with_names
from fttui.services.stored_files.uses import FileUses, ask_jobs
from fttui.services.stored_files.words import is_moving, listed_still_text, name_of
from fttui.terminal.format import counted, cut
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from textual.worker import Worker

    from fttui.interface.actions.job_feed import JobFeed
    from fttui.interface.host import Host
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Job, Page, TrainingFile

_TAB = "files"
_NEWEST = 20
"""Files that are asked for when nothing moves, to see what others have uploaded and deleted."""
_MOST_MISSED = 3


def now_utc() -> datetime:
    """The time that the ages of files are counted to."""
    return datetime.now(UTC)


class FileFeed:
    """Reads of the endpoint's files. `uses` is what is known of their jobs, `clock` tells the time.

    `selection` is set by the pane: the files that an action goes to.
    """

    def __init__(self, host: Host, job_feed: JobFeed) -> None:
        self._host = host
        self._job_feed = job_feed
        self.uses = FileUses()
        self.clock: Callable[[], datetime] = now_utc
        self.selection: Callable[[], Sequence[TrainingFile]] = tuple
        self._load: Worker[None] | None = None
        self._files: dict[str, TrainingFile] = {}
        self._sources: dict[str, str] = {}
        self._meanwhile: dict[str, Job] = {}
        self._deleted: dict[str, str] = {}
        self._timer: Any = None
        self._turns = Turns()
        self._quiet = self._failures = 0
        is_archive = bool(host.session.endpoint.archive)
        self._schedule = OF_AN_ARCHIVE if is_archive else PollingSchedule()

    def load(self) -> None:
        """Load all pages; while that is under way, asking again changes nothing."""
        if self._load is None or self._load.is_finished or self._load.is_cancelled:
            self._load = self._host.start_worker(self._load_files, group="files", waits_for="")
        if self._job_feed.knows_all_jobs:
            self.learn_uses()
        else:
            self._job_feed.load_what_is_missing()

    def stop_loading(self) -> None:
        """Give up the load of the list, if one is under way."""
        if self._load is not None and not self._load.is_finished:
            self._load.cancel()

    def ask_of(self, file: TrainingFile, ask: Callable[[], object]) -> None:
        """Ask for something of this file alone, whatever is marked."""
        before, self.selection = self.selection, lambda: [file]
        try:
            ask()
        finally:
            self.selection = before

    def files_changed(self, files: Sequence[TrainingFile], *, select: bool = False) -> None:
        """An action made these files what they are now."""
        self._files |= {file.id: file for file in files}
        self._host.post(FilesChanged(files, select=select))
        self.watch()

    def file_gone(self, file: TrainingFile) -> None:
        """A file was deleted."""
        self._files.pop(file.id, None)
        self._deleted[file.id] = name_of(file)
        self._host.post(FileGone(file.id))

    def note_jobs(self, jobs: Iterable[Job]) -> bool:
        """Take what these jobs tell of their files now; True when that was not known."""
        told = [*jobs]
        self._meanwhile |= {job.raw_id or job.id: job for job in told}
        new = [job for job in told if self.uses.note(job)]  # each has to be noted
        return bool(new)

    def learn_uses(self) -> None:
        """Learn from all jobs that are known which files they use, and tell the pane."""
        self._host.start_worker(self._learn_uses, group="file-uses", exclusive=True, waits_for="")

    def source_text(self, file: TrainingFile) -> str:
        """Where a file came from on this machine, "" until that is found out."""
        if file.id not in self._sources and file.raw_id:
            self._sources[file.id] = ""

            async def find() -> None:
                source = await asyncio.to_thread(source_of, self._host.session, file)
                if source is not None and source.path:
                    self._sources[file.id] = safe_path(source.path)
                    self._host.post(FileUsesLearned())

            self._host.start_worker(find, group="file-source", waits_for="")
        return self._sources.get(file.id, "")

    def watch(self) -> None:
        """Look again soon, and then by the schedule as long as the tab is in front."""
        self._quiet = 0
        self._look_in(self._schedule.fastest)

    def _look_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._host.set_timer(self._schedule.jittered(seconds), self._look)

    def _look(self) -> None:
        if self._host.in_front == _TAB and self._host.session.credential is not None:
            self._host.start_worker(self._poll, group="files-look", exclusive=True, waits_for="")
        elif not self._host.in_front:  # a dialog stands before it
            self._look_in(self._schedule.fastest)

    async def _poll(self) -> None:
        session, now, gone = self._host.session, self.clock(), {*self._deleted}
        moving = [file for file in self._files.values() if is_moving(file, now)]
        try:
            changed = await session.thread.read(self._changed(session.handle, moving))
        except ServiceError:
            self._failures += 1
            self._look_in(self._schedule.failed(self._failures))
            return
        self._failures = 0
        self._quiet = 0 if changed else self._quiet + 1
        if changed:
            named = await with_names(session, changed)
            named = self._but_deleted_since(named, gone)
            self._tell_deleted({file.id for file in named})
            self._files |= {file.id: file for file in named}
            self._host.post(FilesChanged(named))
        self._look_in(self._schedule.quiet(self._quiet) if moving else self._schedule.idle)

    async def _changed(
        self, handle: FineTuningHandle, moving: Sequence[TrainingFile]
    ) -> list[TrainingFile]:
        """Which files are not as they were: a few that move, or else the newest of all."""
        told: tuple[TrainingFile, ...] = ()
        if moving:
            looked_at = self._turns.next([file.raw_id for file in moving if file.raw_id])
        else:
            page = await handle.list_files(limit=_NEWEST)
            told, looked_at = page.items, missed_by(page, self._files.values())[:_MOST_MISSED]
        for raw_id in looked_at:
            try:
                told = (*told, await handle.retrieve_file(raw_id))
            except NotFoundError:
                self._drop_by_others(raw_id)
        return [file for file in told if file.id and self._differs(file)]

    def _differs(self, file: TrainingFile) -> bool:
        known = self._files.get(file.id)
        return known is None or (known.status, known.status_details) != (
            file.status,
            file.status_details,
        )

    def _drop_by_others(self, raw_id: str) -> None:
        for key in [key for key, file in self._files.items() if file.raw_id == raw_id]:
            del self._files[key]
            self._host.post(FileGone(key, was_asked_for=False))

    async def _load_files(self) -> None:
        session, gone = self._host.session, {*self._deleted}
        self._host.post(FilesLoading())
        try:
            goes_on = await session.thread.read(self._read_all(session.handle, gone))
        except ServiceError as error:
            self._host.post(FilesFailed(error))
        except asyncio.CancelledError:
            text = _("Loading the files was stopped.")
            self._host.post(FilesFailed(ServiceError(text)))
            raise
        except Exception:
            self._host.post(FilesFailed(UnexpectedError()))
            raise
        else:
            self._host.post(FilesPage((), last=True, goes_on=goes_on))
            self._tell_deleted(self._files)
        finally:
            if not self.uses.is_whole:
                self.learn_uses()

    def _tell_deleted(self, listed: Iterable[str]) -> None:
        """Say once of files that were deleted that they are listed all the same."""
        names = [self._deleted.pop(one) for one in [*listed] if one in self._deleted]
        if names:
            what = cut(names[0], 40) if len(names) == 1 else counted(len(names), "file")
            self._host.notice(
                listed_still_text(what, self._host.session.endpoint.host),
                severity="warning",
            )

    async def _read_all(self, handle: FineTuningHandle, gone: Container[str]) -> bool:
        """Read all pages, on the service thread; True when the list has no end that is told.

        What was deleted and is not among what was `gone` before was read before it was deleted.
        """
        goes_on, found = False, dict[str, "TrainingFile"]()
        async for page in handle.file_pages():
            goes_on = page.goes_on
            named = await with_names(self._host.session, list(page.items))
            named = self._but_deleted_since(named, gone)
            found |= {file.id: file for file in named if file.id}
            self._host.post(FilesPage(tuple(named), dropped=page.dropped, goes_on=goes_on))
        self._files = {file.id: file for file in self._but_deleted_since(found.values(), gone)}
        return goes_on

    def _but_deleted_since(
        self, files: Iterable[TrainingFile], gone: Container[str]
    ) -> list[TrainingFile]:
        return [file for file in files if file.id not in self._deleted or file.id in gone]

    async def _learn_uses(self) -> None:
        feed, session = self._job_feed, self._host.session
        self._meanwhile = {}
        jobs = [*feed.seen_jobs.values(), *self._host.listed_jobs()]
        learned = await asyncio.to_thread(
            FileUses, jobs, is_whole=feed.knows_all_jobs, problem=feed.failure
        )
        for job in await session.thread.read(ask_jobs(session.handle, learned)):
            learned.note_whole(job)
        for job in self._meanwhile.values():
            learned.note(job)
        self.uses = learned
        self._host.post(FileUsesLearned())


def missed_by(page: Page[TrainingFile], known: Iterable[TrainingFile]) -> list[str]:
    """The raw ids of known files that a page of the newest should have: others delete too."""
    times = [file.created_at.timestamp() if file.created_at else 0.0 for file in page.items]
    if (page.goes_on and not times) or times != sorted(times, reverse=True):
        return []
    oldest, listed = times[-1] if page.goes_on else 0.0, {file.id for file in page.items}
    return [
        file.raw_id
        for file in known
        if file.id not in listed
        and file.raw_id
        and file.created_at is not None
        and file.created_at.timestamp() > oldest
    ]
