"""Changes requests and answers on their way, so that the sandbox looks like another server."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import orjson

from .. import errors
from ..errors import ApiError
from ..jobs import store
from ..parameters import MAX_JSON, Fields, whole_number
from .azure import AZURE
from .bedrock import BEDROCK
from .llmariner import LLMARINER
from .mistral import MISTRAL
from .nebius import NEBIUS
from .shape import Document, Facts, Shape
from .strict import STRICT

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ..state import Sandbox

_SHAPES = {
    "azure": AZURE,
    "bedrock": BEDROCK,
    "llmariner": LLMARINER,
    "mistral": MISTRAL,
    "nebius": NEBIUS,
}

_NOWHERE = "/v1/-"
"""A path that the sandbox does not have: it still asks for the key before it says so."""

_COMMON = ("n_epochs", "batch_size", "learning_rate_multiplier")
_OWN_ID = re.compile(rb"\b(?:file|ftjob)-[0-9A-Za-z]{22,24}\b")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def in_shape(app: ASGIApp, sandbox: Sandbox) -> ASGIApp:
    """The application as `strict` and `like` of the sandbox's config want it to look."""
    config = sandbox.config
    if config.strict:
        app = _Likeness(app, sandbox, STRICT, "/v1")
    return (
        app if config.like is None else _Likeness(app, sandbox, _SHAPES[config.like], config.root)
    )


@dataclass(frozen=True)
class _Call:
    """What a request becomes for the sandbox, and what its answer is to be made of."""

    method: str
    path: str
    query: dict[str, str]
    one: str = ""
    """The id of the one item of a list that was asked for."""
    page: tuple[int, int] | None = None
    """The page of a list that was asked for, counted from 0, and its length."""
    instead: tuple[int, Document] | None = None
    """The answer of those that the sandbox does not have to be asked."""

    @property
    def creates(self) -> bool:
        """Whether it creates a job."""
        return (self.method, self.path) == ("POST", "/v1/fine_tuning/jobs")

    @property
    def asks(self) -> bool:
        """Whether it asks a model."""
        return (self.method, self.path) == ("POST", "/v1/chat/completions")

    @property
    def control(self) -> str:
        """`pause`, `resume`, `cancel`; "" for any other call."""
        return self.path.rpartition("/")[2] if self.method == "POST" else ""


