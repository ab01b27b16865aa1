"""What an archive holds: whose it is, and its jobs, histories, files and models."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from ..config import StartError, reason, shown
from .folder import CONTENT, FOLDER, Folder, parsed, signature
from .lines import Entry, Lines

VERSION = 1
"""The newest version of archives that is known here."""
JOBS, FILES, MODELS = "jobs.jsonl", "files.jsonl", "models.jsonl"
log = logging.getLogger("fttui.server")

_FORMAT = "fttui-archive"
_HEAD_BYTES = 65_536
_HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,253}", re.ASCII)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_HISTORIES_KEPT = 8
_LONGEST_ID = 512


@dataclass(frozen=True, slots=True)
class Head:
    """Whose archive it is: `host` as people know it, `saved` the day, such as 2026-11-26.

    Both are "" where nothing sound tells them. `is_finished` is False while a run is at work on it,
    or after one that was stopped; `has_index` is False without a sound head of `index.json`.
    """

    host: str = ""
    saved: str = ""
    version: int = VERSION
    is_finished: bool = True
    has_index: bool = True

    @property
    def label(self) -> str:
        """`archive of HOST, saved DATE`."""
        if not self.host:
            return "archive of an unknown endpoint"
        if self.saved:
            return f"archive of {self.host}, saved {self.saved}"
        return (
            f"archive of {self.host}"
            if self.is_finished
            else f"archive of {self.host}, not finished"
        )


@dataclass(frozen=True, slots=True)
class Soundness:
    """What of an archive's lists can be read, by the name of the list.

    `unreadable` counts lines; `missing` are lists that are not there, `cut` those that are longer
    than what is read of one.
    """

    unreadable: dict[str, int]
    missing: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsaved:
    """Something that the archive does not have, with the reason where it tells one."""

    reason: str = ""


class Archive:
    """An archive as it is now: a run that works on it may replace its files meanwhile.

    Raises StartError when the folder cannot be opened. Use it from one thread at a time.
    """

    def __init__(self, path: Path) -> None:
        self.folder = _opened(path)
        self._told: set[str] = set()
        self._lists: dict[str, Lines] = {}
        self._histories: OrderedDict[str, Lines] = OrderedDict()

    def close(self) -> None:
        """Let all files go."""
        for lines in (*self._lists.values(), *self._histories.values()):
            lines.close()
        self._lists.clear()
        self._histories.clear()
        self.folder.close()

    def is_one(self) -> bool:
        """Whether anything of an archive is there."""
        names = ("index.json", "unfinished.json", JOBS, FILES, MODELS)
        return any(map(self.folder.has, names)) or bool(self.folder.names("jobs"))

    def head(self) -> Head:
        """Whose archive it is, by the first lines of its index, or the mark of its first run."""
        unfinished = self.folder.document("unfinished.json")
        is_finished = not self.folder.has("unfinished.json")
        found = self._index_head()
        if found.get("format") == _FORMAT:
            version = found.get("version")
            number = version if type(version) is int else 0
            return Head(_host(found), _day(found), number, is_finished)
        return Head(_host(unfinished or {}), is_finished=is_finished, has_index=False)

    def soundness(self) -> Soundness:
        """Reads the three lists through."""
        lists = {name: self._list(name) for name in (JOBS, FILES, MODELS)}
        there = {name: lines for name, lines in lists.items() if lines is not None}
        return Soundness(
            {name: lines.unreadable for name, lines in there.items() if lines.unreadable},
            tuple(name for name in lists if name not in there),
            tuple(name for name, lines in there.items() if lines.is_cut),
        )

    @property
    def jobs(self) -> Lines | None:
        """The jobs, newest first; where their list is gone, those that have a folder."""
        return self._list(JOBS) or self._jobs_with_folders()

    @property
    def files(self) -> Lines | None:
        """The files, newest first; None where their list is gone."""
        return self._list(FILES)

    @property
    def models(self) -> Lines | None:
        """The models; None where their list is gone."""
        return self._list(MODELS)

    def history(self, job: Entry, name: str) -> Lines | Unsaved:
        """The events or checkpoints of a job, oldest first, by the name of their file."""
        folder = self._folder_of(job)
        if folder is None:
            return Unsaved("its folder is gone, or is another job's")
        path = f"{folder}/{name}"
        try:
            source = self.folder.open(path)
        except OSError:
            return self._why_missing(folder, name.partition(".")[0])
        lines = self._fresh(self._histories, path, source, _id_of_item)
        self._histories.move_to_end(path)
        while len(self._histories) > _HISTORIES_KEPT:
            self._histories.popitem(last=False)[1].close()
        return lines

    def content(self, file: Entry) -> BinaryIO | Unsaved:
        """The bytes of a file, as they were saved."""
        folder = self._folder_of(file)
        saved = self.folder.document(f"{folder}/saved.json") if folder else None
        if folder is None or saved is None:
            return Unsaved("what is known of its content is gone")
        kept = saved.get("content") or saved.get("decoded")
        if not isinstance(kept, dict):
            return self._why_missing(folder, "content")
        path, size = kept.get("path"), kept.get("size")
        if not isinstance(path, str) or not CONTENT.fullmatch(path):
            return Unsaved("the archive names no file for its content")
        try:
            source = self.folder.open(path)
        except OSError:
            return Unsaved("its content is gone from the archive")
        there = os.fstat(source.fileno()).st_size
        if there != size:
            source.close()
            return Unsaved(f"its content was cut or changed: {there} bytes, saved as {size}")
        return source

    def why_no_file(self, file: Entry) -> str:
        """Why the archive has no record of a file that only a job names."""
        folder = self._folder_of(file)
        return self._why_missing(folder, "").reason if folder else ""

    def _why_missing(self, folder: str, what: str) -> Unsaved:
        """The reason in a thing's `saved.json`, of the first entry that is about `what`."""
        missing = (self.folder.document(f"{folder}/saved.json") or {}).get("missing")
        for one in missing if isinstance(missing, list) else []:
            if isinstance(one, dict) and what in str(one.get("what")):
                return Unsaved(str(one.get("reason") or one.get("code") or "")[:500])
        return Unsaved()

    def _folder_of(self, thing: Entry) -> str | None:
        """The folder of a job or a file, if that says itself whose it is."""
        path = thing.get("folder")
        if not isinstance(path, str) or not FOLDER.fullmatch(path):
            return None
        for name in ("saved.json", "job.json"):
            found = self.folder.document(f"{path}/{name}")
            if found is not None:
                return path if found.get("id") == thing["id"] else None
        return None

    def _list(self, name: str) -> Lines | None:
        try:
            source = self.folder.open(name)
        except OSError:
            lost = self._lists.pop(name, None)
            if lost is not None:
                lost.close()
            return None
        return self._fresh(self._lists, name, source, _IDS[name])

    def _jobs_with_folders(self) -> Lines | None:
        """The jobs of a run that was stopped before it wrote their list."""
        paths = self.folder.names("jobs")
        known = self._lists.get("jobs")
        if known is not None and len(known) == len(paths):
            return known
        found = [(path, self.folder.document(f"{path}/job.json")) for path in paths]
        records = [(path, record) for path, record in found if record is not None]
        records.sort(key=lambda one: _number(one[1].get("created_at")), reverse=True)
        source = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the lines
        for path, record in records:
            entry = {"id": record.get("id"), "folder": path, "record": record}
            source.write(orjson.dumps(entry) + b"\n")
        source.seek(0)
        if known is not None:
            known.close()
        lines = self._lists["jobs"] = Lines(source, _id_of_record)
        return lines

    def _fresh(
        self,
        kept: dict[str, Lines],
        path: str,
        source: BinaryIO,
        id_of: Callable[[Entry], str | None],
    ) -> Lines:
        """The lines of a file that was just opened, read through again only if it has changed."""
        known = kept.get(path)
        if known is not None and known.signature == signature(source):
            source.close()
            return known
        if known is not None:
            known.close()
        lines = kept[path] = Lines(source, id_of)
        if lines.unreadable and kept is self._histories and path not in self._told:
            self._told.add(path)
            log.warning("%d of the lines of %s could not be read.", lines.unreadable, path)
        return lines

    def _index_head(self) -> dict[str, Any]:
        """The values that stand one a line at the top of `index.json`, however long that is."""
        found: dict[str, Any] = {}
        try:
            with self.folder.open("index.json") as index:
                lines = index.read(_HEAD_BYTES).split(b"\n")
        except OSError:
            return {}
        for line in lines[1:]:
            value = parsed(b"{" + line.strip().rstrip(b",") + b"}")
            if value is None:
                break
            found |= value
        return found


