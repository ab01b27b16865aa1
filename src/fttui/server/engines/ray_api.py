"""Ray's Jobs API over HTTP: the few calls that an engine needs, with their failures as sentences.

Every call waits for the network, so it is made in a thread.
"""

from __future__ import annotations

import ipaddress
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from ..config import shown
from . import EngineUnavailable

TOKEN, TOKEN_PATH = "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"
_SECONDS = httpx2.Timeout(10.0, connect=5.0)
"""No longer, for the server cannot end before."""
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0
_MOST_BYTES = 64 << 20
"""Of one answer: a log that is longer is not taken."""
_SHOWN = 300
_HIDDEN = "[hidden]"
_EXISTS = "already exists"


class RayRefusedError(Exception):
    """What was named cannot be used; `sentence` says why, `hint` what to do."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(" ".join(part for part in (sentence, hint) if part))
        self.sentence = sentence
        self.hint = hint


class RayTokenError(EngineUnavailable):
    """Ray does not take the token, or wants one."""


class AnswerLost(EngineUnavailable):
    """A request may have reached Ray, and nobody knows what came of it."""


@dataclass(frozen=True, slots=True)
class RayJob:
    """A job as Ray tells it: one of PENDING, RUNNING, STOPPED, SUCCEEDED, FAILED."""

    status: str
    message: str = ""
    error_type: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.status in ("STOPPED", "SUCCEEDED", "FAILED")


def checked_address(url: str) -> str:
    """The base URL of a Ray dashboard that a token may be sent to; raises RayRefusedError."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        plain = parts.scheme == "http"
        fits = (plain or parts.scheme == "https") and host != "" and url.isprintable()
    except ValueError:
        fits, plain, host, parts = False, False, "", urlsplit("")
    if not fits or parts.query or parts.fragment or " " in url:
        raise RayRefusedError(
            "The address of Ray is no http(s) URL.",
            "Name the one of its dashboard, such as http://127.0.0.1:8265, with --ray.",
        )
    if "@" in parts.netloc:
        raise RayRefusedError(
            "The address of Ray holds a name or a password, which others can see there.",
            f"Set {TOKEN} or {TOKEN_PATH} instead.",
        )
    if plain and not _is_loopback(host):
        raise RayRefusedError(
            f"Ray at {shown(host)} would be spoken to unencrypted: whoever listens could take the "
            "token and run programs there.",
            "Name an https address, or make a tunnel, `ssh -L 8265:127.0.0.1:8265 HOST`, and name "
            "http://127.0.0.1:8265 with --ray.",
        )
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def token_from(environ: Mapping[str, str]) -> str | None:
    """The token that Ray is to be shown, as Ray's own tools look for it; raises RayRefusedError."""
    token, named = environ.get(TOKEN, "").strip(), TOKEN
    path = environ.get(TOKEN_PATH, "")
    if not token and path:
        named = TOKEN_PATH
        try:
            token = Path(path).expanduser().read_text("utf-8").strip()
        except (OSError, ValueError, RuntimeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise RayRefusedError(
                f"The file that {TOKEN_PATH} names cannot be read: {why}."
            ) from None
        if not token:
            raise RayRefusedError(f"The file that {TOKEN_PATH} names is empty.")
    if not token:
        return None
    if not token.isascii() or not token.isprintable() or " " in token:
        raise RayRefusedError(f"What {named} gives is no token: it has characters that none has.")
    return token


class RayApi:
    """One Ray cluster. One that does not answer is left alone for a while, longer each time."""

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        pause: float = _FIRST_PAUSE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises RayRefusedError for an address that no token may be sent to."""
        self.url = checked_address(url)
        self._token = token
        self._first_pause = pause
        self._pause = pause
        self._now = now
        self._away: tuple[float, str] | None = None
        # A proxy of the environment must not be asked for this machine.
        self._client = httpx2.Client(
            timeout=_SECONDS,
            follow_redirects=False,
            trust_env=url.startswith("https:"),
            auth=self._show_token,
        )

    def _show_token(self, request: httpx2.Request) -> httpx2.Request:
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    # What is asked.

    def version(self) -> str:
        """The version of Ray there."""
        found = self._document(self._ask("GET", "/api/version"))
        return str(found.get("ray_version") or found.get("version") or "of no known version")[:40]

    def has_package(self, name: str) -> bool:
        """Whether a package is there; it is then kept for some minutes."""
        return self._ask("GET", f"/api/packages/gcs/{name}", missing=True) is not None

    def upload(self, name: str, content: bytes) -> None:
        """Sends a package."""
        self._ask("PUT", f"/api/packages/gcs/{name}", content=content)

    def submit(self, job: Mapping[str, Any]) -> None:
        """Hands a job over; one that is there already under its id has come before."""
        try:
            self._ask("POST", "/api/jobs/", content=json.dumps(job).encode())
        except EngineUnavailable as error:
            if _EXISTS not in str(error):
                raise

    def job(self, submission: str) -> RayJob | None:
        """How a job stands; None if Ray knows of none. Raises EngineUnavailable."""
        answer = self._ask("GET", f"/api/jobs/{quote(submission)}", missing=True)
        if answer is None:
            return None
        found = self._document(answer)
        status = found.get("status")
        if status not in ("PENDING", "RUNNING", "STOPPED", "SUCCEEDED", "FAILED"):
            raise EngineUnavailable(f"Ray at {self.url} does not say how {submission} stands.")
        return RayJob(status, self._text(found.get("message")), self._text(found.get("error_type")))

    def stop(self, submission: str) -> None:
        """Has Ray end a job: at once, three seconds later by force."""
        self._ask("POST", f"/api/jobs/{quote(submission)}/stop", missing=True)

    def logs(self, submission: str) -> str:
        """What a job has written."""
        answer = self._ask("GET", f"/api/jobs/{quote(submission)}/logs", missing=True)
        return "" if answer is None else self._text(self._document(answer).get("logs"))

    # How it is asked.

    def _ask(
        self, method: str, path: str, *, content: bytes | None = None, missing: bool = False
    ) -> bytes | None:
        """The answer's body; None for a 404 where something may be missing."""
        if self._away is not None and self._now() < self._away[0]:
            raise EngineUnavailable(self._away[1])
        try:
            status, body = self._send(method, path, content)
            if status in (401, 403):
                raise RayTokenError(self._token_sentence())
        except EngineUnavailable as error:
            # It was not answered, and what was sent then is asked for when it is there again.
            self._away = (self._now() + self._pause, str(error))
            self._pause = min(_LONGEST_PAUSE, 2 * self._pause)
            raise
        self._away, self._pause = None, self._first_pause
        if status == 404 and missing:
            return None
        if status >= 300:
            kind = AnswerLost if status >= 500 else EngineUnavailable
            raise kind(f"Ray at {self.url} refused ({status}): {self._reason(body)}")
        return body

    def _send(self, method: str, path: str, content: bytes | None) -> tuple[int, bytes]:
        headers = {} if content is None or method == "PUT" else {"Content-Type": "application/json"}
        body = bytearray()
        try:
            with self._client.stream(
                method, self.url + path, content=content, headers=headers
            ) as answer:
                for block in answer.iter_bytes():
                    body += block
                    if len(body) > _MOST_BYTES:
                        raise AnswerLost(f"Ray at {self.url} answers without an end.")
                return answer.status_code, bytes(body)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol) as error:
            raise EngineUnavailable(
                f"Ray cannot be reached at {self.url}: {_why(error)}."
            ) from None
        except httpx2.HTTPError as error:
            raise AnswerLost(f"Ray at {self.url} does not answer: {_why(error)}.") from None

    def _token_sentence(self) -> str:
        if self._token is None:
            return (
                f"Ray at {self.url} wants a token. Set {TOKEN}, or {TOKEN_PATH} to the file that "
                "holds it, and start the server again."
            )
        return (
            f"Ray at {self.url} does not take the token. Set {TOKEN} or {TOKEN_PATH} to the "
            "cluster's own, and start the server again."
        )

    def _document(self, body: bytes | None) -> dict[str, Any]:
        try:
            found = json.loads(body or b"")
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise EngineUnavailable(f"What answers at {self.url} is not Ray's Jobs API.")
        return found

    def _reason(self, body: bytes) -> str:
        """The last line of what Ray says: that of a traceback names the error."""
        lines = self._text(body.decode("utf-8", "replace")).strip().splitlines() or ["nothing"]
        # The agent's answer comes inside of another one.
        exists = next((line for line in lines if _EXISTS in line), lines[-1])
        return shown(exists[:_SHOWN])

    def _text(self, value: object) -> str:
        text = value if isinstance(value, str) else ""
        return text.replace(self._token, _HIDDEN) if self._token else text


def _why(error: Exception) -> str:
    """The system's word for it, the same each time."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
            return os.strerror(cause.errno)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx2.TimeoutException):
        return "it takes too long"
    return shown(error) or type(error).__name__
