"""One page of a list, and what to ask for the next one by: an id, a number, or a link."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

from fttui.services.endpoint.reading import as_integer, as_list, as_mapping, raw_text
from fttui.storage.secrets import holds_key

T = TypeVar("T")
Query = Mapping[str, object]

_ABOUT = ("meta", "metadata", "pagination", "paging", "page_info", "page", "links", "_links")
"""Where a page tells of the list, if not beside its entries."""
_TOTALS = ("total", "total_count", "totalCount", "totalElements", "total_results", "count")
_NUMBERS = ("page", "current_page", "currentPage", "page_number", "number")
_HAS_MORE = ("has_more", "hasMore", "has_next", "hasNext")
_NEXT = ("next", "next_page", "next_cursor", "next_page_token", "nextPageToken", "next_url")
_TOKENS = {
    "next_page_token": "page_token",
    "nextPageToken": "pageToken",
    "next_cursor": "cursor",
    "nextCursor": "cursor",
    "next_token": "next_token",
    "nextToken": "nextToken",
    "continuation_token": "continuation_token",
}
"""By what a page calls the mark of the next one, what that is asked for by."""
_OFFSETS = ("offset", "skip", "start")
_PAGES = ("pages", "total_pages", "totalPages", "last_page", "page_count", "num_pages")
_ROUND = frozenset({10, 20, 25, 30, 50, 100, 200, 250, 500, 1000})
"""So many entries are a page as servers have them, and may not be all that there are."""
_LONGEST_LINK = 2000
_MOST_NAMES = 20


def total_of(body: Query) -> int | None:
    """How many entries the whole list has, where a page tells that."""
    return _number(body, _TOTALS)


class PageNumber(str):
    """What to go on from where pages are numbered: page `number`, of `size` entries each.

    It stands where others have the last id of the page before, and is that as a text where there is
    one. `told` counts the entries up to there.
    """

    number: int
    size: int
    told: int

    @classmethod
    def after(cls, body: Query, entries: int, last_id: str, before: object) -> Self | None:
        """The page after one of so many entries; None where the answer does not tell of more.

        Such an answer tells how many there are in all, and not whether there are more. `before` is
        what its own page was asked for by.
        """
        total = total_of(body)
        has_links = any("next" in told for told in _places(body))
        is_linked = has_links or isinstance(before, PageLink)
        if not entries or total is None or is_linked or _has_more(body) is not None:
            return None
        asked = before if isinstance(before, PageNumber) else None
        page = cls(last_id or f"{total}")
        page.number = 1 + (asked.number if asked else _number(body, _NUMBERS) or 0)
        page.size = asked.size if asked else entries
        page.told = entries + (asked.told if asked else 0)
        return page if page.told < total else None


class PageLink(str):
    """What to go on from where a page says how the next is asked for: the `query`, and no more.

    Where a link leads does not count: the list is asked for at its own address alone.
    """

    query: Mapping[str, object]

    @classmethod
    def of(cls, query: Mapping[str, object], last_id: str) -> Self:
        """The page that is asked for by `query`."""
        page = cls(last_id or str(query))
        page.query = query
        return page

    @classmethod
    def after(cls, body: Query, entries: int, last_id: str) -> Self | None:
        """The page that this one links to, or tells a mark of; None where it does neither."""
        linked = cls._linked(body, last_id)
        if linked is not None or not entries or _has_more(body) is False:
            return linked
        query = _token_query(body, last_id) or _offset_query(body, entries) or _page_query(body)
        if query is None:
            return None
        # Who knows ids as well goes on from that, and others do not read it.
        by_id = {"after": last_id} if last_id and _has_more(body) else {}
        return cls.of({**by_id, **query}, last_id)

    @classmethod
    def _linked(cls, body: Query, last_id: str) -> Self | None:
        for told in _places(body):
            link = told.get("next") or told.get("next_url")
            link = as_mapping(link).get("href") or link
            is_link = isinstance(link, str) and "?" in link and len(link) <= _LONGEST_LINK
            if not is_link or holds_key(str(link)):
                continue
            try:
                query = dict(parse_qsl(urlsplit(str(link)).query, max_num_fields=_MOST_NAMES))
            except ValueError:
                continue
            if query:
                return cls.of(query, last_id)
        return None


def _token_query(body: Query, last_id: str) -> Query | None:
    """What the next page is asked for by, where this one tells a mark that is no entry's id."""
    for told in _places(body):
        for name, asked in _TOKENS.items():
            token = raw_text(told.get(name))
            if token and token != last_id:
                return {asked: token}
    return None


