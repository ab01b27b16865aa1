"""Saving one job: its record, events, checkpoints, metrics, results and page."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fttui.services.archive.contents import ContentSaver
from fttui.services.archive.pages import job_page
from fttui.services.archive.plan import missing_for
from fttui.services.archive.threads import in_thread
from fttui.services.archive.throttle import Throttle
from fttui.services.endpoint.errors import ServiceError
from fttui.services.endpoint.events import Checkpoint, JobEvent, Metrics
from fttui.services.endpoint.job_reads import is_usable_id
from fttui.services.endpoint.models import Job
from fttui.services.endpoint.offered import CHECKPOINTS, EVENTS
from fttui.services.endpoint.reading import as_list, raw_text
from fttui.services.endpoint.records import Record, job_path, pages, text_of
from fttui.services.result_files import merge_steps, read_metrics
from fttui.storage.archive.folder import JOBS, ArchiveFolder
from fttui.storage.archive.saved import SAVED, Missing, SavedFile, SavedJob, parsed
from fttui.terminal.language import _, in_english
from fttui.terminal.text import safe, safe_json

if TYPE_CHECKING:
    from fttui.services.archive.gone import GoneModels
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle

LATE_EVENTS = timedelta(minutes=5)
"""The last events of a job come after its end; until then it is read again."""
_PARTS = {"events": EVENTS, "checkpoints": CHECKPOINTS}


@dataclass(slots=True)
class _Found:
    """What one look at a job brought: records by part, oldest first, each once; None for none.

    `gone` are the names of what is deleted of the models that it has made.
    """

    gone: tuple[str, ...] = ()
    parts: dict[str, list[Record] | None] = field(default_factory=dict)
    metrics: list[Metrics] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)


class JobSaver:
    """Saves jobs, and asks nothing about one that is saved and can never change again."""

    def __init__(
        self,
        handle: FineTuningHandle,
        folder: ArchiveFolder,
        throttle: Throttle,
        contents: ContentSaver,
        gone: GoneModels | None = None,
    ) -> None:
        self._handle = handle
        self._folder = folder
        self._throttle = throttle
        self._contents = contents
        self._gone = gone

    async def save(self, raw_id: str, record: Record, *, is_there: bool = True) -> SavedJob:
        """What is now kept of the job, which `is_there` when the endpoint has just told of it.

        Raises GaveUpError and OSError.
        """
        job = Job.read(record) or Job(id=safe(raw_id))
        text = _document(record)
        earlier = await in_thread(self._folder.saved_job, raw_id)
        results = [one for one in map(raw_text, as_list(record.get("result_files"))) if one]
        results = [one for one in results if is_usable_id(one)]
        found = _Found(gone=self._gone.of(job) if self._gone else ())
        is_saved = earlier is not None and earlier.final and _is_record(earlier, text)
        if earlier is not None and is_saved and earlier.gone == found.gone:
            for result in results:
                await self._contents.save(result, is_result=True)
            return earlier
        if earlier is not None and is_saved:  # its page alone is told anew
            found.missing += earlier.missing
        else:
            for part in _PARTS:
                await self._read_part(raw_id, part, found, is_there=is_there)
        for result in results:
            saved = await self._contents.save(result, is_result=True)
            source = await in_thread(self._contents.metrics_source, saved)
            found.metrics += await in_thread(read_metrics, source)
        return await in_thread(self._write, job, raw_id, text, found, results)

    async def _read_part(self, raw_id: str, part: str, found: _Found, *, is_there: bool) -> None:
        """Read all events or checkpoints of a job; what is not offered is asked for once.

        A job that is gone says nothing about what the endpoint offers.
        """
        what = _("the {part} of {job}", part=part, job=safe(raw_id, maxlen=200))
        offers, call = self._handle.offers, _PARTS[part]
        refusal = offers.refusal_of(call)
        records: list[Record] = []
        if refusal is None:
            try:
                await self._read_all(job_path(raw_id, part), records)
                offers.note_answer(call)
            except ServiceError as error:
                if is_there:
                    offers.note_refusal(call, error)
                refusal = offers.refusal_of(call) or error
        if refusal is not None:
            found.missing.append(missing_for(what, refusal))
        told: dict[str, Record] = {}
        for record in records:
            told.setdefault(_name(record), record)
        found.parts[part] = list(told.values())[::-1] if told or refusal is None else None

    async def _read_all(self, path: str, records: list[Record]) -> None:
        """Add what a list has to `records`, newest first; of one that breaks off, what came."""
        read = self._handle.records
        query = {"limit": 100}
        async for page in pages(lambda q: self._throttle(lambda: read.page(path, q)), query):
            records += page.items

    @in_english()
    def _write(
        self, job: Job, raw_id: str, text: bytes, found: _Found, results: Sequence[str]
    ) -> SavedJob:
        folder = self._folder.make_folder(JOBS, raw_id)
        parts = {part: self._merged(folder, part, found.parts.get(part)) for part in _PARTS}
        events = [event for one in parts["events"] or () if (event := JobEvent.read(one))]
        told = [event.metrics for event in events if event.metrics]
        metrics = merge_steps([*told, *found.metrics])
        files = [self._file(folder, "job.json", [text], f"GET {job_path(raw_id)}")]
        for part, records in parts.items():
            if records is not None:
                lines = (f"{safe_json(record)}\n".encode() for record in records)
                files.append(
                    self._file(folder, f"{part}.jsonl", lines, f"GET {job_path(raw_id, part)}")
                )
        files.append(self._file(folder, "metrics.csv", [_csv(metrics)], ""))
        page = job_page(
            job,
            events,
            [one for record in parts["checkpoints"] or () if (one := Checkpoint.read(record))],
            metrics,
            [(file.path, file.path) for file in files],
            [(one.what, one.reason) for one in found.missing],
            found.gone,
        )
        files.append(self._file(folder, "index.html", [page.encode("utf-8", "replace")], ""))
        final = not any(one.is_failure for one in found.missing) and _is_over(job, events)
        missing = tuple(found.missing)
        saved = SavedJob(raw_id, final, tuple(files), tuple(results), missing, found.gone)
        self._file(folder, SAVED, [_document(saved.to_json())], "")
        return saved

    def _file(self, folder: str, name: str, pieces: Iterable[bytes], source: str) -> SavedFile:
        saved = self._folder.write(f"{folder}/{name}", pieces, source)
        return SavedFile(name, saved.sha256, saved.size, source, saved.when)

    def _merged(self, folder: str, part: str, records: list[Record] | None) -> list[Record] | None:
        """`records` behind those that are kept and no longer told; None where there are none."""
        kept = [
            record
            for line in self._folder.lines(f"{folder}/{part}.jsonl")
            if isinstance(record := parsed(line), dict)
        ]
        if records is None:
            return kept or None
        told = {_name(record) for record in records}
        return [*(record for record in kept if _name(record) not in told), *records]


def _name(record: Record) -> str:
    return text_of(record, "id") or safe_json(record)


def _document(value: Any) -> bytes:
    return f"{safe_json(value, indent=1)}\n".encode()


def _is_record(saved: SavedJob, text: bytes) -> bool:
    file = saved.file("job.json")
    return file is not None and file.sha256 == hashlib.sha256(text).hexdigest()


def _is_over(job: Job, events: Sequence[JobEvent]) -> bool:
    """True when the job has ended, long enough ago for its last events to be there."""
    last = [event.created_at for event in events if event.created_at]
    moments = [moment for moment in (job.finished_at, *last) if moment]
    newest = max(moments, default=datetime.fromtimestamp(0, UTC))
    return job.status.is_final and datetime.now(UTC) - newest > LATE_EVENTS


def _csv(metrics: Sequence[Metrics]) -> bytes:
    """One line a step, a column for each number; blank where none was told."""
    text = io.StringIO(newline="")
    names = [one.name for one in fields(Metrics)]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for step in metrics:
        writer.writerow(["" if (value := getattr(step, n)) is None else value for n in names])
    return text.getvalue().encode()
