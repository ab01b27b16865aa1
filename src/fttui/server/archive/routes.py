"""The calls that read, answered from an archive; everything else is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, BinaryIO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ..errors import ApiError, JsonResponse
from ..parameters import Query
from .lines import Entry, Lines
from .reading import Archive, Unsaved
from .serving import ServedArchive

_MOST_BYTES = 24 * 1024 * 1024
"""A page ends early rather than be longer: what reads it may refuse a very long answer."""
_BLOCK = 256 * 1024


def archive_of(request: Request) -> Archive:
    """The archive that a request is served from."""
    served = request.app.state.served
    assert isinstance(served, ServedArchive)
    return served.archive


def read_only(archive: Archive) -> ApiError:
    """403 for whatever would change something, and for every call that only an endpoint has."""
    return ApiError(
        403, f"This is an {archive.head().label}: it can be read, not changed.",
        code="archive_read_only",
    )  # fmt: skip


def not_in_archive(what: str, reason: str = "") -> ApiError:
    """404 for what was not saved, or is not sound any more."""
    because = f": {reason.rstrip('.')}" if reason else ""
    return ApiError(404, f"The archive does not have {what}{because}.", code="not_in_archive")


async def list_jobs(request: Request) -> Response:
    """GET /v1/fine_tuning/jobs?after&limit&metadata[k]=v: newest first."""
    query = Query(request.query_params)
    after = query.string("after")
    limit = query.integer("limit", 20, minimum=1, maximum=1000)
    metadata = query.metadata()
    query.finish()

    def fits(entry: Entry) -> bool:
        return metadata is None or _has(entry["record"].get("metadata"), metadata)

    lines = archive_of(request).jobs
    return _page(lines, _places(lines, after, "job"), limit, fits=fits, take=_record)


def _has(found: object, wanted: dict[str, str]) -> bool:
    """Whether a job's metadata hold these pairs; no pairs ask for a job without any."""
    pairs = found if isinstance(found, dict) else {}
    return all(pairs.get(key) == value for key, value in wanted.items()) if wanted else not pairs


def _job(request: Request) -> Entry:
    job_id = request.path_params["job_id"]
    lines = archive_of(request).jobs
    found = None if lines is None else lines.find(job_id)
    if found is None:
        raise not_in_archive(f"a job {job_id[:100]}")
    return found


async def retrieve_job(request: Request) -> Response:
    """GET /v1/fine_tuning/jobs/{id}."""
    return JsonResponse(_record(_job(request)))


async def list_events(request: Request) -> Response:
    """GET /v1/fine_tuning/jobs/{id}/events?after&limit: newest first."""
    return _history(request, "events.jsonl", "event", 20)


async def list_checkpoints(request: Request) -> Response:
    """GET /v1/fine_tuning/jobs/{id}/checkpoints?after&limit: newest first."""
    return _history(request, "checkpoints.jsonl", "checkpoint", 10)


def _history(request: Request, name: str, kind: str, default: int) -> Response:
    query = Query(request.query_params)
    after = query.string("after")
    limit = query.integer("limit", default, minimum=1, maximum=1000)
    query.finish()
    job = _job(request)
    lines = archive_of(request).history(job, name)
    if isinstance(lines, Unsaved):
        raise not_in_archive(f"the {kind}s of {job['id'][:100]}", lines.reason)
    return _page(lines, _places(lines, after, kind, backwards=True), limit, ends=True)


async def list_files(request: Request) -> Response:
    """GET /v1/files?purpose&order&after&limit: newest first unless asked otherwise."""
    query = Query(request.query_params)
    purpose = query.string("purpose")
    order = query.string("order", choices=["asc", "desc"]) or "desc"
    after = query.string("after")
    limit = query.integer("limit", 10_000, minimum=1, maximum=10_000)
    query.finish()

    def fits(entry: Entry) -> bool:
        record = entry["record"]
        return record is not None and (not purpose or record.get("purpose") == purpose)

    lines = archive_of(request).files
    places = _places(lines, after, "file", backwards=order == "asc")
    return _page(lines, places, limit, fits=fits, take=_record, ends=True)


