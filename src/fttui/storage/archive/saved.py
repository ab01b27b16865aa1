"""What an archive knows of its own parts: files with their hashes, and what could not be had."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fttui.terminal.language import english_text

SAVED = "saved.json"
CONTENT = re.compile(r"contents/[0-9a-f]{64}\.[a-z]{3,5}")
"""The paths of contents, which begin with the hash of what they hold."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
FAILED = "failed"
"""The code of what may still be had by another try; all other codes are no failure."""


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file of the archive: `path` below its folder, `size` in bytes, `source` the request.

    `when` is RFC 3339 in UTC.
    """

    path: str
    sha256: str
    size: int
    source: str
    when: str

    def to_json(self, name: str = "path") -> dict[str, object]:
        """The entry as it stands in the archive, with its path under `name`."""
        return {
            name: self.path,
            "sha256": self.sha256,
            "size": self.size,
            "source": self.source,
            "when": self.when,
        }

    @classmethod
    def read(cls, value: object, name: str = "path") -> SavedFile | None:
        """Read an entry; None for anything else."""
        data: dict[str, Any] = value if isinstance(value, dict) else {}
        texts = [data.get(key) for key in (name, "sha256", "source", "when")]
        size = data.get("size")
        if not all(isinstance(text, str) for text in texts) or type(size) is not int:
            return None
        if size < 0 or not _DIGEST.fullmatch(str(texts[1])):
            return None
        return cls(str(texts[0]), str(texts[1]), size, str(texts[2]), str(texts[3]))


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that the archive lacks, and why, as a sentence."""

    what: str
    code: str
    reason: str

    @property
    def is_failure(self) -> bool:
        """True when another run may have it."""
        return self.code == FAILED

    def to_json(self) -> dict[str, object]:
        """The entry as it stands in the archive."""
        what, reason = english_text(self.what), english_text(self.reason)
        return {"what": what, "code": self.code, "reason": reason}

    @classmethod
    def read(cls, value: object) -> Missing | None:
        """Read an entry; None for anything else."""
        data: dict[str, Any] = value if isinstance(value, dict) else {}
        texts = [data.get(key) for key in ("what", "code", "reason")]
        if not all(isinstance(text, str) for text in texts):
            return None
        return cls(*map(str, texts))


@dataclass(frozen=True, slots=True)
class SavedJob:
    """What is kept of one job; `final` when nothing of it can change any more.

    Paths of `files` are names in the job's folder; `results` are ids of files. `gone` are the
    models that its page tells to be deleted.
    """

    id: str
    final: bool = False
    files: tuple[SavedFile, ...] = ()
    results: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    gone: tuple[str, ...] = ()

    def file(self, name: str) -> SavedFile | None:
        """The entry of the file with this name."""
        return next((file for file in self.files if file.path == name), None)

    def to_json(self) -> dict[str, object]:
        """The content of the job's `saved.json`."""
        return {
            "id": self.id,
            "final": self.final,
            "files": [file.to_json("name") for file in self.files],
            "results": list(self.results),
            "missing": [one.to_json() for one in self.missing],
            **({"gone": list(self.gone)} if self.gone else {}),
        }

    @classmethod
    def read(cls, value: object) -> SavedJob | None:
        """Read a `saved.json`; None where it is none."""
        data: Mapping[str, Any] = value if isinstance(value, dict) else {}
        if not isinstance(data.get("id"), str):
            return None
        files = [SavedFile.read(entry, "name") for entry in _list(data.get("files"))]
        missing = [Missing.read(entry) for entry in _list(data.get("missing"))]
        if None in files or None in missing:
            return None
        return cls(
            id=data["id"],
            final=data.get("final") is True,
            files=tuple(file for file in files if file),
            results=tuple(one for one in _list(data.get("results")) if isinstance(one, str)),
            missing=tuple(one for one in missing if one),
            gone=tuple(one for one in _list(data.get("gone")) if isinstance(one, str)),
        )


@dataclass(frozen=True, slots=True)
class SavedContent:
    """What is kept of one file's bytes; `decoded` where the endpoint sent them as base64.

    `redacted` when a key stood in them, which was taken out.
    """

    id: str
    content: SavedFile | None = None
    decoded: SavedFile | None = None
    redacted: bool = False
    missing: tuple[Missing, ...] = ()

    @property
    def kept(self) -> tuple[SavedFile, ...]:
        """The files that hold it."""
        return tuple(file for file in (self.content, self.decoded) if file is not None)

    def without_content(self, missing: Missing) -> SavedContent:
        """The same without bytes, for this reason."""
        return replace(self, content=None, decoded=None, missing=(missing,))

    def to_json(self) -> dict[str, object]:
        """The content of the file's `saved.json`."""
        return {
            "id": self.id,
            "content": self.content and self.content.to_json(),
            "decoded": self.decoded and self.decoded.to_json(),
            "redacted": self.redacted,
            "missing": [one.to_json() for one in self.missing],
        }

    @classmethod
    def read(cls, value: object) -> SavedContent | None:
        """Read a `saved.json`; None where it is none."""
        data: Mapping[str, Any] = value if isinstance(value, dict) else {}
        if not isinstance(data.get("id"), str):
            return None
        missing = [Missing.read(entry) for entry in _list(data.get("missing"))]
        return cls(
            id=data["id"],
            content=_content(data.get("content")),
            decoded=_content(data.get("decoded")),
            redacted=data.get("redacted") is True,
            missing=tuple(one for one in missing if one),
        )


def _content(value: object) -> SavedFile | None:
    """The entry of a content; None for one that names any other file."""
    file = SavedFile.read(value)
    is_one = file is not None and CONTENT.fullmatch(file.path) and file.sha256 in file.path
    return file if is_one else None


def parsed(content: bytes) -> object:
    """The JSON value of a small file of the archive; None where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
