"""The ASGI application: routes, keys, headers and errors in OpenAI's shapes."""

from __future__ import annotations

import hmac
import logging
import secrets
import time
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from . import chat, errors, files, landing, models, permissions, uploads
from .answers import JsonResponse
from .config import ORGANIZATION
from .errors import ApiError
from .graders import routes as graders
from .jobs import routes as jobs
from .state import Sandbox
from .upkeep import settle

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("fttui.sandbox")


def build_app(sandbox: Sandbox) -> ASGIApp:
    """The whole server as one ASGI application."""
    routes: list[Route] = [
        *landing.ROUTES,
        *files.ROUTES,
        *uploads.ROUTES,
        *jobs.ROUTES,
        *models.ROUTES,
        *chat.ROUTES,
        *permissions.ROUTES,
        *graders.ROUTES,
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={
            ApiError: _refuse,
            HTTPException: _refuse_route,
            ClientDisconnect: _ignore_disconnect,
            Exception: _break,
        },
    )
    app.router.redirect_slashes = False
    app.state.sandbox = sandbox
    return _Envelope(app, sandbox)


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return JsonResponse(error.body(), status_code=error.status)


async def _refuse_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    method, path = request.method, request.url.path
    if error.status_code == 405:
        refusal = ApiError(
            405, f"Not allowed to {method} on {path} (HINT: Perhaps you meant to use a different "
            "HTTP method?)", code="method_not_supported",
        )  # fmt: skip
    else:
        refusal = ApiError(error.status_code, f"Invalid URL ({method} {path})")
    return JsonResponse(refusal.body(), status_code=refusal.status, headers=error.headers)


async def _ignore_disconnect(_: Request, __: Exception) -> Response:
    # Nobody is left to read it; the half-received file has been discarded already.
    return Response(status_code=400)


async def _break(_: Request, __: Exception) -> Response:
    fault = ApiError(
        500,
        "The sandbox had an error while processing your request; its log says more.",
        kind="server_error",
    )
    return JsonResponse(fault.body(), status_code=fault.status)


class _Envelope:
    """What is around every call: the key, what has come due, headers, a last resort."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        complete = False

        async def send_with_headers(message: Message) -> None:
            nonlocal complete
            if message["type"] == "http.response.start":
                spent = round((time.perf_counter() - began) * 1000)
                message["headers"] = [*message["headers"], *_headers(spent)]
            elif not message.get("more_body"):
                complete = True
            await send(message)

        try:
            self._authorise(scope)
            settle(self._sandbox)
            await self._app(scope, receive, send_with_headers)
        except ApiError as error:
            refusal = JsonResponse(error.body(), status_code=error.status)
            await refusal(scope, receive, send_with_headers)
        except Exception:
            # Starlette answers 500 by `_break` and raises all the same.
            log.exception("The sandbox failed on %s %s", scope["method"], scope["path"])
            if not complete:
                raise

    def _authorise(self, scope: Scope) -> None:
        path: str = scope["path"]
        if not path.startswith("/v1/"):
            return
        value = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        scheme, _, key = value.partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise errors.no_api_key()
        config = self._sandbox.config
        scope["is_admin"] = _same(key, config.admin_api_key)
        if not scope["is_admin"] and not _same(key, config.api_key):
            raise errors.unknown_api_key(key)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _headers(milliseconds: int) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-request-id", f"req_{secrets.token_hex(16)}".encode()),
        (b"openai-organization", ORGANIZATION.encode()),
        (b"openai-processing-ms", str(milliseconds).encode()),
        (b"openai-version", b"2020-10-01"),
    ]
