"""Turning whatever a call raised into one `ServiceError`."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from fttui.services.endpoint.errors import (
    ConnectionLostError,
    NotSentError,
    Outcome,
    RedirectError,
    ServiceError,
    UnreadableAnswerError,
)
from fttui.services.endpoint.reading import as_mapping, refusal_body
from fttui.services.endpoint.refusals import (
    answer_of,
    best_message,
    code_of,
    param_of,
    plain,
    short,
)
from fttui.terminal.language import _

__all__ = ["best_message", "map_client_error", "map_error", "plain", "read_retry_after"]

MAX_RETRY_AFTER = 120.0
_NEVER_SENT = frozenset(
    {
        "ConnectError",
        "ConnectTimeout",
        "PoolTimeout",
        "UnsupportedProtocol",
        "InvalidURL",
        "ProxyError",
    }
)
_UNANSWERED = frozenset({"APIConnectionError", "RequestFailedError"})
_CUT = "peer closed connection"
"""What is said of a body that ends before it is whole."""
_NOT_TLS = ("wrong version number", "wrong_version_number", "record layer failure", "http request")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_PROXIES = tuple(
    name
    for kind in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
    for name in (kind, kind.lower())
)


def map_error(
    error: BaseException,
    where: str,
    proxy: str = "",
    *,
    has_left: bool = True,
    key_advice: str = "",
    before: BaseException | None = None,
) -> ServiceError:
    """The `ServiceError` for `error`, raised by a call to the endpoint called `where`.

    `proxy` names the proxy that the call went through, and what set it; "" when there was none.
    With `has_left` False nothing of the call has left this machine. `key_advice` says how to give
    the endpoint another key, without a full stop. `before` is what was being handled when the call
    began: it tells of another call.
    """
    if isinstance(error, ServiceError):
        return error
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _map_status(error, status, where, key_advice)
    chain = list(_chain(error, before))
    for link in chain:
        if isinstance(link, ServiceError):
            return link
    # What was raised deeper down may be of an earlier attempt; only these two say what happened.
    names = {type(link).__name__ for link in chain[:2]}
    reason = _said_by(chain[-1])
    if isinstance(error, TimeoutError):
        reason = _("no answer in time")
    is_of_header = "LocalProtocolError" in names and "header" in str(chain[-1]).lower()
    if is_of_header or (isinstance(error, UnicodeEncodeError) and not has_left):
        return NotSentError(
            _("The key or a header holds a character that cannot be sent, so nothing was sent."),
            _("`fttui doctor` says where the key comes from. Set it again, without line breaks."),
            outcome=Outcome.NOT_SENT,
        )
    if names & _NEVER_SENT or not has_left or isinstance(error, ImportError | FileNotFoundError):
        return _map_not_sent(reason, names, where, proxy)
    return _map_lost(error, chain[-1], names, reason, where)


def _map_lost(
    error: BaseException, deepest: BaseException, names: set[str], reason: str, where: str
) -> ServiceError:
    """What is known of a call that has left, and was not answered well."""
    if isinstance(error, TimeoutError) or any("Timeout" in name for name in names):
        return ConnectionLostError(
            _("{where} did not answer in time.", where=where),
            _("Check the connection and try again."),
            retryable=True,
            code="timeout",
            detail=reason,
        )
    is_cut = "RemoteProtocolError" in names and _CUT in str(error)
    if names & _UNANSWERED or isinstance(deepest, OSError) or is_cut:
        return ConnectionLostError(
            _("The connection to {where} was lost ({reason}).", where=where, reason=reason),
            _("Check the connection and try again."),
            retryable=True,
            code="connection_lost",
            detail=reason,
        )
    return UnreadableAnswerError(
        _("The answer of {where} could not be read.", where=where),
        _("Check that the base URL is an OpenAI-compatible API."),
        code="unreadable_answer",
        detail=plain(f"{type(error).__name__}: {error}"),
    )


def map_client_error(error: BaseException) -> ServiceError:
    """The `ServiceError` for a client that cannot be made: a fault of this machine's settings."""
    if isinstance(error, ServiceError):
        return error
    said = plain(error) or type(error).__name__
    proxies = [name for name in _PROXIES if os.environ.get(name)]
    if isinstance(error, OSError):  # a file of certificates; ssl.SSLError is one, too
        names = [name for name in _CERTIFICATES if os.environ.get(name)]
        system = _("the certificates of this system")
        hint = _("Check {join}.", join=_(" and ").join(names) or system)
        what = _("The certificates that the connection needs cannot be read")
        code = "certificate"
    elif isinstance(error, ImportError):
        hint = _("Install httpx2[socks] beside fttui, or unset ALL_PROXY.")
        what, code = _("A SOCKS proxy is configured, which this installation cannot use"), "proxy"
    elif proxies:
        hint, code = _("Check or unset {join}.", join=_(" and ").join(proxies)), "proxy"
        what = _("The connection cannot be set up with this proxy")
    else:
        hint, code = _("Check the base URL and the key."), "client"
        what = _("The connection cannot be set up")
    return NotSentError(
        _("{what} ({said}); nothing was sent.", what=what, said=said),
        hint,
        outcome=Outcome.NOT_SENT,
        code=code,
    )


