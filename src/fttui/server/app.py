"""The ASGI application: routes, headers and errors in OpenAI's shapes."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
import time
from html import escape
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match, Route

from . import chat, files, models, permissions, uploads
from .archive.routes import ROUTES as ARCHIVE_ROUTES
from .archive.routes import archive_of, read_only
from .archive.serving import ServedArchive
from .config import SandboxConfig, shown
from .database import note_moment
from .errors import ApiError, JsonResponse, as_refusal, is_full
from .gate import Gate
from .graders import routes as graders
from .jobs import routes as jobs
from .opening import open_sandbox
from .state import Sandbox, sandbox_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


_NOTE_EVERY = 10.0
"""Seconds; noting the time waits for the disk."""


def settle(sandbox: Sandbox) -> None:
    """Records outcomes of jobs that have come due, and drops expired files and uploads.

    Because it runs before every answer, no background timer is needed and a restart loses
    nothing.
    """
    now = sandbox.clock.now()
    try:
        sandbox.jobs.settle(now)
        files.expire(sandbox, now)
        uploads.expire(sandbox, now)
        note_moment(sandbox.database, now, every=_NOTE_EVERY)
    except (OSError, sqlite3.Error) as error:
        # It is made up for when there is space again; until then what is there can be read.
        if not is_full(error):
            raise


log = logging.getLogger("fttui.server")


Served = Sandbox | ServedArchive
"""What a server has to answer from."""

ROUTES: list[Route] = [
    *files.ROUTES,
    *uploads.ROUTES,
    *jobs.ROUTES,
    *models.ROUTES,
    *chat.ROUTES,
    *permissions.ROUTES,
    *graders.ROUTES,
]


def open_served(config: SandboxConfig) -> Served:
    """The archive that `config` names, else a sandbox; raises StartError if it cannot be had."""
    return open_sandbox(config) if config.archive is None else ServedArchive(config)


_KEY_AT_OPENAI = "at https://platform.openai.com/account/api-keys"
_KEY_IN_FOLDER = "in the file `key` of the server's data folder"


def build_app(served: Served, *, any_host: bool = False) -> ASGIApp:
    """The whole server as one ASGI application; `any_host` as in Gate."""
    is_archive = isinstance(served, ServedArchive)
    own = ARCHIVE_ROUTES if is_archive else [Route("/", index_page, methods=["GET"]), *ROUTES]
    app = Starlette(
        routes=own,
        exception_handlers={
            ApiError: _refuse,
            HTTPException: _refuse_change if is_archive else _refuse_route,
            ClientDisconnect: _ignore_disconnect,
            OSError: _refuse_fault,
            sqlite3.Error: _refuse_fault,
            Exception: _break,
        },
    )
    app.router.redirect_slashes = False
    app.state.served = served
    gate = Gate(
        api_key=served.api_key, admin_api_key=served.admin_api_key, host=served.config.host,
        any_host=any_host, key_place=_KEY_IN_FOLDER if served.config.serve else _KEY_AT_OPENAI,
    )  # fmt: skip
    envelope = _Envelope(app, served, gate)
    if isinstance(served, ServedArchive) or not (served.config.strict or served.config.like):
        return envelope
    from .likeness.wrapper import in_shape

    return in_shape(envelope, served)


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return _error_response(error)


async def _refuse_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    method, path = request.method, request.url.path
    if error.status_code == 405:
        refusal = ApiError(
            405, f"Not allowed to {method} on {path} (HINT: Perhaps you meant to use a different "
            "HTTP method?)", code="method_not_supported",
        )  # fmt: skip
        headers = {"Allow": ", ".join(_allowed(request))}
    else:
        refusal = ApiError(error.status_code, f"Invalid URL ({method} {path})")
        headers = dict(error.headers or {})
    return JsonResponse(refusal.body(), status_code=refusal.status, headers=headers)


def _allowed(request: Request) -> list[str]:
    """The methods that the path has; the router names those of its first route alone."""
    methods = set[str]()
    for route in request.app.routes:
        if route.matches(request.scope)[0] != Match.NONE:
            methods |= route.methods
    return sorted(methods)


async def _refuse_change(request: Request, _: Exception) -> Response:
    return _error_response(read_only(archive_of(request)))


async def _ignore_disconnect(_: Request, __: Exception) -> Response:
    # Nobody is left to read it; the half-received file has been discarded already.
    return Response(status_code=400)


async def _refuse_fault(request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError | sqlite3.Error)
    log.error("%s %s failed: %s", request.method, shown(request.scope["path"]), shown(error))
    return _error_response(as_refusal(error))


async def _break(_: Request, __: Exception) -> Response:
    return _error_response(_unexpected())


def _unexpected() -> ApiError:
    return ApiError(
        500,
        "The server had an error while processing your request; its log says more.",
        kind="server_error",
    )


def _error_response(refusal: ApiError) -> Response:
    return JsonResponse(refusal.body(), status_code=refusal.status)


class _Envelope:
    """What is around every call: who may ask, what has come due, headers, a last resort."""

    def __init__(self, app: ASGIApp, served: Served, gate: Gate) -> None:
        self._app = app
        self._served = served
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                spent = round((time.perf_counter() - began) * 1000)
                message["headers"] = [*message["headers"], *self._headers(spent)]
            await send(message)

        refusal: ApiError | None = None
        try:
            self._gate.check(scope)
            self._settle(scope)
            await self._app(scope, receive, send_with_headers)
        except ApiError as error:
            refusal = error
        except asyncio.CancelledError:
            if not self._served.ending.is_set():
                raise
        except Exception as error:  # noqa: BLE001 - the last resort before a traceback
            # Starlette answers 500 by `_break` and raises all the same.
            refusal = _log(scope, error)
        if refusal is not None and not started:
            await _error_response(refusal)(scope, receive, send_with_headers)

    def _settle(self, scope: Scope) -> None:
        if isinstance(self._served, Sandbox):
            settle(self._served)
        elif scope["method"] != "GET":
            raise read_only(self._served.archive)

    def _headers(self, milliseconds: int) -> list[tuple[bytes, bytes]]:
        return [
            (b"x-request-id", f"req_{secrets.token_hex(16)}".encode()),
            (b"openai-organization", self._served.config.organization.encode()),
            (b"openai-processing-ms", str(milliseconds).encode()),
            (b"openai-version", b"2020-10-01"),
        ]


def _log(scope: Scope, error: Exception) -> ApiError:
    """Tells the log of an error, and returns what to answer if nothing was yet."""
    # Starlette wraps what happens while an answer is on its way.
    cause = error.__cause__ or error
    path = shown(scope["path"])
    if isinstance(cause, OSError | sqlite3.Error):
        log.error("%s %s failed: %s", scope["method"], path, shown(cause))
        return as_refusal(cause)
    log.error("The sandbox failed on %s %s", scope["method"], path, exc_info=error)
    return _unexpected()


PLAINLY = (
    "This is a sandbox. It speaks OpenAI's fine-tuning API, but it trains nothing: jobs pass by "
    "the clock, their curves are made up, and no data leaves this machine."
)

_TRAINING = (
    "This server speaks OpenAI's fine-tuning API and trains for real, with open models and the "
    "engine '{engine}'. It bills nothing."
)

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body style="font: 16px/1.5 system-ui; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>{title}</h1><p>{plainly}</p>
<p>{jobs} jobs, {files} files. Base URL: <code>{base_url}</code></p></body></html>
"""


def plainly(served: Served) -> str:
    """What this server is, in a sentence or two."""
    if isinstance(served, ServedArchive):
        return "This is an archive: it can be read, not changed."
    engine = served.jobs.engine_name
    return PLAINLY if engine is None else _TRAINING.format(engine=engine)


async def index_page(request: Request) -> Response:
    """GET /: one page for people, the same as JSON for programs that ask for it."""
    sandbox = sandbox_of(request)
    counts = {}
    for table in ("jobs", "files"):
        row = sandbox.database.one(f"SELECT count(*) FROM {table}")  # noqa: S608 - two fixed names
        counts[table] = row[0] if row else 0
    base_url = str(request.base_url).rstrip("/") + sandbox.config.root
    trains, text = sandbox.jobs.engine_name is not None, plainly(sandbox)
    accept = request.headers.get("accept", "")
    if "application/json" in accept:
        told = {"sandbox": not trains, "trains": trains, "message": text, "base_url": base_url}
        return JsonResponse(told | counts)
    title = "Fine-tuning server" if trains else "Fine-tuning sandbox"
    page = _PAGE.format(title=title, plainly=escape(text), base_url=escape(base_url), **counts)
    return HTMLResponse(page)
