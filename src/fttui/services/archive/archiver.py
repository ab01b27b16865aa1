"""One run of the archive: lists, then jobs, then files, then the index of it all."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from fttui.services.archive.contents import ContentSaver
from fttui.services.archive.finish import finish
from fttui.services.archive.jobs import JobSaver
from fttui.services.archive.lists import (
    FILE_LIST,
    JOB_LIST,
    MODEL_LIST,
    entry_of,
    id_of,
    line_of,
    merged,
    record_of,
    sound,
)
from fttui.services.archive.plan import (
    ArchiveOptions,
    ArchiveProgress,
    ArchiveResult,
    missing_for,
)
from fttui.services.archive.threads import in_thread
from fttui.services.archive.throttle import AT_ONCE, GaveUpError, Throttle
from fttui.services.aside import aside
from fttui.services.endpoint.errors import ServiceError
from fttui.services.endpoint.job_reads import is_usable_id
from fttui.services.endpoint.models import Job, Page
from fttui.services.endpoint.reading import as_integer, as_list, raw_text
from fttui.services.endpoint.records import FILES, JOBS, MODELS, Record, job_path, pages
from fttui.storage.archive.folder import FILES as FILES_FOLDER
from fttui.storage.archive.folder import JOBS as JOBS_FOLDER
from fttui.storage.archive.folder import ArchiveFolder, ArchiveRefused, HashedFile
from fttui.storage.archive.names import folder_name
from fttui.storage.archive.saved import Missing, SavedFile
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.services.archive.gone import GoneModels
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle

_ASKED_FOR = 3
"""Jobs of an earlier archive that another key is asked for, before it is refused."""
_FILE_FIELDS = ("training_file", "validation_file")


class Archiver:
    """Saves an account into `folder`; `notes` are fttui's own about its jobs.

    `gone` tells which models are not there any more, as far as that is known. `on_progress` is
    told, on the service thread, after each thing.
    """

    def __init__(
        self,
        handle: FineTuningHandle,
        folder: ArchiveFolder,
        options: ArchiveOptions | None = None,
        *,
        notes: Sequence[Record] = (),
        gone: GoneModels | None = None,
        on_progress: Callable[[ArchiveProgress], None] = lambda _: None,
    ) -> None:
        self._handle = handle
        self._folder = folder
        self._options = options or ArchiveOptions()
        self._notes = notes
        self._gone = gone
        self._on_progress = on_progress
        self._progress = ArchiveProgress()
        self._began = time.monotonic()
        self._throttle = Throttle(
            self._options.rate, self._say_wait, first_pause=handle.timeouts.first_pause
        )
        self._contents = ContentSaver(
            handle, folder, self._throttle, self._options, self._note_bytes
        )
        self._jobs = JobSaver(handle, folder, self._throttle, self._contents, gone)
        self._stop: Callable[[], object] = lambda: None
        self._is_stopped = False
        self._top: list[SavedFile] = []
        self._listed: defaultdict[str, set[str]] = defaultdict(set)
        """By list, the ids that the endpoint has told in this run."""
        self._missing: list[Missing] = []

    async def run(self) -> ArchiveResult:
        """Save everything, and say what came of it; cancelled, it leaves what is saved.

        Raises:
            ServiceError: the endpoint does not even list its jobs.
            ArchiveRefused: the folder holds another account's archive.
            OSError: the folder cannot be written.
        """
        error: ServiceError | None = None
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        if task is not None:
            self._stop = partial(loop.call_soon_threadsafe, task.cancel)
        if self._is_stopped:
            raise asyncio.CancelledError
        await self._begin()
        try:
            await self._save_models()
            await self._save_file_list()
            await self._save_job_list()
            await in_thread(self._meet_jobs)
            await self._save_jobs()
            await self._save_contents()
        except GaveUpError as gave_up:
            error = gave_up.error
        self._show(stage="index", seconds_left=None)
        totals = await in_thread(
            finish,
            self._folder,
            {file.path: file for file in self._top},
            notes=self._notes,
            gone=self._gone,
            missing=self._missing,
            chosen=frozenset(self._options.jobs),
        )
        if error is None:
            await in_thread(self._folder.mark_finished)
        return ArchiveResult(
            totals.jobs,
            totals.files,
            totals.models,
            totals.saved,
            totals.things,
            totals.size,
            self._throttle.requests,
            tuple(totals.missing),
            error,
            self._options.is_all,
        )

    def stop(self) -> None:
        """Have `run` end soon, by being cancelled, or not begin; from any thread."""
        self._is_stopped = True
        self._stop()

    async def _begin(self) -> None:
        """Prove that the key works, and that an archive of another key is of the same account."""
        try:
            page = await self._throttle(lambda: self._handle.records.page(JOBS, {"limit": 100}))
            earlier = self._folder.earlier
            if earlier is not None and earlier.account != self._folder.head.account:
                listed = {raw_text(job.get("id")) for job in page.items}
                await self._require_same_account(listed, earlier.host)
        except GaveUpError as gave_up:
            raise gave_up.error from gave_up
        self._folder.begin()

    async def _require_same_account(self, listed: set[str], host: str) -> None:
        """Raise ArchiveRefused unless this key, too, knows a job that is in the archive."""
        known = [id_of(line) for line in self._folder.lines(JOB_LIST)]
        if not known or not listed.isdisjoint(known):
            return
        for job_id in filter(is_usable_id, known[:_ASKED_FOR]):
            with suppress(ServiceError):
                read = partial(self._handle.records.one, job_path(job_id))
                if await self._throttle(read) is not None:
                    return
        raise ArchiveRefused(
            _(
                "{path} is the archive of another account of {host}.",
                path=safe_path(self._folder.path),
                host=safe(host),
            ),
            _("Name another folder with --to."),
        )

    async def _save_models(self) -> None:
        what, told = _("the list of models"), list[Record]()
        is_whole = await self._save_list(
            MODEL_LIST, MODELS, what, lambda raw_id: {"id": raw_id}, {}, told.extend
        )
        if self._gone is not None:
            await in_thread(partial(self._gone.learn, told, is_whole=is_whole))

    def _meet_jobs(self) -> None:
        """Find out which of their models are gone; waits for the disk."""
        if self._gone is not None:
            lines = self._folder.lines(JOB_LIST)
            jobs = (Job.read(record_of(entry_of(line))) for line in lines)
            self._gone.meet(job for job in jobs if job is not None)

    async def _save_file_list(self) -> None:
        def entry(raw_id: str) -> Record:
            return {"id": raw_id, "folder": _folder_of(FILES_FOLDER, raw_id)}

        query = {"limit": 1000, "order": "desc"}
        await self._save_list(FILE_LIST, FILES, _("the list of files"), entry, query)

    async def _save_job_list(self) -> None:
        def entry(raw_id: str) -> Record:
            return {"id": raw_id, "folder": _folder_of(JOBS_FOLDER, raw_id)}

        if self._options.jobs:
            named = await self._named_jobs()
            lines = merged(self._folder.lines(JOB_LIST), named, entry)
            self._top.append(await in_thread(self._folder.write, JOB_LIST, lines, f"GET {JOBS}"))
            return
        await self._save_list(JOB_LIST, JOBS, _("the list of jobs"), entry, {"limit": 100})

    async def _named_jobs(self) -> dict[str, Record]:
        named: dict[str, Record] = {}
        for job_id in dict.fromkeys(self._options.jobs):
            read = partial(self._handle.records.one, job_path(job_id))
            try:
                record = await self._throttle(read)
            except ServiceError as error:
                what = _("the job {job}", job=safe(job_id))
                self._missing.append(missing_for(what, error))
                continue
            if record is not None:
                named[job_id] = record
        return named

    async def _save_list(
        self,
        name: str,
        path: str,
        what: str,
        entry: Callable[[str], Record],
        query: dict[str, object],
        take: Callable[[Iterable[Record]], object] = lambda _records: None,
    ) -> bool:
        """Save a list, a line each; what was on an earlier one and is gone stays, at its end.

        `take` is given the records of each page. True where all of it was told, and readable.
        """
        seen = self._listed[name]
        dropped, is_whole = 0, True
        writing = self._folder.writing(name, f"GET {path}")
        async with aside(writing, patience=None) as (file, disk):
            try:
                async for page in self._pages(path, query):
                    dropped += page.dropped
                    take(page.items)
                    await disk.do(_add_records, file, page.items, entry, seen)
                    self._show(stage="listing", listed=name.split(".")[0], done=len(seen), total=0)
            except ServiceError as error:
                is_whole = False
                self._missing.append(missing_for(what, error))
            if dropped:
                entries = _(
                    "{entries} of {list}", entries=counted(dropped, "entry", "entries"), list=what
                )
                self._missing.append(Missing(entries, "unreadable", _("They are no objects.")))
            await disk.do(self._keep_earlier, name, seen, file)
        self._top.append(file.saved())
        return is_whole and not dropped

    def _keep_earlier(self, name: str, seen: set[str], file: HashedFile) -> None:
        """Add to a list what was on it before and is told no more."""
        for line in sound(self._folder.lines(name)):
            if id_of(line) not in seen:
                file.write(line)

    def _pages(self, path: str, query: dict[str, object]) -> AsyncIterator[Page[Record]]:
        read = self._handle.records
        return pages(lambda q: self._throttle(lambda: read.page(path, q)), query)

    async def _save_jobs(self) -> None:
        wanted = set(self._options.jobs)
        total = len(wanted) or sum(1 for _line in self._folder.lines(JOB_LIST))
        self._start_stage("jobs", total)

        async def save(line: bytes) -> None:
            entry = entry_of(line)
            raw_id, record = entry.get("id"), entry.get("record")
            if wanted and raw_id not in wanted:
                return
            if isinstance(raw_id, str) and isinstance(record, dict) and is_usable_id(raw_id):
                is_there = bool(wanted) or raw_id in self._listed[JOB_LIST]
                saved = await self._jobs.save(raw_id, record, is_there=is_there)
                self._note_done(any(one.is_failure for one in saved.missing))
            else:
                reason = _("No call can name it.")
                self._missing.append(Missing(_("a job without an id"), "no_id", reason))
                self._note_done(False)

        await _each(self._folder.lines(JOB_LIST), save)

    async def _save_contents(self) -> None:
        if not self._options.files:
            return
        wanted, sizes = await in_thread(self._wanted_files)
        self._start_stage("files", len(wanted))

        async def save(file_id: str) -> None:
            saved = await self._contents.save(
                file_id,
                sizes.get(file_id),
                is_result=wanted[file_id],
                is_there=file_id in self._listed[FILE_LIST],
            )
            self._note_done(any(one.is_failure for one in saved.missing))

        await _each(wanted, save)

    def _wanted_files(self) -> tuple[dict[str, bool], dict[str, int]]:
        """The files to save, and whether each is a result; and the sizes that are told."""
        wanted: dict[str, bool] = {}
        sizes: dict[str, int] = {}
        chosen = set(self._options.jobs)
        for line in self._folder.lines(JOB_LIST):
            entry = entry_of(line)
            record = record_of(entry)
            if chosen and entry.get("id") not in chosen:
                continue
            wanted |= dict.fromkeys(map(raw_text, as_list(record.get("result_files"))), True)
            wanted |= dict.fromkeys((raw_text(record.get(name)) for name in _FILE_FIELDS), False)
        for line in self._folder.lines(FILE_LIST):
            entry = entry_of(line)
            record, raw_id = record_of(entry), raw_text(entry.get("id"))
            size = as_integer(record.get("bytes"))
            if size is not None and size >= 0:
                sizes[raw_id] = size
            if not chosen:
                wanted.setdefault(raw_id, record.get("purpose") == "fine-tune-results")
        return {key: kind for key, kind in wanted.items() if is_usable_id(key)}, sizes

    def _start_stage(self, stage: str, total: int) -> None:
        self._began = time.monotonic()
        self._show(stage=stage, done=0, total=total, seconds_left=None)

    def _note_done(self, failed: bool) -> None:
        done, total = self._progress.done + 1, self._progress.total
        spent = time.monotonic() - self._began
        left = spent / done * max(total - done, 0) if spent > 1 else None
        failures = self._progress.failed + failed
        self._show(done=done, failed=failures, seconds_left=left)

    def _note_bytes(self, count: int) -> None:
        self._progress = replace(self._progress, size=self._progress.size + count)

    def _say_wait(self, seconds: float, error: ServiceError) -> None:
        note = _("{why} Again in {seconds:.0f} s.", why=error.sentence, seconds=seconds)
        self._show(note=note)

    def _show(self, *, note: str = "", **changes: Any) -> None:
        """Tell how far it is; a `note` stands until the next thing is told."""
        requests = self._throttle.requests
        self._progress = replace(self._progress, requests=requests, note=note, **changes)
        self._on_progress(self._progress)


async def _each(items: Iterable[Any], work: Callable[[Any], Awaitable[None]]) -> None:
    """`work` for each item, as many at once as may be asked at once; raises what one raises."""
    source: Iterator[Any] = iter(items)

    async def take() -> None:
        for item in source:
            await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _number in range(AT_ONCE):
                group.create_task(take())
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from failed


def _add_records(
    file: HashedFile, records: Iterable[Record], entry: Callable[[str], Record], seen: set[str]
) -> None:
    """Add the records of a page to a list, those that were `seen` on another page not again."""
    for record in records:
        raw_id = raw_text(record.get("id"))
        if raw_id not in seen or not raw_id:
            file.write(line_of({**entry(raw_id), "record": record}))
        seen.add(raw_id)


def _folder_of(kind: str, raw_id: str) -> str | None:
    return f"{kind}/{folder_name(raw_id)}" if raw_id else None
