"""What a profile may say beyond where its endpoint is: key, headers, query, body, hyperparameters.

Keys do not belong into a settings file. Where one is wanted, `"env:NAME"` names the variable that
holds it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fttui.terminal.language import _
from fttui.terminal.text import safe

NO_KEY = "none"
"""The one word that `api_key` may be: the endpoint gets no key at all."""
METHODS = ("supervised", "dpo", "reinforcement")
GRADERS = ("string_check", "text_similarity", "score_model", "python", "multi", "lambda")
LACKS = ("create", "images", "metadata", "seed", "tools", "validation_file")
"""What an endpoint may lack, beside hyperparameters; without "create" no job is asked for there."""
FROM_ENVIRONMENT = "env:"
"""How a value begins that is read from the environment variable that follows."""

OPTION_OF = {
    "model": "--model",
    "training_file": "--training-file",
    "validation_file": "--validation-file",
    "method": "--method",
    "n_epochs": "--epochs",
    "batch_size": "--batch-size",
    "learning_rate_multiplier": "--learning-rate",
    "beta": "--beta",
    "grader": "--grader",
    "reasoning_effort": "--reasoning-effort",
    "compute_multiplier": "--compute-multiplier",
    "eval_interval": "--eval-interval",
    "eval_samples": "--eval-samples",
    "seed": "--seed",
    "suffix": "--suffix",
    "metadata": "--metadata",
}
"""The options of `fttui create`, by the names that they have in the API."""

_SETTING_OF = {
    "trainingType": "training_type",
    "hyperparameters": "[profiles.NAME.hyperparameters]",
}
_LONGEST_VALUE = 8192
_MOST_ENTRIES = 50
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_SENDABLE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_SECRETIVE = re.compile(r"(?i)(^|[-_])(api-?key|key|token|secret|password|auth\w*|credentials?)$")
_OURS = frozenset(
    {"authorization", "proxy-authorization", "host", "connection", "te", "trailer", "upgrade"}
    | {"content-length", "content-type", "content-encoding", "transfer-encoding", "expect"}
    | {"accept", "accept-encoding"}
)
_QUERY_OF_CALLS = frozenset(("after", "limit", "order", "purpose", "metadata"))
_DEEPEST = 20
_PAGE = re.compile(r"https?://[!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z{}~-]{1,1000}")


def problem_of(values: Mapping[str, Any]) -> str:
    """What is wrong with a profile's settings, as a sentence without its full stop; "" if nothing.

    A value that may be a key is never repeated.
    """
    return next(_problems(values), "")


def variable_of(value: object) -> str:
    """The environment variable that a value is read from; "" of a value that is meant as it is."""
    is_named = isinstance(value, str) and value.startswith(FROM_ENVIRONMENT)
    return str(value).removeprefix(FROM_ENVIRONMENT) if is_named else ""


def variables_in(value: object) -> Iterator[str]:
    """All environment variables that are named in a value of JSON."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from variables_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from variables_in(each)
    elif name := variable_of(value):
        yield name


def is_sendable(text: str) -> bool:
    """True of a text that can be the value of a header, and of anything else that is sent."""
    return len(text) <= _LONGEST_VALUE and _SENDABLE.fullmatch(text) is not None


def hyperparameter_problem(name: str, value: object) -> str:
    """Why `name` cannot be sent with `value` as a further hyperparameter, or "".

    The text is a sentence without its full stop.
    """
    if name in OPTION_OF:
        return _("{name} has an option of its own: {option}", name=name, option=OPTION_OF[name])
    if not _NAME.fullmatch(name):
        return _("{name!r} is not a hyperparameter's name", name=safe(name, maxlen=60))
    return _unsendable(name, value)


