"""What the refusals of many servers mean: by code and words first, and by number last."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fttui.services.endpoint.errors import (
    NotFoundError,
    OutOfQuotaError,
    RateLimitedError,
    RefusedError,
    ServerFailedError,
    ServiceError,
    UnauthorizedError,
    UnsupportedError,
)
from fttui.services.endpoint.reading import as_list, as_mapping
from fttui.storage.secrets import redact
from fttui.terminal.language import _, marked
from fttui.terminal.text import safe

_LONGEST_MESSAGE = 300
_LOOKED_THROUGH = 6000  # of a key that is cut, too little may be left to know it by
_MOST_FIELDS = 3
_BILLING_CODES = frozenset(
    {"insufficient_quota", "exceeded_quota", "billing_hard_limit_reached", "billing_not_active"}
)
_NOT_IMPLEMENTED = frozenset(
    {"not_implemented", "api_not_implemented", "unknown_url", "unimplemented"}
)
_GRPC_CODES = {
    3: "invalid_argument",
    5: "not_found",
    6: "already_exists",
    7: "permission_denied",
    8: "resource_exhausted",
    9: "failed_precondition",
    12: "unimplemented",
    16: "unauthenticated",
}
_TOO_MANY_JOBS = re.compile(
    r"\b(concurrent|maximum|max|limit|too many|already)\b.{0,60}\bjobs?\b"
    r"|\bjobs?\b.{0,60}\b(concurrent|concurrency|limit|maximum|max|quota)\b",
    re.IGNORECASE,
)
_OF_CALLS = re.compile(r"\brequests?\b|\bper (second|minute|hour)\b|\b[RT]PM\b", re.IGNORECASE)
_IS_UNPAID = re.compile(
    r"exceeded your current quota|quota is not enough|no credits? (left|remaining)|out of credits?"
    r"|(insufficient|not enough)[ _](\w+[ _])?(quota|balance|credits?|funds)",
    re.IGNORECASE,
)
_A_DAY = re.compile(r"\bdaily|per[ _-]day|day_limit|\(RPD\)", re.IGNORECASE)
_IS_EXPIRED = re.compile(
    r"(key|token)\b.*expired|expired\W.*(key|token)|(key|token)_expired|expired_api_key|ExpiredToken",
    re.IGNORECASE,
)
_KEYLESS = re.compile(r"key[- ]based authentication is disabled", re.IGNORECASE)
_OF_STATE = re.compile(
    r"(cancel|pause|resume)\w*\b.*\b(status|state)\b"
    r"|already (been )?(cancel|succeed|fail|complet|finish)"
    r"|\b(terminal|final|wrong) (state|status)\b|\bnot in (a|an|the)\b.*\b(state|status)\b",
    re.IGNORECASE,
)
_NOT_TRAINED = re.compile(r"base model does not support fine-?tuning", re.IGNORECASE)
_WRONG = (
    r"(top[- ]level|not permitted|not allowed|unknown|unrecognized|unexpected|unsupported|extra)"
)
_OF_SETTINGS = (
    (
        re.compile(
            rf"(hyperparameters.*{_WRONG}|{_WRONG}.*hyperparameters).*\bmethod\b", re.IGNORECASE
        ),
        "false",
    ),
    (re.compile(rf"\bmethod\b.*{_WRONG}|hyperparameters.*top[- ]level", re.IGNORECASE), "true"),
)
_LISTS_OF_FIELDS = ("errors", "violations", "invalid-params", "invalid_params")
_TEXTS = ("message", "detail", "error", "title", "msg", "reason", "defaultMessage", "description")
_OTHER_TEXTS = ("error_description", "error_message", "errorMessage")
_NAMES_OF_FIELDS = ("field", "param", "propertyPath", "name", "path")
_NO_ROUTE = re.compile(
    r"^(404:? )?(page )?not[ _]found[.!]?$|no route|unknown (endpoint|url|path|route)|invalid url"
    r"|not[ _]implemented|unrecognized request url|cannot (get|post|delete) /"
    r"|no such (route|endpoint)|(route|endpoint|path) .*not (found|exist)",
    re.IGNORECASE,
)


def plain(text: object, maxlen: int = _LONGEST_MESSAGE) -> str:
    """Any text of a server or the system, without secrets, safe to show, cut to `maxlen`."""
    return safe(redact(str(text)[: max(maxlen * 4, _LOOKED_THROUGH)]), maxlen=maxlen).strip()


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer of a certain status means.

    In `sentence` stand where, said and status, in `hint` where and the advice about its key.
    """

    kind: type[ServiceError]
    sentence: str
    hint: str
    is_certain: bool = True


