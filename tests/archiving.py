"""Saving an account as a test asks for it, and what two archives have in common."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fttui.services.archive.archiver import Archiver
from fttui.services.archive.begin import open_folder
from fttui.services.archive.plan import ArchiveOptions, ArchiveProgress, ArchiveResult
from fttui.services.session import Session

_TIMES = (
    re.compile(rb'"(?:when|saved|began)": "[^"]*"'),
    re.compile(rb"<time[^>]*>[^<]*</time>"),
    re.compile(rb'"sha256": "[0-9a-f]{64}"\n}\n$'),
)


def save(
    session: Session,
    folder: Path,
    options: ArchiveOptions | None = None,
    *,
    notes: Sequence[dict[str, Any]] = (),
    seen: list[ArchiveProgress] | None = None,
) -> ArchiveResult:
    """Save the session's account into `folder`."""
    archive = open_folder(session, folder)
    try:
        archiver = Archiver(
            session.handle,
            archive,
            options,
            notes=notes,
            on_progress=(seen if seen is not None else []).append,
        )
        return session.thread.wait(archiver.run())
    finally:
        archive.close()


def timeless(folder: Path) -> dict[str, bytes]:
    """Every file of an archive by its path, without the times at which they were saved.

    The hashes of files that hold such times go with them.
    """
    found = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return {path: _without_times(path, content) for path, content in found.items()}


def _without_times(path: str, content: bytes) -> bytes:
    if path == "index.json":
        index = json.loads(content)
        told = {entry["path"]: _entry(entry) for entry in index["files"]}
        kept = {name: index[name] for name in ("format", "version", "host", "counts", "missing")}
        return json.dumps([kept, told], sort_keys=True).encode()
    for pattern in _TIMES:
        content = pattern.sub(b"", content)
    return content


def _entry(entry: Mapping[str, Any]) -> list[Any]:
    """What an entry says of a file; of one that holds times only that it is there."""
    if Path(entry["path"]).name in ("saved.json", "index.html", "notes.jsonl"):
        return [entry["source"]]
    return [entry["source"], entry["size"], entry["sha256"]]
