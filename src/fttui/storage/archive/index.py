"""Writing `index.json`: every file of an archive with its hash, and what could not be had."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fttui import __version__
from fttui.storage.archive.folder import CONTENTS, FILES, JOBS, ArchiveFolder
from fttui.storage.archive.head import FORMAT, INDEX, VERSION
from fttui.storage.archive.saved import CONTENT, SAVED, Missing, SavedContent, SavedFile, SavedJob
from fttui.terminal.text import safe_json

TOP_FILES = ("files.jsonl", "index.html", "jobs.jsonl", "models.jsonl", "notes.jsonl")
JOB_FILES = (
    *("checkpoints.jsonl", "events.jsonl", "index.html", "job.json", "metrics.csv"),
    SAVED,
)


@dataclass(slots=True)
class Totals:
    """What stands in an archive, counted; `saved` things of those that could be had."""

    jobs: int = 0
    files: int = 0
    models: int = 0
    saved: int = 0
    failed: int = 0
    size: int = 0
    missing: list[Missing] = field(default_factory=list)

    @property
    def things(self) -> int:
        """All that the endpoint still has, as far as was asked."""
        return self.saved + self.failed

    def note_missing(self, missing: Sequence[Missing]) -> None:
        """Count what could not be had."""
        self.missing += missing
        self.failed += sum(one.is_failure for one in missing)

    def to_json(self) -> dict[str, int]:
        """The counts, for the index and for programs."""
        return {
            "jobs": self.jobs,
            "files": self.files,
            "models": self.models,
            "things": self.things,
            "saved": self.saved,
        }


def count(folder: ArchiveFolder) -> Totals:
    """What the folders of jobs and files hold, and what they lack."""
    totals = Totals()
    for name in folder.names_in(FILES):
        content = SavedContent.read(folder.read_json(f"{FILES}/{name}/{SAVED}"))
        if content is not None:
            totals.saved += bool(content.kept)
            totals.note_missing(content.missing)
    for name in folder.names_in(JOBS):
        job = SavedJob.read(folder.read_json(f"{JOBS}/{name}/{SAVED}"))
        if job is not None:
            totals.saved += sum(bool(file.source) for file in job.files)
            totals.note_missing(job.missing)
    return totals


def write_index(
    folder: ArchiveFolder, top: Sequence[SavedFile], totals: Totals, saved: str
) -> None:
    """Write `index.json` for all that is in `folder`; `top` are the files at its top.

    `saved` is the moment, as RFC 3339; `totals` gets the size. Raises OSError.
    """
    head = {
        "format": FORMAT,
        "version": VERSION,
        "host": folder.head.host,
        "base_url": folder.head.base_url,
        "account": folder.head.account,
        "saved": saved,
        "fttui": __version__,
        "counts": totals.to_json(),
    }
    pieces = _pieces(head, totals, _entries(folder, top))
    folder.write(INDEX, _with_own_hash(pieces), "")


def _pieces(
    head: Mapping[str, object], totals: Totals, entries: Iterable[SavedFile]
) -> Iterator[bytes]:
    yield b"{\n"
    yield from (f'"{name}": {safe_json(value)},\n'.encode() for name, value in head.items())
    missing = ",\n".join(safe_json(one.to_json()) for one in totals.missing)
    yield f'"missing": [\n{missing}\n],\n"files": [\n'.encode()
    for number, entry in enumerate(entries):
        totals.size += entry.size
        yield b",\n" * bool(number) + safe_json(entry.to_json()).encode()
    yield b"\n],\n"


def _with_own_hash(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The index, and at its end the hash of all bytes before that."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        yield piece
    yield f'"sha256": "{digest.hexdigest()}"\n}}\n'.encode()


def _entries(folder: ArchiveFolder, top: Sequence[SavedFile]) -> Iterator[SavedFile]:
    """Every file that a run of the archive has written, in the order of the paths.

    What somebody else has put beside them is not in the index, so that a check finds it.
    """
    contents: dict[str, SavedFile] = {}
    of_files = list(_entries_of_files(folder, contents))
    for name in folder.names_in(CONTENTS):
        path = f"{CONTENTS}/{name}"
        is_ours = CONTENT.fullmatch(path) and folder.has(path)
        found = (contents.get(path) or folder.hashed(path)) if is_ours else None
        if found is not None and name.startswith(found.sha256):
            yield found
    known = {file.path: file for file in top}
    # As paths, the files at the top and those in folders stand among each other.
    for name in sorted((*TOP_FILES, f"{FILES}/", f"{JOBS}/")):
        if name == f"{FILES}/":
            yield from of_files
        elif name == f"{JOBS}/":
            yield from _entries_of_jobs(folder)
        elif name in known or folder.has(name):
            yield known.get(name) or folder.hashed(name)


def _entries_of_files(folder: ArchiveFolder, contents: dict[str, SavedFile]) -> Iterator[SavedFile]:
    for name in folder.names_in(FILES):
        path = f"{FILES}/{name}"
        saved = SavedContent.read(folder.read_json(f"{path}/{SAVED}"))
        if saved is not None:
            for file in saved.kept:
                contents.setdefault(file.path, file)
            yield folder.hashed(f"{path}/{SAVED}")


def _entries_of_jobs(folder: ArchiveFolder) -> Iterator[SavedFile]:
    for name in folder.names_in(JOBS):
        path = f"{JOBS}/{name}"
        saved = SavedJob.read(folder.read_json(f"{path}/{SAVED}"))
        known = {file.path: file for file in saved.files} if saved is not None else {}
        for one in JOB_FILES:
            if one in known:
                yield replace(known[one], path=f"{path}/{one}")
            elif folder.has(f"{path}/{one}"):
                yield folder.hashed(f"{path}/{one}")