_UNSUPPORTED = Answer(
    UnsupportedError,
    marked("{where} does not support this{said}"),
    marked("This endpoint does not offer the call; everything else keeps working."),
)
_UNPAID = Answer(
    OutOfQuotaError,
    marked("{where} wants to be paid first{said}"),
    marked("Check the balance and billing details of the account there; nothing was made."),
)
_TOO_LARGE = Answer(
    RefusedError,
    marked("{where}, or a proxy before it, takes nothing as large as this{said}"),
    marked("Send a smaller file, or ask whoever runs {where} for a higher limit."),
)
_ANSWERS = {
    401: Answer(
        UnauthorizedError,
        marked("{where} does not accept the key{said}"),
        marked(
            "`fttui doctor` says where the key comes from. Correct it there, or make a new one. "
            "{advice} for one of {where}."
        ),
    ),
    403: Answer(
        RefusedError,
        marked("{where} does not permit this{said}"),
        marked("Ask whoever runs {where} for the right, or use another key. {advice} for that."),
    ),
    404: Answer(
        NotFoundError,
        marked("{where} does not know it{said}"),
        marked("It may be deleted, or belong to another project or endpoint."),
    ),
    402: _UNPAID,
    405: _UNSUPPORTED,
    407: Answer(
        RefusedError,
        marked("The proxy refuses the connection{said}"),
        marked("Check HTTPS_PROXY and its credentials."),
    ),
    413: _TOO_LARGE,
    429: Answer(
        RateLimitedError,
        marked("{where} asks to wait{said}"),
        marked("Wait a little."),
        is_certain=False,
    ),
    501: _UNSUPPORTED,
}
NOT_IN_ARCHIVE = "not_in_archive"
_OF_ARCHIVES = {
    (404, NOT_IN_ARCHIVE): Answer(
        NotFoundError,
        "{where}{said}",
        marked("The endpoint may have it still: `fttui archive` saves what is missing."),
    ),
    (403, "archive_read_only"): Answer(RefusedError, "{where}{said}", ""),
}
"""By status and code, what our own server of an archive answers."""
_QUOTA = Answer(
    OutOfQuotaError,
    marked("The account is out of quota{said}"),
    marked("Check the plan and billing details of the account; trying again will not help."),
)
_TOO_MANY = Answer(
    OutOfQuotaError,
    marked("{where} takes no more of these now{said}"),
    marked("Nothing was made. Try again when there is room, or ask whoever runs {where} for more."),
)
_FAILED = Answer(
    ServerFailedError,
    marked("{where} failed (HTTP {status}){said}"),
    marked("This is on the endpoint's side; try again in a while."),
    is_certain=False,
)


_CONFLICT = Answer(
    ServerFailedError,
    marked("{where} says that this conflicts with what is there{said}"),
    marked("Look at what is there now, then try again."),
    is_certain=False,
)
_EXPIRED = Answer(
    UnauthorizedError,
    marked("The key has expired, says {where}{said}"),
    marked("Make a new one. {advice} for it."),
)
_NO_KEYS = Answer(
    UnauthorizedError,
    marked("{where} takes no API keys for this resource{said}"),
    marked(
        "Give it a token, of Microsoft Entra ID for example, in the place of the key. {advice}."
    ),
)
_DAILY = Answer(
    OutOfQuotaError,
    marked("{where} takes no more of these today{said}"),
    marked("Nothing was made. Try again tomorrow, or ask whoever runs {where} for a higher limit."),
)


def answer_of(status: int, code: str | None, message: str, body: object) -> Answer:
    """What a refusal means, by its code and its words where they tell more than the number."""
    if (status, code) in _OF_ARCHIVES:
        return _OF_ARCHIVES[status, str(code)]
    if status == 404 and not isinstance(body, Mapping):
        return _UNSUPPORTED
    if status in {400, 403, 404} and code in _NOT_IMPLEMENTED:
        return _UNSUPPORTED
    said = f"{code} {message}".replace("_", " ")
    if status == 429 and {code, as_mapping(body).get("type")} & _BILLING_CODES:
        return _QUOTA
    if status in {400, 403, 429} and isinstance(body, Mapping) and _IS_UNPAID.search(said):
        return _QUOTA
    if status == 429 and isinstance(body, Mapping):
        if _A_DAY.search(f"{code} {message}"):
            return _DAILY
        if _TOO_MANY_JOBS.search(said) and not _OF_CALLS.search(said):
            return _TOO_MANY
    if status in {401, 403} and (code == "AuthenticationTypeDisabled" or _KEYLESS.search(message)):
        return _NO_KEYS
    if status in {401, 403} and _IS_EXPIRED.search(f"{code} {message}"):
        return _EXPIRED
    if status in _ANSWERS:
        return _ANSWERS[status]
    if status == 409:
        return _CONFLICT
    if status >= 500 or status in {408, 425}:
        return _FAILED
    hint = _hint_for(code, message, param_of(as_mapping(body)))
    return Answer(RefusedError, marked("{where} refused it{said}"), hint)


