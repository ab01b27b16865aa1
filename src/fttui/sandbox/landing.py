"""`/`: says what this server is, and that it trains nothing."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from .answers import JsonResponse
from .state import sandbox_of

PLAINLY = (
    "This is a sandbox. It speaks OpenAI's fine-tuning API, but it trains nothing: jobs pass by "
    "the clock, their curves are made up, and no data leaves this machine."
)

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Fine-tuning sandbox</title></head>
<body style="font: 16px/1.5 system-ui; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>Fine-tuning sandbox</h1><p>{plainly}</p>
<p>{jobs} jobs, {files} files. Base URL: <code>{base_url}</code></p></body></html>
"""


async def landing_page(request: Request) -> Response:
    """GET /: one page for people, the same as JSON for programs that ask for it."""
    database = sandbox_of(request).database
    counts = {}
    for table in ("jobs", "files"):
        row = database.one(f"SELECT count(*) FROM {table}")  # noqa: S608 - two fixed names
        counts[table] = row[0] if row else 0
    base_url = str(request.base_url).rstrip("/") + "/v1"
    accept = request.headers.get("accept", "")
    if "application/json" in accept:
        return JsonResponse(
            {"sandbox": True, "trains": False, "message": PLAINLY, "base_url": base_url, **counts}
        )
    return HTMLResponse(_PAGE.format(plainly=PLAINLY, base_url=escape(base_url), **counts))


ROUTES = [Route("/", landing_page, methods=["GET"])]
