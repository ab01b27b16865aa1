"""JSON answers and the list pages that most of them are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from starlette.responses import Response


class JsonResponse(Response):
    """A JSON document; faster than the framework's own, which counts for long lists."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The document as UTF-8."""
        return orjson.dumps(content)


def page(items: Sequence[dict[str, Any]], limit: int, *, ends: bool = False) -> JsonResponse:
    """A cursor page of at most `limit` items; one item more than that means there are more.

    `ends` adds `first_id` and `last_id`, which some lists of the API have and others have not.
    """
    shown = items[:limit]
    document: dict[str, Any] = {
        "object": "list",
        "data": shown,
        "has_more": len(items) > limit,
    }
    if ends:
        document["first_id"] = shown[0]["id"] if shown else None
        document["last_id"] = shown[-1]["id"] if shown else None
    return JsonResponse(document)
