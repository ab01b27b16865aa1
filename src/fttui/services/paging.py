"""Walking a list page by page, whatever an endpoint answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from fttui.services.endpoint.models import Page

T = TypeVar("T")

MAX_PAGES = 1_000


async def all_pages(fetch: Callable[[str | None], Awaitable[Page[T]]]) -> AsyncIterator[Page[T]]:
    """Yield pages until the last one, a cursor seen before, or 1,000 pages."""
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(MAX_PAGES):
        page = await fetch(cursor)
        yield page
        cursor = page.cursor
        if not page.has_more or cursor is None or cursor in seen:
            return
        seen.add(cursor)
