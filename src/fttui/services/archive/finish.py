"""The end of a run: what only the archive itself knows, its page and its index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fttui.services.archive.lists import (
    FILE_LIST,
    JOB_LIST,
    MODEL_LIST,
    NOTES,
    entry_of,
    id_of,
    line_of,
    record_of,
    sound,
)
from fttui.services.archive.pages import FileRow, IndexHeader, JobRow, index_page
from fttui.services.endpoint.models import Job, Model, TrainingFile
from fttui.services.endpoint.records import Record
from fttui.storage.annotations import Annotation
from fttui.storage.archive.annotations import annotations_in, is_annotation
from fttui.storage.archive.folder import FILES, JOBS, ArchiveFolder, now_text
from fttui.storage.archive.gone_models import is_gone_record
from fttui.storage.archive.index import Totals, count, write_index
from fttui.storage.archive.names import folder_name
from fttui.storage.archive.saved import FAILED, SAVED, Missing, SavedContent, SavedFile
from fttui.terminal.language import _, in_english
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.archive.gone import GoneModels

_PAGE = "index.html"


@in_english()
def finish(
    folder: ArchiveFolder,
    top: dict[str, SavedFile],
    *,
    notes: Sequence[Record],
    gone: GoneModels | None,
    missing: Sequence[Missing],
    chosen: frozenset[str],
) -> Totals:
    """Write what is left to write; `top` are the files at the top, `missing` is of this run.

    `gone` tells which models are not there any more, None where nobody knows. `chosen` are the
    jobs that were asked for, none for all. Raises OSError.
    """
    saved = now_text()
    top[FILE_LIST] = folder.write(FILE_LIST, _all_files(folder), _source(top, FILE_LIST))
    top[NOTES] = folder.write(NOTES, _all_notes(folder, notes, gone), "")
    totals = count(folder)
    totals.saved += sum(1 for file in top.values() if file.source and file.size)
    totals.note_missing([*missing, *_not_reached(folder, chosen)])
    totals.jobs = _lines_in(folder, JOB_LIST)
    totals.files = _lines_in(folder, FILE_LIST)
    totals.models = _lines_in(folder, MODEL_LIST)
    page = (piece.encode("utf-8", "replace") for piece in _page(folder, totals, saved, gone))
    top[_PAGE] = folder.write(_PAGE, page, "")
    write_index(folder, list(top.values()), totals, saved)
    return totals


def _source(top: dict[str, SavedFile], name: str) -> str:
    return top[name].source if name in top else ""


def _lines_in(folder: ArchiveFolder, name: str) -> int:
    return sum(1 for _line in folder.lines(name))


def _all_files(folder: ArchiveFolder) -> Iterator[bytes]:
    """The list of files, and behind it those that only jobs name."""
    known = set()
    for line in folder.lines(FILE_LIST):
        known.add(id_of(line))
        yield line
    for name in folder.names_in(FILES):
        saved = SavedContent.read(folder.read_json(f"{FILES}/{name}/{SAVED}"))
        if saved is not None and saved.id not in known:
            yield line_of({"id": saved.id, "folder": f"{FILES}/{name}", "record": None})


def _all_notes(
    folder: ArchiveFolder, notes: Sequence[Record], gone: GoneModels | None
) -> Iterator[bytes]:
    """The notes of now, and earlier ones that are not among them.

    What is kept beside jobs is as it is now, where anything is, and which models are gone where
    that was told now.
    """
    told = gone.notes() if gone else ()
    named = {record["gone_model"] for record in told}
    known = {note.get("submission") for note in notes if "submission" in note}
    is_kept = any(map(is_annotation, notes))
    for line in sound(folder.lines(NOTES)):
        entry = entry_of(line)
        if is_annotation(entry):
            if not is_kept:
                yield line
        elif is_gone_record(entry):
            if not (gone and gone.is_told) and entry["gone_model"] not in named:
                yield line
        elif entry.get("submission") not in known:
            yield line
    yield from map(line_of, [*notes, *told])


def _not_reached(folder: ArchiveFolder, chosen: frozenset[str]) -> Iterator[Missing]:
    reason = _("It was not reached.")
    for line in folder.lines(JOB_LIST):
        raw_id = id_of(line)
        if not raw_id or (chosen and raw_id not in chosen):
            continue
        if not folder.has(f"{JOBS}/{folder_name(raw_id)}/{SAVED}"):
            yield Missing(_("the job {job}", job=safe(raw_id, maxlen=200)), FAILED, reason)


def _page(
    folder: ArchiveFolder, totals: Totals, saved: str, gone: GoneModels | None
) -> Iterator[str]:
    head = folder.head
    header = IndexHeader(
        host=head.host,
        base_url=head.base_url,
        saved=datetime.fromisoformat(saved),
        counts=totals.to_json(),
        account=head.account,
    )
    missing = ((one.what, one.reason) for one in totals.missing)
    lacks = gone.lacks if gone else lambda _model: False
    rows, models, files = _job_rows(folder), _models(folder), _file_rows(folder)
    return index_page(header, rows, missing, models, files, lacks)


def _job_rows(folder: ArchiveFolder) -> Iterable[JobRow]:
    kept = annotations_in(map(entry_of, folder.lines(NOTES)))
    for line in folder.lines(JOB_LIST):
        entry = entry_of(line)
        job = Job.read(record_of(entry))
        if job is not None:
            raw_id = id_of(line)
            place = f"{JOBS}/{folder_name(raw_id)}" if raw_id else ""
            yield JobRow(job, place, kept.get(raw_id, Annotation()))


def _models(folder: ArchiveFolder) -> Iterable[Model]:
    for line in folder.lines(MODEL_LIST):
        model = Model.read(record_of(entry_of(line)))
        if model is not None:
            yield model


def _file_rows(folder: ArchiveFolder) -> Iterable[FileRow]:
    for line in folder.lines(FILE_LIST):
        raw_id = id_of(line)
        file = TrainingFile.read({"id": raw_id, **record_of(entry_of(line))})
        if file is None:
            continue
        name = f"{FILES}/{folder_name(raw_id)}/{SAVED}"
        saved = SavedContent.read(folder.read_json(name)) or SavedContent(raw_id)
        places = [(_("content"), saved.content.path)] if saved.content else []
        places += [(_("decoded"), saved.decoded.path)] if saved.decoded else []
        yield FileRow(file, places, " ".join(one.reason for one in saved.missing))