def _said_by(error: BaseException) -> str:
    """What an error says, in words: the system's own for a connection that was refused or lost."""
    if isinstance(error, ConnectionError) and error.errno:
        return os.strerror(error.errno)
    return plain(error) or type(error).__name__


def _map_not_sent(reason: str, names: set[str], where: str, proxy: str) -> ServiceError:
    lowered = reason.lower()
    if any(sign in lowered for sign in _NOT_TLS):
        return NotSentError(
            _(
                "{where} does not speak https ({reason}); nothing was sent.",
                where=where,
                reason=reason,
            ),
            _("If it is a server without encryption, write the base URL with http://."),
            outcome=Outcome.NOT_SENT,
            code="not_https",
        )
    if "certificate" in lowered or "ssl" in lowered:
        return NotSentError(
            _(
                "The TLS certificate of {where} is not trusted ({reason}); nothing was sent.",
                where=where,
                reason=reason,
            ),
            _("For a company or self-signed CA set SSL_CERT_FILE to its PEM file and start again."),
            outcome=Outcome.NOT_SENT,
            code="certificate",
        )
    if "ImportError" in names or "socksio" in lowered:
        return NotSentError(
            _("A SOCKS proxy is configured, which this installation cannot use; nothing was sent."),
            _("Install httpx2[socks] beside fttui, or unset ALL_PROXY."),
            outcome=Outcome.NOT_SENT,
            code="proxy",
        )
    if "FileNotFoundError" in names:
        return NotSentError(
            _(
                "A file that the connection needs is missing ({reason}); nothing was sent.",
                reason=reason,
            ),
            _("Check SSL_CERT_FILE."),
            outcome=Outcome.NOT_SENT,
        )
    return _map_not_reached(reason, where, proxy)


def _map_not_reached(reason: str, where: str, proxy: str) -> ServiceError:
    subject, hint = where, _("Check the network and the base URL, then try again.")
    if proxy:
        subject = _("{where} cannot be reached: the proxy {proxy}", where=where, proxy=proxy)
        hint = _("Start that proxy, correct its setting or unset it, then try again.")
    does = _("did not connect") if proxy else _("cannot be reached")
    return NotSentError(
        _(
            "{subject} {does} ({reason}); nothing was sent.",
            subject=subject,
            does=does,
            reason=reason,
        ),
        hint,
        outcome=Outcome.NOT_SENT,
        retryable=True,
        code="cannot_connect",
    )


def _target(headers: Mapping[str, str]) -> str:
    """Where a redirect leads, without the query, in which signatures stand for a key."""
    address, mark, _query = headers.get("location", "elsewhere").partition("?")
    return plain(f"{address}{mark and '?…'}", 200)


def _is_of_content(response: object) -> bool:
    """True of an answer to a call for the bytes of a file."""
    try:
        return str(response.request.url.path).endswith("/content")  # type: ignore[attr-defined]
    except (AttributeError, RuntimeError):
        return False


def _map_status(error: BaseException, status: int, where: str, key_advice: str) -> ServiceError:
    response = getattr(error, "response", None)
    headers: Mapping[str, str] = getattr(response, "headers", {})
    content = getattr(response, "content", None)
    # The SDK takes an `error` that is null or a mere text for all that was said.
    body = refusal_body(content) if isinstance(content, bytes) else getattr(error, "body", None)
    inner = as_mapping(body)
    code = code_of(inner)
    message = best_message(body)
    request_id = short(headers.get("x-request-id"))
    if 300 <= status < 400:
        return RedirectError(
            _(
                "{where} redirects to {target}; fttui never follows that, so nothing went there.",
                where=where,
                target=_target(headers),
            ),
            _("The content is kept there. If you trust that address, `curl -L` fetches it.")
            if _is_of_content(response)
            else _("If you trust that address, set it as the base URL."),
            outcome=Outcome.REFUSED,
            status=status,
            code="redirect",
            request_id=request_id,
        )
    is_text_of_api = isinstance(body, str) and "json" in headers.get("content-type", "")
    answer = answer_of(status, code, message, {"message": body} if is_text_of_api else body)
    said = _(": {said}", said=message) if message else "."
    if not said.endswith((".", "!", "?", "…")):
        said += "."  # another sentence may follow
    explained = answer.kind(
        _(answer.sentence, where=where, said=said, status=status),
        _(answer.hint, where=where, advice=key_advice or _("Set another key")),
        outcome=Outcome.REFUSED if answer.is_certain else Outcome.UNKNOWN,
        retryable=not answer.is_certain,
        status=status,
        code=code or (f"http_{status}"),
        param=param_of(inner),
        request_id=request_id,
        retry_after=read_retry_after(headers) if status in {408, 429, 503} else None,
        detail=message,
    )
    explained.is_apis = isinstance(body, Mapping) and not isinstance(body.get("error"), str)
    return explained


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `retry-after-ms` or `Retry-After`, within 0 and 120; None if untold."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return _bounded(milliseconds / 1000)
    header = headers.get("retry-after")
    seconds = _number(header)
    if seconds is not None:
        return _bounded(seconds)
    try:
        moment = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _bounded((moment - datetime.now(UTC)).total_seconds())


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _chain(error: BaseException, before: BaseException | None) -> Iterator[BaseException]:
    """What led to `error`; not what was raised `before` all of it, which Python adds at the end."""
    seen = {id(before)}
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__
