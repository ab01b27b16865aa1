"""Names on disk made from ids that an endpoint gave: safe on every disk, never a path."""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_LOOKS_MARKED = re.compile(r".*-[0-9a-f]{16}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_RESERVED = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)))
)
_READABLE = 60


def folder_name(raw_id: str) -> str:
    """The name of the folder that keeps the thing with this id.

    An id of lower-case letters, digits, `_` and `-` is its own name. Any other gets its unsafe
    characters replaced and 16 hex digits of its SHA-256 appended, so that two ids never share a
    name, on disks that do not tell upper from lower case either.
    """
    if _PLAIN.fullmatch(raw_id) and raw_id not in _RESERVED and not _LOOKS_MARKED.fullmatch(raw_id):
        return raw_id
    mark = hashlib.sha256(raw_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    readable = _UNSAFE.sub("_", raw_id[:_READABLE]).lstrip("-_") or "x"
    return f"{readable}-{mark}"