class _Likeness:
    """A wrapper around the whole application; what is no JSON passes through it unchanged."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox, shape: Shape, root: str) -> None:
        self._app = app
        self._sandbox = sandbox
        self._shape = shape
        self._root = root
        self._ids: dict[str, str] = {}
        self._calls = [
            (re.compile(re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(theirs.partition(" ")[2]))),
             theirs.partition(" ")[0], *ours.partition(" ")[::2])
            for theirs, ours in (shape.calls or {}).items()
        ]  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/":
            await self._app(scope, receive, send)
            return
        call = self._call(scope)
        asked = {
            **scope,
            "method": call.method,
            "path": call.path,
            "query_string": urlencode(call.query).encode(),
        }
        await self._app(asked, self._reading(receive, call), self._writing(send, call))

    def _call(self, scope: Scope) -> _Call:
        method, path = scope["method"], scope["path"]
        query = self._query(scope)
        if self._shape.calls is None:
            return _Call(method, path, query)
        under = path.removeprefix(self._root) if path.startswith(f"{self._root}/") else ""
        here = [(found, each) for each in self._calls if (found := each[0].fullmatch(under))]
        fitting = [(found, each) for found, each in here if each[1] == method]
        if not fitting:
            assert self._shape.no_call is not None
            return _Call(method, _NOWHERE, {}, instead=self._shape.no_call(405 if here else 404))
        found, (_, _, method, target) = fitting[0]
        names = [self._sandboxs(name) for name in found.groups()]
        wanted = target.count("{")
        rest = iter(names)
        path = re.sub(r"\{\w+\}", lambda _: next(rest), target)
        if self._shape.needs_length and method == "POST" and not _has_length(scope):
            refusal = ApiError(411, "Length Required", code="LengthRequired")
            return _Call(method, _NOWHERE, {}, instead=self._refused(refusal))
        page = self._page(scope) if (method, "{" in target) == ("GET", False) else None
        if page is not None and target.endswith("/jobs"):
            query["limit"] = "1000"
        return _Call(method, f"/v1{path}", query, "".join(names[wanted:]), page)

    def _page(self, scope: Scope) -> tuple[int, int] | None:
        if not self._shape.pages_by_number:
            return None
        given = _given(scope)
        number = whole_number(given.get("page", "")) or 0
        length = whole_number(given.get("page_size", "")) or 100
        return max(0, number), max(1, length)

    def _query(self, scope: Scope) -> dict[str, str]:
        given = _given(scope)
        if self._shape.calls is None:
            return given
        taken = self._shape.query
        if taken is None:
            return {name: text for name, text in given.items() if name != "api-version"}
        return {name: self._sandboxs(text) for name, text in given.items() if name in taken}

    # Names: what the sandbox calls a file, job or model, and what this server does.

    def _sandboxs(self, text: str) -> str:
        for ours, theirs in self._shape.models.items():
            text = text.replace(theirs, ours)
        return (
            _UUID.sub(lambda found: self._own(found[0]), text) if self._shape.ids_as_uuids else text
        )

    def _theirs(self, body: bytes) -> bytes:
        for ours, theirs in self._shape.models.items():
            body = body.replace(ours.encode(), theirs.encode())
        if not self._shape.ids_as_uuids:
            return body
        return _OWN_ID.sub(lambda found: _uuid_of(found[0].decode()).encode(), body)

    def _own(self, name: str) -> str:
        """The sandbox's id behind a UUID, the UUID itself if it has none."""
        if name not in self._ids:
            rows = self._sandbox.database.all("SELECT id FROM jobs UNION SELECT id FROM files")
            self._ids = {_uuid_of(row["id"]): row["id"] for row in rows}
        return self._ids.get(name, name)

    # The way in.

    def _reading(self, receive: Receive, call: _Call) -> Receive:
        if self._shape.calls is None or not (call.creates or call.asks):
            return receive
        done = False

        async def read() -> Message:
            # Only when the sandbox asks for it: by then it has seen the key.
            nonlocal done
            if done:
                return await receive()
            body = bytearray()
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return message
                body += message.get("body", b"")
                if len(body) > MAX_JSON:
                    raise errors.too_large(MAX_JSON)
                if not message.get("more_body"):
                    break
            done = True
            return {
                "type": "http.request",
                "body": self._asked(bytes(body), call),
                "more_body": False,
            }

        return read

    def _asked(self, body: bytes, call: _Call) -> bytes:
        Fields.from_json(body)  # refuses what is no object, and what is too deep
        if call.asks:
            question = orjson.loads(body)
            if isinstance(question.get("model"), str):
                question["model"] = self._sandboxs(question["model"])
            return orjson.dumps(question)
        data = orjson.loads(self._sandboxs(body.decode())) if body else {}
        return orjson.dumps(self._shape.asked(data))

    # The way out.

    def _writing(self, send: Send, call: _Call) -> Send:
        held: Message | None = None
        body = bytearray()

        async def write(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_json(message):
                held = message
                return
            if held is None and call.asks and message["type"] == "http.response.body":
                await send({**message, "body": self._theirs(message.get("body", b""))})
                return
            if held is None or message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            status, document = self._answer(held["status"], orjson.loads(bytes(body)), call)
            told = self._theirs(orjson.dumps(document))
            headers = [pair for pair in held["headers"] if pair[0].lower() != b"content-length"]
            headers.append((b"content-length", str(len(told)).encode()))
            await send({**held, "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": told})

        return write

    def _answer(self, status: int, data: Any, call: _Call) -> tuple[int, Any]:
        if status >= 400:
            if self._shape.refusal is None:
                return status, data
            if call.instead is not None and status == 404:
                return call.instead
            error = data["error"]
            found = ApiError(status, error["message"], param=error["param"], code=error["code"])
            return self._refused(found)
        if data.get("object") != "list":
            return status, self._thing(data, call)
        if call.one:
            for item in data["data"]:
                if item["id"] == call.one:
                    return status, self._thing(item, call)
            return self._refused(ApiError(404, f"No such checkpoint: {call.one[:100]}"))
        return status, self._list(data, call)

    def _refused(self, error: ApiError) -> tuple[int, Document]:
        assert self._shape.refusal is not None
        return self._shape.refusal(error)

    def _list(self, data: Document, call: _Call) -> Document:
        items = data["data"]
        if self._shape.models and call.path == "/v1/models":
            items = [
                item
                for item in items
                if item["id"] in self._shape.models or item["id"].startswith("ft:")
            ]
        if self._shape.total and not call.path.endswith("/models"):
            table = "jobs" if call.path.endswith("/jobs") else "files"
            row = self._sandbox.database.one(f"SELECT count(*) FROM {table}")  # noqa: S608 - fixed
            data[self._shape.total] = row[0] if row else 0
        if call.page is not None:
            number, length = call.page
            items = items[number * length : (number + 1) * length]
        data["data"] = [self._thing(item, call, alone=False) for item in items]
        return self._plain("list", data)

    def _thing(self, item: Document, call: _Call, *, alone: bool = True) -> Document:
        kind = item.get("object", "")
        if kind == "fine_tuning.job":
            return self._job(item, call, alone=alone)
        if kind == "fine_tuning.job.checkpoint":
            item["metrics"] = self._plain("metrics", item["metrics"])
            item |= self._own_fields(kind, item["fine_tuning_job_id"], alone=alone)
        if kind == "upload" and item["file"]:
            item["file"] = self._plain("file", item["file"])
        return self._plain(kind, item)

    def _job(self, job: Document, call: _Call, *, alone: bool) -> Document:
        kind, method = job["object"], job["method"]
        name = method["type"]
        numbers = method[name]["hyperparameters"]
        kept = {
            each: json.loads(text)
            for each, text in (job["metadata"] or {}).items()
            if each in self._shape.kept
        }
        method[name] = self._plain(f"method.{name}", method[name])
        if "grader" in method[name]:
            method[name]["grader"] = self._shape.grader(method[name]["grader"])
        method[name]["hyperparameters"] = self._plain("hyperparameters", numbers | kept)
        common = {each: numbers[each] for each in _COMMON if each in numbers}
        job["hyperparameters"] = self._plain("hyperparameters", common | kept)
        job["integrations"] = [
            each | {"wandb": self._plain("wandb", each["wandb"])} for each in job["integrations"]
        ]
        job["error"] = job["error"] or None
        status = self._shape.answered.get(call.control) or job["status"]
        job["status"] = self._shape.statuses.get(status, status)
        for each, empty in self._shape.empty.items():
            job[each] = empty if job[each] is None else job[each]
        return self._plain(kind, job) | self._own_fields(kind, job["id"], alone=alone)

    def _own_fields(self, kind: str, job_id: str, *, alone: bool) -> Document:
        if kind not in self._shape.own:
            return {}
        job = store.planned_job(self._sandbox, job_id)
        return self._shape.own[kind](Facts(job, self._sandbox.clock.now(), alone))

    def _plain(self, kind: str, item: Document) -> Document:
        """The item without what this server does not have there, and with what is always so."""
        shape = self._shape
        dropped = shape.dropped.get(kind, frozenset())
        told = {
            name: str(value) if name in shape.integers_as_text else value
            for name, value in item.items()
            if name not in dropped and not (value is None and kind in shape.without_nulls)
        }
        return told | shape.added.get(kind, {})


def _given(scope: Scope) -> dict[str, str]:
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


def _uuid_of(own_id: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, own_id))


def _has_length(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    return b"content-length" in names or b"transfer-encoding" in names


def _is_json(message: Message) -> bool:
    headers: Iterator[tuple[bytes, bytes]] = iter(message["headers"])
    return any(
        name.lower() == b"content-type" and value.startswith(b"application/json")
        for name, value in headers
    )