def _offset_query(body: Query, entries: int) -> Query | None:
    """The same where this one tells after how many entries it begins, and that there are more."""
    for told in _places(body):
        for name in _OFFSETS:
            if (offset := as_integer(told.get(name))) is not None and offset >= 0:
                there, total = offset + entries, total_of(body)
                is_more = _has_more(body) if total is None else there < total
                return {name: there} if is_more else None
    return None


def _page_query(body: Query) -> Query | None:
    """The same where this one tells its number, and of how many, or that there are more."""
    number, pages = _number(body, _NUMBERS), _number(body, _PAGES)
    following = as_integer(body.get("next_page"))
    if following is not None:
        return {"page": following}
    if number is None or not (number < pages if pages is not None else _has_more(body)):
        return None
    return {"page": number + 1}


def page_query(query: Query) -> Query:
    """`query` as it is sent: a page that has a number or a link is asked for by that."""
    after = query.get("after")
    rest = {name: value for name, value in query.items() if name != "after"}
    if isinstance(after, PageNumber):
        return {**rest, "page": after.number, "page_size": after.size}
    if isinstance(after, PageLink):
        return {**rest, **after.query}
    return query


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. `dropped` counts entries that could not be read at all.

    `is_cut` when the endpoint tells of more, but of nothing to ask for them by. `probes` are what
    may be tried where it says nothing of more, and may have kept some back.
    """

    items: tuple[T, ...]
    has_more: bool = False
    cursor: str | None = None
    dropped: int = 0
    is_cut: bool = False
    probes: tuple[str, ...] = ()

    @property
    def goes_on(self) -> bool:
        """True when the list has not ended with this page, whether the rest can be read or not."""
        return self.has_more or self.is_cut

    @classmethod
    def read(
        cls, value: object, read_item: Callable[[object], T | None], asked: object = None
    ) -> Page[T]:
        """Read `{"data": [...], "has_more": bool}`, `asked` for by a cursor; drops all else."""
        body = as_mapping(value)
        entries = as_list(body.get("data"))
        items = tuple(item for entry in entries if (item := read_item(entry)) is not None)
        last = entries[-1] if entries else None
        cursor = raw_text(_id_of(last)) if isinstance(last, dict) else ""
        cursor = cursor or (raw_text(body.get("last_id")) if entries else "")
        linked = PageLink.after(body, len(entries), cursor)
        other = linked or PageNumber.after(body, len(entries), cursor, asked)
        is_told = _has_more(body) is True
        is_cut = other is None and bool(entries) and _tells_of_more(body, cursor)
        return cls(
            items,
            has_more=bool(entries) and (other is not None or (is_told and bool(cursor))),
            cursor=other if other is not None else cursor or None,
            dropped=len(entries) - len(items),
            is_cut=is_cut,
            probes=() if other or is_cut else _probes(body, len(entries), cursor, asked),
        )


def _id_of(entry: Query) -> object:
    return next(filter(None, map(entry.get, ("id", "job_id", "file_id", "jobId", "fileId"))), None)


def _probes(body: Query, entries: int, last_id: str, asked: object) -> tuple[str, ...]:
    """What to try the next page by, after a full one of a list that never says whether it ends."""
    if entries not in _ROUND or not last_id or _has_more(body) is not None:
        return ()
    if total_of(body) is not None:
        return ()
    before = asked.query if isinstance(asked, PageLink) else {}
    skipped = as_integer(before.get("offset")) or 0
    by_id, by_offset = last_id, PageLink.of({"offset": skipped + entries}, last_id)
    if asked is None:
        return (by_id, by_offset)
    return (by_offset,) if "offset" in before else (by_id,)


def _tells_of_more(body: Query, cursor: str) -> bool:
    """Whether a page says that there is more than can be asked for by its last entry."""
    has_more = _has_more(body)
    if has_more is not None:
        return has_more and not cursor
    return any(told.get(name) for told in _places(body) for name in _NEXT)


def _has_more(body: Query) -> bool | None:
    """Whether there is more, in whatever form that is told; None where it is not."""
    for told in _places(body):
        for name in _HAS_MORE:
            if isinstance(flag := told.get(name), bool):
                return flag
            if isinstance(flag, str) and flag.lower() in {"true", "false"}:
                return flag.lower() == "true"
    return None


def _number(body: Query, names: tuple[str, ...]) -> int | None:
    for told in _places(body):
        for name in names:
            if (number := as_integer(told.get(name))) is not None:
                return number
    return None


def _places(body: Query) -> Iterator[Query]:
    yield body
    yield from (as_mapping(body.get(name)) for name in _ABOUT)