def _opened(path: Path) -> Folder:
    try:
        return Folder(path)
    except OSError as error:
        raise StartError(f"The archive {shown(path)} cannot be opened: {reason(error)}.") from None
    except ValueError:  # a NUL
        raise StartError(f"{shown(path)} cannot be the path of a folder.") from None


def _host(found: dict[str, Any]) -> str:
    host = found.get("host")
    return host if isinstance(host, str) and _HOST.fullmatch(host) else ""


def _day(found: dict[str, Any]) -> str:
    moment = found.get("saved")
    return moment[:10] if isinstance(moment, str) and _MOMENT.fullmatch(moment) else ""


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0.0


def _id(entry: Entry) -> str | None:
    name = entry.get("id")
    return name if isinstance(name, str) and 0 < len(name) <= _LONGEST_ID else None


def _id_of_record(entry: Entry) -> str | None:
    """The id of a line that holds a record, which must be that of the record."""
    name, record = _id(entry), entry.get("record")
    return name if isinstance(record, dict) and record.get("id") == name else None


def _id_of_file(entry: Entry) -> str | None:
    return _id(entry) if entry.get("record", "") is None else _id_of_record(entry)


def _id_of_item(entry: Entry) -> str | None:
    """The id of an event or a checkpoint; some endpoints send events without one."""
    return "" if entry.get("id") is None else _id(entry)


_IDS: dict[str, Callable[[Entry], str | None]] = {
    JOBS: _id_of_record,
    FILES: _id_of_file,
    MODELS: _id_of_record,
}
