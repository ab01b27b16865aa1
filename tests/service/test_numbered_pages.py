"""Lists whose pages are numbered: read to their end, and left where they repeat themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest

from fttui.server import SandboxConfig, SandboxServer, seed_many_jobs
from fttui.services.endpoint.address import Endpoint
from fttui.services.endpoint.errors import UnreadableAnswerError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.records import JOBS, pages
from fttui.services.endpoint.transport import Timeouts
from fttui.storage.secrets import Secret
from fttui.storage.settings import Profile
from recording_endpoint import Recorded, Recording, recording_endpoint

T = TypeVar("T")
KEY = "sk-of-the-test"
LISTS = {"jobs": "GET fine_tuning/jobs", "files": "GET files"}


@pytest.fixture
def place() -> Iterator[Recording]:
    with recording_endpoint() as place:
        yield place


def ask(base_url: str, key: str, call: Callable[[FineTuningHandle], Awaitable[T]]) -> T:
    async def asked() -> T:
        profile = Profile(base_url=base_url)
        endpoint = Endpoint(profile, base_url, "the test", is_profiles=True, is_environments=False)
        handle = FineTuningHandle(endpoint, Secret(key), timeouts=Timeouts(tries=1))
        try:
            return await call(handle)
        finally:
            await handle.close()

    return asyncio.run(asked())


async def all_ids(handle: FineTuningHandle, what: str = "jobs") -> list[str]:
    found: Any = handle.job_pages() if what == "jobs" else handle.file_pages()
    return [one.id async for page in found for one in page.items]


def numbered(total: int, size: int, *, first: int = 0, reads: bool = True, **more: Any) -> Any:
    """A list of so many entries in pages of `size`; one that `reads` no number repeats itself."""

    def answer(request: Recorded) -> tuple[int, object]:
        length = int(request.query.get("page_size", size)) if reads else size
        number = int(request.query.get("page", first)) if reads else first
        start = (number - first) * length
        rows = range(start, min(start + length, total))
        data = [{"id": f"x{n}", "status": "RUNNING", "filename": "f"} for n in rows]
        told = {"page": number} if first else {}
        return 200, {"object": "list", "data": data, "total": total, **told, **more}

    return answer


@pytest.mark.parametrize("first", [0, 1], ids=["from 0", "from 1"])
@pytest.mark.parametrize("total", [0, 1, 10, 11, 25, 30])
@pytest.mark.parametrize("what", LISTS)
def test_all_pages_are_read_and_none_twice(
    place: Recording, what: str, total: int, first: int
) -> None:
    place.answers[LISTS[what]] = numbered(total, 10, first=first)
    assert ask(place.base_url, KEY, lambda one: all_ids(one, what)) == [
        f"x{n}" for n in range(total)
    ]
    assert len(place.requests) == max(1, -(-total // 10))
    assert all("after" not in one.query for one in place.requests)


def test_a_list_that_reads_no_number_is_left_at_its_first_repetition(place: Recording) -> None:
    place.answers[LISTS["jobs"]] = numbered(25, 10, reads=False)
    assert ask(place.base_url, KEY, all_ids) == [f"x{n}" for n in range(10)]
    assert len(place.requests) == 2


def test_a_total_does_not_count_where_the_answer_says_whether_there_is_more(
    place: Recording,
) -> None:
    place.answers[LISTS["jobs"]] = numbered(25, 10, has_more=False)
    assert len(ask(place.base_url, KEY, all_ids)) == 10 and len(place.requests) == 1


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_refusal_of_the_second_page_leaves_the_first(place: Recording, status: int) -> None:
    def answer(request: Recorded) -> tuple[int, object]:
        refused = status, {"detail": "page: extra fields not permitted"}
        return refused if "page" in request.query else numbered(25, 10)(request)

    place.answers[LISTS["jobs"]] = answer
    assert len(ask(place.base_url, KEY, all_ids)) == 10


def _told_next(way: str, start: int, end: int, total: int) -> dict[str, Any]:
    is_more = end < total
    return {
        "offset": {"offset": start, "total": total},
        "skip": {"pagination": {"skip": start}, "has_more": is_more},
        "page_token": {"next_page_token": f"{end}" if is_more else ""},
        "cursor": {"next_cursor": f"{end}" if is_more else None, "has_more": is_more},
        "pageToken": {"nextPageToken": f"{end}"} if is_more else {},
        "page": {"meta": {"current_page": 1 + start // 10, "last_page": -(-total // 10)}},
        "after": {"has_more": is_more},
    }[way]


@pytest.mark.parametrize("total", [0, 10, 25])
@pytest.mark.parametrize(
    "way", ["offset", "skip", "page_token", "cursor", "pageToken", "page", "after", "silent"]
)
def test_a_list_is_read_to_its_end_by_what_it_says_of_the_next_page(
    place: Recording, way: str, total: int
) -> None:
    def answer(request: Recorded) -> tuple[int, object]:
        asked = request.query.get("offset" if way == "silent" else way, "0")
        start = int(asked.removeprefix("x")) + ("x" in asked)
        start = max(start - 1, 0) * 10 if way == "page" else start
        rows = range(start, min(start + 10, total))
        data = [{"jobId": f"x{n}", "status": "done"} for n in rows]
        if way == "silent":
            return 200, data
        return 200, {"data": data, **_told_next(way, start, rows.stop, total)}

    place.answers[LISTS["jobs"]] = answer
    assert ask(place.base_url, KEY, all_ids) == [f"x{n}" for n in range(total)]


def test_a_full_page_without_a_word_is_all_where_the_next_is_refused_or_the_same(
    place: Recording,
) -> None:
    rows = [{"id": f"x{n}", "status": "done"} for n in range(20)]
    for more in ((200, rows), (422, {"detail": "after: extra fields not permitted"})):

        def answer(request: Recorded, more: object = more) -> object:
            is_first = not {"after", "offset"} & set(request.query)
            return (200, rows) if is_first else more

        place.answers[LISTS["jobs"]] = answer
        assert len(ask(place.base_url, KEY, all_ids)) == 20


def test_an_archive_is_told_that_a_numbered_list_was_cut(place: Recording) -> None:
    async def saved(handle: FineTuningHandle) -> list[object]:
        found = pages(lambda query: handle.records.page(JOBS, query), {"limit": 100})
        return [one async for page in found for one in page.items]

    place.answers[LISTS["jobs"]] = numbered(25, 10)
    assert len(ask(place.base_url, KEY, saved)) == 25
    place.answers[LISTS["jobs"]] = numbered(25, 10, reads=False)
    with pytest.raises(UnreadableAnswerError, match="repeats itself"):
        ask(place.base_url, KEY, saved)


def test_the_sandbox_as_mistral_lists_more_than_a_page() -> None:
    with SandboxServer(SandboxConfig(like="mistral")) as server:
        seed_many_jobs(server, 230)
        ids = ask(server.base_url, server.api_key, all_ids)
    assert len(ids) == len(set(ids)) == 230
