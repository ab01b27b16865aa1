"""Which calls an endpoint turned out not to offer, so that nobody goes on asking for them."""

from __future__ import annotations

from fttui.services.endpoint.errors import NotFoundError, Outcome, ServiceError, UnsupportedError

EVENTS = "the events of a job"
CHECKPOINTS = "the checkpoints of a job"
JOB = "single jobs"


class Offers:
    """What is known of the calls of one endpoint; lives as long as the handle on it."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._working: set[str] = set()
        self._refusals: dict[str, ServiceError] = {}

    def refusal_of(self, call: str) -> ServiceError | None:
        """Why `call` need not be made: it is not offered. None while it may be."""
        return self._refusals.get(call)

    def forget(self) -> None:
        """Ask anew from now on: the whole list is loaded again, and the endpoint may have grown."""
        self._refusals.clear()

    def note_answer(self, call: str) -> None:
        """`call` was answered, so that a later refusal is about one job only."""
        self._working.add(call)

    def note_refusal(self, call: str, error: ServiceError) -> None:
        """`call` was refused for a job that exists, by which an endpoint says that it lacks it."""
        if call in self._working or not isinstance(error, NotFoundError | UnsupportedError):
            return
        self._refusals[call] = UnsupportedError(
            f"{self._host} does not offer {call}.",
            "Everything else keeps working.",
            outcome=Outcome.REFUSED,
            status=error.status,
            code=error.code,
            request_id=error.request_id,
        )
