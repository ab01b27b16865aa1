"""Every failure of a call as one sentence, a next step, and what it means for money.

Nothing here imports the SDK: exceptions are recognised by what they carry, because half of what a
broken answer raises inside the SDK is none of its own exception classes.
"""

from __future__ import annotations

from enum import Enum

from fttui.terminal.language import _


class Outcome(Enum):
    """What is certain about a call that failed."""

    NOT_SENT = "not sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class ServiceError(Exception):
    """A call failed.

    `sentence` says what happened and why, `hint` what to do next; both are safe to show. `why` is
    the sentence as a question may give it, before anything has been tried.
    `retryable` is True when the same call may well succeed later. `outcome` says whether the
    endpoint acted on it. `retry_after` is in seconds, `param` names the request field at fault.
    `is_apis` is False for a refusal that is no error object, as of a gateway or a login page.
    """

    is_apis = True

    def __init__(
        self,
        sentence: str,
        hint: str = "",
        *,
        outcome: Outcome = Outcome.UNKNOWN,
        retryable: bool = False,
        status: int | None = None,
        code: str | None = None,
        param: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.why = sentence
        self.hint = hint
        self.outcome = outcome
        self.retryable = retryable
        self.status = status
        self.code = code
        self.param = param
        self.request_id = request_id
        self.retry_after = retry_after
        self.detail = detail

    @property
    def may_be_done(self) -> bool:
        """True where the endpoint may have done what was asked for, and that is not known."""
        return self.outcome is Outcome.UNKNOWN

    @property
    def full_text(self) -> str:
        """Sentence, next step and request id, in at most three lines."""
        parts = [self.sentence, self.hint]
        if self.request_id:
            parts.append(_("Request id: {request_id}", request_id=self.request_id))
        return "\n".join(part for part in parts if part)

    def to_json(self) -> dict[str, object]:
        """The shape that `--json` prints for an error."""
        return {
            "message": self.sentence,
            "hint": self.hint or None,
            "code": self.code,
            "param": self.param,
            "status": self.status,
            "request_id": self.request_id,
            "outcome": self.outcome.value,
            "retryable": self.retryable,
        }


class NotSentError(ServiceError):
    """Nothing reached the endpoint: refused connection, unknown host, TLS failure, bad key text."""


class ConnectionLostError(ServiceError):
    """The connection broke, or time ran out, after the request may have reached the endpoint."""


class RefusedError(ServiceError):
    """The endpoint understood and said no (400, 403, 409, 422 and the like)."""


class CannotChangeError(RefusedError):
    """The job is in a state in which this cannot be done to it, whatever the endpoint answered."""

    def __init__(self, sentence: str, answer: ServiceError) -> None:
        super().__init__(
            sentence,
            outcome=Outcome.REFUSED,
            status=answer.status,
            code="cannot_change",
        )


class UnauthorizedError(RefusedError):
    """The key is missing, wrong or revoked (401)."""


class NotFoundError(RefusedError):
    """The endpoint does not know the thing that was named (404)."""


class UnsupportedError(RefusedError):
    """The endpoint does not offer this call at all (405, 501, or a 404 that names no thing)."""


class OutOfQuotaError(RefusedError):
    """The account cannot pay (429 insufficient_quota and billing codes)."""


class RateLimitedError(ServiceError):
    """Too many requests (429); `retry_after` holds the seconds to wait where they are told."""


class ServerFailedError(ServiceError):
    """The endpoint failed (5xx) or asked for patience (408, 409, 425)."""


class RedirectError(ServiceError):
    """The endpoint answered with a redirect, which is never followed."""


class UnreadableAnswerError(ServiceError):
    """The answer is not the API's: HTML, nothing, cut, too large or not JSON."""


class UnexpectedError(ServiceError):
    """fttui itself failed while a submission was under way; what came of it is not known."""

    def __init__(self) -> None:
        super().__init__(
            _("Something in fttui failed while this was under way."),
            _("Load the list of jobs anew to see what came of it."),
            outcome=Outcome.UNKNOWN,
        )


def cause_of(told: ServiceError, error: BaseException) -> BaseException | None:
    """What to raise `told` from, which says what `error` means: nothing is to cause itself."""
    link: BaseException | None = error
    while link is not None and link is not told:
        link = link.__cause__
    return error if link is None else told.__cause__
