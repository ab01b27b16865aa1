"""What is wrong with one of several endpoints, where there is no room for its whole sentence."""

from __future__ import annotations

from fttui.services.endpoint import errors
from fttui.terminal.language import _

_WORDS: tuple[tuple[type[errors.ServiceError], str], ...] = (
    (errors.UnauthorizedError, _("key refused")),
    (errors.RateLimitedError, _("asks for patience")),
    (errors.UnsupportedError, _("offers no jobs")),
    (errors.UnreadableAnswerError, _("no answer of the API")),
    (errors.RedirectError, _("no answer of the API")),
    (errors.NotSentError, _("not reached")),
    (errors.ConnectionLostError, _("no answer")),
    (errors.ServerFailedError, _("it has failed")),
)


_CODES = {"no_key": _("no key"), "unusable": _("cannot be used")}


def trouble(error: errors.ServiceError) -> str:
    """What kind of trouble a failure means, in some words."""
    if error.code in _CODES:
        return _CODES[error.code]
    return next((said for kind, said in _WORDS if isinstance(error, kind)), _("cannot be read"))