def _hint_for(code: str | None, message: str, param: str | None) -> str:
    if code == "model_not_available" or "not available for fine-tuning" in message:
        return _("Choose another model; the list of models shows what the endpoint offers.")
    if "still being processed" in message:
        return _("The endpoint is still reading the file; try again in a minute.")
    if _OF_STATE.search(message):
        return _("The state of the job does not allow it; `fttui show` tells what that is.")
    if _NOT_TRAINED.search(message):
        return _(
            "If the model can be fine-tuned there, the kind of training is missing: set "
            'training_type = "Standard" in the profile, or another kind that {where} knows.'
        )
    for pattern, value in _OF_SETTINGS:
        if pattern.search(f"{param or ''}: {message}"):
            return _(
                "This endpoint takes the hyperparameters in another place: set "
                "top_level_hyperparameters = {value} in the profile.",
                value=value,
            )
    from fttui.services.explanations import explain

    found = explain(code or "", message)
    return found.next_step if found else _("Correct what it names and try again.")


def best_message(body: object) -> str:
    """The most telling text in an error body of any shape; "" when there is none."""
    if isinstance(body, str):
        if "<html" in body[:2000].lower() or "<!doctype" in body[:2000].lower():
            return _web_page()
        return plain(body)
    if isinstance(body, list):
        return "; ".join(filter(None, map(_of_field, body[:_MOST_FIELDS])))
    if not isinstance(body, dict):
        return "" if body is None else plain(body)
    fields = _fields_text(body)
    for key in (*_TEXTS, *_OTHER_TEXTS):
        found = body.get(key)
        if isinstance(found, str) and found.strip():
            said = plain(found)
            return said if not fields or fields in said else f"{said.rstrip('.:')}: {fields}"
        if isinstance(found, dict | list) and found:
            return best_message(found)
    return fields or _told_by_field(body)


def _fields_text(body: Mapping[str, object]) -> str:
    """What a refusal tells of single fields besides its message, of which it is no part then."""
    for name in _LISTS_OF_FIELDS:
        if entries := _entries(body.get(name)):
            return plain(best_message(entries))
    return ""


def _told_by_field(body: Mapping[str, object]) -> str:
    """What a body says that is nothing but problems by field, each a list of sentences."""
    lists = {name: as_list(each) for name, each in body.items()}
    if not all(each and all(isinstance(one, str) for one in each) for each in lists.values()):
        return ""
    return plain(best_message(_entries(lists)[:_MOST_FIELDS]))


def _entries(found: object) -> list[object]:
    """The problems of a refusal; of an object of them by field each with its field."""
    if isinstance(found, dict):
        texts = ((field, each) for field, each in found.items() if isinstance(field, str))
        return [
            {"field": field, "message": " ".join(map(str, as_list(each))) or each}
            for field, each in texts
        ]
    return as_list(found)


def _of_field(entry: object) -> str:
    """One entry of a list of problems, after the field that it is about."""
    message, field = best_message(entry), _field_of(entry)
    return f"{field}: {message}" if field and field not in message else message


def _field_of(entry: object) -> str:
    """The field that an entry names: FastAPI's `loc`, gRPC's `field`, or by what others call it."""
    told = as_mapping(entry)
    place = [one for one in as_list(told.get("loc")) if isinstance(one, str | int)]
    if place[:1] == ["body"] or place[:1] == ["query"]:
        place = place[1:]
    named = next(filter(None, (short(told.get(name)) for name in _NAMES_OF_FIELDS)), "")
    return plain(".".join(map(str, place)), 120) or named


def param_of(body: Mapping[str, object]) -> str | None:
    """The request field at fault, by whatever name the body of a refusal tells it."""
    if told := short(body.get("param")):
        return told
    for name in ("detail", "details", *_LISTS_OF_FIELDS):
        found = body.get(name)
        for entry in _entries(found) if name in _LISTS_OF_FIELDS else as_list(found):
            inner = as_list(as_mapping(entry).get("fieldViolations"))
            if field := next(filter(None, map(_field_of, [entry, *inner])), ""):
                return field
    return None


def code_of(body: Mapping[str, object]) -> str | None:
    """The code of a refusal; a number of gRPC in its word."""
    code = body.get("code")
    if isinstance(code, int) and not isinstance(code, bool) and "details" in body:
        return _GRPC_CODES.get(code, f"{code}")
    return short(code)


def said_in(answer: object) -> str:
    """`: ` and what an answer tells that is not what was asked for; "" where it tells nothing."""
    said = best_message(answer) if isinstance(answer, dict) else ""
    return _(": {said}", said=said.rstrip(".")) if said else ""


def is_no_route(detail: str) -> bool:
    """True for the words by which servers say that there is nothing at an address."""
    return detail == _web_page() or bool(_NO_ROUTE.search(detail))


def _web_page() -> str:
    return _("the answer is a web page, not the API's")


def short(value: object) -> str | None:
    """A code or the name of a field, safe to show; None for anything longer or of another kind."""
    return plain(value, 120) or None if isinstance(value, str | int) else None