def _file(request: Request) -> Entry:
    file_id = request.path_params["file_id"]
    lines = archive_of(request).files
    found = None if lines is None else lines.find(file_id)
    if found is None:
        raise not_in_archive(f"a file {file_id[:100]}")
    return found


async def retrieve_file(request: Request) -> Response:
    """GET /v1/files/{id}."""
    file = _file(request)
    if file["record"] is None:
        why = archive_of(request).why_no_file(file)
        raise not_in_archive(f"the record of {file['id'][:100]}", why)
    return JsonResponse(_record(file))


async def file_content(request: Request) -> Response:
    """GET /v1/files/{id}/content: the bytes as they were saved."""
    file = _file(request)
    source = archive_of(request).content(file)
    if isinstance(source, Unsaved):
        raise not_in_archive(f"the content of {file['id'][:100]}", source.reason)
    return StreamingResponse(_blocks(source), media_type="application/octet-stream")


async def _blocks(source: BinaryIO) -> AsyncIterator[bytes]:
    with source:
        while block := source.read(_BLOCK):
            yield block


async def list_models(request: Request) -> Response:
    """GET /v1/models: everything at once."""
    lines = archive_of(request).models
    return _page(lines, _places(lines, None, "model"), len(lines or ()) or 1, take=_record)


async def retrieve_model(request: Request) -> Response:
    """GET /v1/models/{id}."""
    name = request.path_params["model"]
    lines = archive_of(request).models
    found = None if lines is None else lines.find(name)
    if found is None:
        raise not_in_archive(f"a model {name[:100]}")
    return JsonResponse(_record(found))


def _record(entry: Entry) -> dict[str, Any]:
    record = entry["record"]
    assert isinstance(record, dict)
    return record


def _places(
    lines: Lines | None, after: str | None, kind: str, *, backwards: bool = False
) -> Iterable[int]:
    """The places in order, or `backwards`, behind the entry called `after`."""
    count = 0 if lines is None else len(lines)
    if after is None or lines is None:
        return range(count - 1, -1, -1) if backwards else range(count)
    place = lines.places.get(after)
    if place is None:
        raise ApiError(404, f"No such {kind}: {after[:100]}", param="after", code="not_in_archive")
    return range(place - 1, -1, -1) if backwards else range(place + 1, count)


def _page(
    lines: Lines | None,
    places: Iterable[int],
    limit: int,
    *,
    fits: Callable[[Entry], bool] = lambda _: True,
    take: Callable[[Entry], dict[str, Any]] = lambda entry: entry,
    ends: bool = False,
) -> Response:
    """A cursor page as the API answers it; `take` makes of an entry what is shown of it."""
    shown: list[dict[str, Any]] = []
    size, has_more = 0, False
    for place in places if lines is not None else ():
        assert lines is not None
        entry = lines.entry(place)
        if entry is None or not fits(entry):
            continue
        has_more = len(shown) >= limit or size + lines.size(place) > _MOST_BYTES
        if has_more:
            break
        shown.append(take(entry))
        size += lines.size(place)
    document: dict[str, Any] = {"object": "list", "data": shown, "has_more": has_more}
    if ends:
        document["first_id"] = shown[0].get("id") if shown else None
        document["last_id"] = shown[-1].get("id") if shown else None
    return JsonResponse(document)


_JOB = "/v1/fine_tuning/jobs/{job_id}"

ROUTES = [
    Route("/v1/fine_tuning/jobs", list_jobs, methods=["GET"]),
    Route(_JOB, retrieve_job, methods=["GET"]),
    Route(f"{_JOB}/events", list_events, methods=["GET"]),
    Route(f"{_JOB}/checkpoints", list_checkpoints, methods=["GET"]),
    Route("/v1/files", list_files, methods=["GET"]),
    Route("/v1/files/{file_id}", retrieve_file, methods=["GET"]),
    Route("/v1/files/{file_id}/content", file_content, methods=["GET"]),
    Route("/v1/models", list_models, methods=["GET"]),
    Route("/v1/models/{model:path}", retrieve_model, methods=["GET"]),
]
