"""Which model is fine-tuned where none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.cli.problems import UsageError
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.session import Session

_SHOWN = 20


def unnamed_model(session: Session) -> str:
    """The profile's default, or the only model that a server of one's own has to be trained.

    Raises UsageError where that has several, and ServiceError where there is no default and the
    endpoint does not say what it has.
    """
    from fttui.services.endpoint.errors import ServiceError, UnsupportedError

    default = session.endpoint.profile.default_model
    if session.endpoint.is_openais:
        return default
    try:
        served = session.thread.wait(session.handle.list_models(tries=1)).items
    except ServiceError as error:
        if default or isinstance(error, UnsupportedError):
            return default
        raise
    session.retirement.learn(served)
    names = session.retirement.own_bases
    if not names or default in names:
        return default
    if len(names) == 1:
        return names[0]
    shown = ", ".join(names[:_SHOWN])
    further = len(names) - _SHOWN
    raise UsageError(
        _(
            "No model is named, and {host} has {count}.",
            host=session.endpoint.host,
            count=len(names),
        ),
        _(
            "Name one with --model: {shown}{more}.",
            shown=safe(shown),
            more=_(" and {count} more", count=further) if further > 0 else "",
        ),
    )
