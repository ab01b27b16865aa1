"""What an endpoint answers when something is to be deleted."""

from __future__ import annotations

from fttui.services.endpoint.errors import Outcome, RefusedError
from fttui.services.endpoint.reading import as_mapping
from fttui.services.endpoint.refusals import said_in
from fttui.terminal.language import _


def require_deleted(answer: object, host: str) -> None:
    """Raise RefusedError for an answer that says itself that nothing was deleted."""
    if as_mapping(answer).get("deleted") is False:
        raise RefusedError(
            _("{host} answered that it is not deleted{said}.", host=host, said=said_in(answer)),
            outcome=Outcome.REFUSED,
            code="not_deleted",
        )
