"""How deeply a JSON document may be nested."""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 64
"""How deep objects and arrays of a body may be nested: what is answered is nested deeper still."""


def is_too_deep(body: bytes, data: Any) -> bool:
    """Whether a document that was read from `body` is nested deeper than MAX_DEPTH."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    level = [data] if isinstance(data, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
