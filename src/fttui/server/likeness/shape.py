"""How another server differs from OpenAI's API, as a table that `wrapper` applies."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ApiError
from ..jobs.lifecycle import PlannedJob
from ..parameters import wrong_type

Document = dict[str, Any]


@dataclass(frozen=True)
class Facts:
    """A job that is told, when, and whether by itself rather than in a list."""

    job: PlannedJob
    now: float
    alone: bool


@dataclass(frozen=True)
class Shape:
    """What another server does in its own way; what is not named here it does as OpenAI."""

    calls: Mapping[str, str] | None = None
    """The calls it has, by "METHOD path", and the sandbox's for those of its own; None: all."""

    no_call: Callable[[int], tuple[int, Document]] | None = None
    """The answer where it has no such path (404) or method (405)."""

    refusal: Callable[[ApiError], tuple[int, Document]] | None = None
    """The answer to everything else that is refused."""

    query: frozenset[str] | None = None
    """The parameters that it reads; it ignores any other. None: all but `api-version`."""

    models: Mapping[str, str] = field(default_factory=dict)
    """The sandbox's names of models, and its own; no others are listed then."""

    asked: Callable[[Document], Document] = dict
    """From a body of its create call to the sandbox's; raises ApiError for what it refuses."""

    statuses: Mapping[str, str] = field(default_factory=dict)
    answered: Mapping[str, str] = field(default_factory=dict)
    """The status of a job in the answer to this control call, whatever it is afterwards."""

    dropped: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By `object`, the fields that it does not have."""

    added: Mapping[str, Document] = field(default_factory=dict)
    """By `object`, fields of its own that are always the same."""

    own: Mapping[str, Callable[[Facts], Document]] = field(default_factory=dict)
    """By `object`, fields of a job or its checkpoints that OpenAI tells otherwise or not at all."""

    without_nulls: frozenset[str] = frozenset()
    """By `object`, where it leaves out what OpenAI has null."""

    empty: Mapping[str, Any] = field(default_factory=dict)
    """What it tells for a field that OpenAI has null."""

    kept: frozenset[str] = frozenset()
    """Its own hyperparameters; the sandbox keeps them in the metadata, which it does not show."""

    grader: Callable[[Document], Document] = dict
    """From the sandbox's grader of a job to its own."""

    integers_as_text: frozenset[str] = frozenset()
    pages_by_number: bool = False
    total: str = ""
    """The field of a list of jobs that tells how many there are in all."""

    ids_as_uuids: bool = False
    needs_length: bool = False
    """Whether a POST without a Content-Length is refused."""


def object_in(body: Document, name: str) -> Document:
    """The object in the body, empty if it is not there; refuses anything else."""
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise wrong_type(name, "an object", value)
    return value or {}


def only(body: Document, *names: str) -> Document:
    """What of these was sent, with something other than null."""
    return {name: body[name] for name in names if body.get(name) is not None}


def keep(values: Document, names: frozenset[str]) -> dict[str, str]:
    """The metadata that hold a server's own hyperparameters."""
    return {name: json.dumps(values[name]) for name in sorted(names) if name in values}


def calls(*lines: str) -> dict[str, str]:
    """Calls by "METHOD path"; `THEIRS > OURS` where the sandbox has it elsewhere."""
    pairs = [line.partition(" > ") for line in lines]
    return {theirs: ours or theirs for theirs, _, ours in pairs}


JOBS = (
    "POST /fine_tuning/jobs", "GET /fine_tuning/jobs", "GET /fine_tuning/jobs/{id}",
    "POST /fine_tuning/jobs/{id}/cancel",
)  # fmt: skip
PARTS = ("GET /fine_tuning/jobs/{id}/events", "GET /fine_tuning/jobs/{id}/checkpoints")
FILES = ("POST /files", "GET /files", "GET /files/{id}", "DELETE /files/{id}")
CONTENT = "GET /files/{id}/content"
MODELS = ("GET /models", "GET /models/{id}")
CHAT = "POST /chat/completions"


def refused_by_fastapi(error: ApiError) -> tuple[int, Document]:
    """422 with the field's place for what a body has wrong, else one `detail`."""
    if error.status != 400 or error.param is None:
        return error.status, {"detail": error.message}
    place = [int(part) if part.isdigit() else part for part in _places(error.param)]
    return 422, {
        "detail": [{"type": error.code or "value_error", "loc": ["body", *place],
                    "msg": error.message}]
    }  # fmt: skip


def _places(param: str) -> list[str]:
    return param.replace("[", ".").replace("]", "").split(".")
