"""What one endpoint offers: remembered, so that a call which it lacks is made once."""

from __future__ import annotations

from collections.abc import Mapping

from fttui.services.endpoint.errors import NotFoundError, Outcome, ServiceError, UnsupportedError
from fttui.services.endpoint.refusals import NOT_IN_ARCHIVE
from fttui.terminal.language import _

LIST = _("a list of jobs")
JOB = _("single jobs")
CREATE = _("creating jobs at this address")
CONTENT = _("the content of files")
FILES, MODELS, UPLOAD = _("a list of files"), _("a list of models"), _("uploading files")
DELETE_FILE, DELETE_MODEL = _("deleting files"), _("deleting models")
EVENTS = _("the events of a job")
CHECKPOINTS = _("the checkpoints of a job")
CHAT = _("chat completions")
CANCEL, PAUSE, RESUME = _("cancelling a job"), _("pausing a job"), _("resuming a job")
CHANGES: Mapping[str, str] = {"cancel": CANCEL, "pause": PAUSE, "resume": RESUME}
"""By action, the call that it makes."""


class Offers:
    """What is known of the calls of one endpoint; lives as long as the handle on it.

    `within_jobs` are the calls whose answers its jobs have told within themselves.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._working: set[str] = set()
        self._refusals: dict[str, ServiceError] = {}
        self.within_jobs: set[str] = set()

    def refusal_of(self, call: str) -> ServiceError | None:
        """Why `call` need not be made: it is not offered. None while it may be."""
        return self._refusals.get(call)

    def why_not(self, action: str) -> str:
        """Why no job can be cancelled, paused or resumed here, as a sentence; "" while one may."""
        refusal = self._refusals.get(CHANGES[action])
        return refusal.sentence if refusal else ""

    def forget(self) -> None:
        """Ask anew from now on: the whole list is loaded again, and the endpoint may have grown."""
        self._refusals.clear()
        self.within_jobs.clear()

    def has_worked(self, call: str) -> bool:
        """True once `call` was answered: what is refused later is about one job only."""
        return call in self._working

    def note_answer(self, call: str) -> None:
        """`call` was answered, so that a later refusal is about one job only."""
        self._working.add(call)

    def note_refusal(self, call: str, error: ServiceError) -> None:
        """`call` was refused for a job that exists, by which an endpoint says that it lacks it."""
        is_about_one = call in self._working or error.code == NOT_IN_ARCHIVE
        if not is_about_one and isinstance(error, NotFoundError | UnsupportedError):
            self._refusals[call] = self.not_offered(call, error)

    def not_offered(self, call: str, error: ServiceError, hint: str = "") -> UnsupportedError:
        """`error` as what it says of the endpoint: that there is no such call."""
        refusal = UnsupportedError(
            _("{host} does not offer {call}.", host=self._host, call=call),
            hint or _("Everything else keeps working."),
            outcome=Outcome.REFUSED,
            status=error.status,
            code=error.code,
            request_id=error.request_id,
            detail=error.detail,
        )
        refusal.is_apis = error.is_apis
        return refusal
