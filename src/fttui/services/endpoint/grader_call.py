"""The call by which an endpoint looks at a grader before any job is asked for; it costs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fttui.services.endpoint.errors import NotSentError, ServiceError, UnauthorizedError
from fttui.services.endpoint.refusals import is_no_route
from fttui.services.endpoint.retries import with_retries
from fttui.services.endpoint.transport import Transport
from fttui.terminal.language import _

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_FAULTS = frozenset({400, 422})
"""Statuses of an endpoint that finds fault with what it was sent."""
_TRIES = 2


async def validate_grader(wire: Transport, grader: Mapping[str, object]) -> bool:
    """Whether the endpoint says that it takes `grader`; False where it does not say anything.

    Raises:
        ServiceError: it finds fault with the grader, or nothing can be sent at all.
    """

    def ask(client: AsyncOpenAI) -> Any:
        graders: Any = client.fine_tuning.alpha.graders
        return graders.with_streaming_response.validate(grader=dict(grader))

    try:
        answer = await with_retries(
            lambda: wire.change(ask, wire.timeouts.read),
            wire.on_retry,
            tries=min(_TRIES, wire.timeouts.tries),
            first_pause=wire.timeouts.first_pause,
            silence=wire.timeouts.read,
            also_unknown=True,  # it makes nothing, so that it may be asked twice
        )
    except ServiceError as error:
        if isinstance(error, NotSentError | UnauthorizedError):
            raise
        if error.status in _FAULTS and error.is_apis and not is_no_route(error.detail):
            error.hint = _("Correct the grader. No job was asked for.")
            raise
        return False  # not offered, or not answered: the create call will tell
    return isinstance(answer, dict)