def _problems(values: Mapping[str, Any]) -> Iterator[str]:
    if values.get("api_key", NO_KEY) != NO_KEY:
        yield _(
            'api_key can only be "none", for an endpoint that needs no key. A key does not belong'
            " into this file: take it out, name its variable as api_key_env, or run `fttui login`"
        )
    variable = values.get("api_key_env", "")
    if variable and not _VARIABLE.fullmatch(variable):
        yield _("api_key_env must be the name of an environment variable, not what it holds")
    for name in ("organization", "project"):
        if values.get(name) and not is_sendable(values[name]):
            yield _("{name} must be a text of plain characters", name=name)
    key_header = values.get("key_header", "")
    if key_header and (not _TOKEN.fullmatch(key_header) or key_header.lower() in _OURS):
        yield _('key_header must be a name such as "api-key", and not Authorization')
    if values.get("suffix", "") not in ("", "needed", "forbidden"):
        yield _('suffix must be "needed" or "forbidden"')
    for name, known in (("methods", METHODS), ("graders", GRADERS)):
        if not set(map(str, values.get(name, ()))) <= set(known):
            yield _("{name} must be a list of: {known}", name=name, known=", ".join(known))
    for name in ("takes", "lacks"):
        if not all(isinstance(one, str) and _NAME.fullmatch(one) for one in values.get(name, ())):
            yield _("{name} must be a list of names, such as lora_r", name=name)
    pairs = values.get("renames", {})
    if not all(_NAME.fullmatch(old) and _is_name(new) for old, new in pairs.items()):
        yield _('renames must hold names, such as n_epochs = "epochs"')
    page = values.get("job_page", "")
    if page and not (_PAGE.fullmatch(page) and page.count("{id}") == 1):
        yield _('job_page must be an address such as "https://example.com/jobs/{id}"')
    yield from _header_problems(values.get("extra_headers", {}), key_header)
    yield from _query_problems(values.get("extra_query", {}))
    yield from _body_problems(values.get("extra_body", {}))
    for name, value in values.get("hyperparameters", {}).items():
        if problem := hyperparameter_problem(name, value):
            yield _("hyperparameters: {problem}", problem=problem)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _header_problems(headers: Mapping[str, Any], key_header: str) -> Iterator[str]:
    yield from _text_problems("extra_headers", headers)
    names = [name.lower() for name in headers]
    for name in headers:
        shown = safe(name, maxlen=60)
        if name.lower() == "authorization":
            yield _(
                "extra_headers: Authorization is the key's. Name its variable as api_key_env; for"
                ' another header write key_header = "api-key"'
            )
        elif not _TOKEN.fullmatch(name):
            yield _("extra_headers: {shown!r} is not a header's name", shown=shown)
        elif name.lower() in {*_OURS, key_header.lower()} or names.count(name.lower()) > 1:
            yield _(
                "extra_headers: {shown} is sent by fttui itself, or is there twice", shown=shown
            )


def _query_problems(query: Mapping[str, Any]) -> Iterator[str]:
    yield from _text_problems("extra_query", query)
    for name in query:
        shown = safe(name, maxlen=60)
        if name.partition("[")[0] in _QUERY_OF_CALLS:
            yield _("extra_query: {shown} is sent by fttui itself", shown=shown)
        elif not is_sendable(name):
            yield _("extra_query: {shown!r} is not a name", shown=shown)


def _text_problems(table: str, entries: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the values of headers and queries."""
    if len(entries) > _MOST_ENTRIES:
        yield _("{table} has over {most} entries", table=table, most=_MOST_ENTRIES)
    for name, value in entries.items():
        shown = safe(name, maxlen=60)
        if not isinstance(value, str) or not is_sendable(value):
            yield _(
                '{table}: {shown} must be a text of plain characters, or "env:NAME"',
                table=table,
                shown=shown,
            )
        elif variable := variable_of(value):
            if not _VARIABLE.fullmatch(variable):
                yield _unnamed(table, shown)
        elif value == FROM_ENVIRONMENT or _SECRETIVE.search(name):
            yield _(
                "{table}: {shown} looks like a key, which does not belong into this file. Write"
                ' "env:NAME" and set the variable NAME',
                table=table,
                shown=shown,
            )


def _body_problems(body: Mapping[str, Any]) -> Iterator[str]:
    if len(body) > _MOST_ENTRIES:
        yield _("{table} has over {most} entries", table="extra_body", most=_MOST_ENTRIES)
    for name, value in body.items():
        shown = safe(name, maxlen=60)
        if name in OPTION_OF:
            yield _(
                "extra_body: {name} has an option of its own: {option}",
                name=name,
                option=OPTION_OF[name],
            )
        elif name in _SETTING_OF:
            yield _(
                "extra_body: {name} has a setting of its own: {setting}",
                name=name,
                setting=_SETTING_OF[name],
            )
        elif not is_sendable(name):
            yield _("extra_body: {shown!r} is not a name", shown=shown)
        elif problem := _unsendable(shown, value):
            yield _("extra_body: {problem}", problem=problem)
        elif not all(map(_VARIABLE.fullmatch, variables_in(value))):
            yield _unnamed("extra_body", shown)


def _unnamed(table: str, shown: str) -> str:
    return _("{table}: {shown} names no environment variable behind env:", table=table, shown=shown)


def _unsendable(name: str, value: object) -> str:
    """Why a value cannot be sent as JSON, or ""."""
    if not _is_json(value) or len(json.dumps(value)) > _LONGEST_VALUE:
        return _(
            "{name} must be a value of JSON of at most {most:,} characters",
            name=name,
            most=_LONGEST_VALUE,
        )
    return ""


def _is_json(value: object, depth: int = 0) -> bool:
    if depth > _DEEPEST:
        return False
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int) or value is None:
        return value is None or abs(value) < 2**63
    if isinstance(value, Mapping):
        keys = all(isinstance(key, str) and _is_json(key) for key in value)
        return keys and all(_is_json(each, depth + 1) for each in value.values())
    return isinstance(value, list) and all(_is_json(each, depth + 1) for each in value)
