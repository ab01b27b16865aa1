"""What an endpoint answers when something is to be deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fttui.services.endpoint.errors import Outcome, RefusedError, ServiceError
from fttui.services.endpoint.reading import as_mapping
from fttui.services.endpoint.refusals import said_in
from fttui.terminal.language import _

_YES = (True, 1, "true", "deleted")
_NO = (False, 0, "false")


async def require_deleted(
    answer: object, wanted: str, host: str, is_there: Callable[[], Awaitable[bool | None]]
) -> None:
    """Raise RefusedError where the thing of the id `wanted` is there as before.

    A clear yes is believed, for lists may be late, unless it names another id; else what `is_there`
    sees goes before what was answered. It gives None where it cannot tell: then an answer that
    leaves it open is no yes, and the error that is raised says that the thing may be deleted.
    """
    try:
        is_told = _says_deleted(answer, host) and _id_in(answer) in ("", wanted)
    except RefusedError:
        if await is_there() is False:
            return
        raise
    if is_told:
        return
    there = await is_there()
    if there is None:
        raise not_known(host)
    if there:
        raise _still_there(host)


def _says_deleted(answer: object, host: str) -> bool:
    """Whether an answer says that the thing is deleted; False where it leaves that open.

    Raises:
        RefusedError: it says itself that nothing was deleted.
    """
    told = as_mapping(answer)
    if told.get("deleted") in _NO or told.get("error"):
        raise not_deleted(answer, host)
    return told.get("deleted") in _YES or told.get("status") in _YES


def _id_in(answer: object) -> str:
    """The id of what an answer tells of; "" where it names none."""
    told = as_mapping(answer).get("id")
    return told if isinstance(told, str) else ""


def not_deleted(answer: object, host: str) -> RefusedError:
    """That a thing is there as before, with what was answered."""
    return RefusedError(
        _("{host} answered that it is not deleted{said}.", host=host, said=said_in(answer)),
        outcome=Outcome.REFUSED,
        code="not_deleted",
    )


def not_known(host: str) -> ServiceError:
    """That an answer leaves it open whether a thing is deleted, and no look tells it."""
    return ServiceError(
        _("{host} answered, and nothing tells whether it is deleted.", host=host),
        _("It may be deleted all the same. Look again before you try it anew."),
        outcome=Outcome.UNKNOWN,
        code="deletion_unknown",
    )


def _still_there(host: str) -> RefusedError:
    """That a thing is there as before, though the answer sounded as if it were not."""
    return RefusedError(
        _("{host} answered, but has not deleted it.", host=host),
        _("Look again in a while: it may need time."),
        outcome=Outcome.REFUSED,
        code="not_deleted",
    )
