"""What an endpoint says about a key, and what it offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import ServiceError, UnauthorizedError
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.probe import Offered
    from fttui.services.session import Session
    from fttui.storage.secrets import Secret

_CALLS = {
    "jobs": _("fine-tuning jobs"),
    "files": _("files"),
    "models": _("models"),
    "uploads": _("uploads in parts"),
}


@dataclass(frozen=True, slots=True)
class Verification:
    """The endpoint's verdict; `works` is None when it could not be asked, which proves nothing.

    `offers` is by "jobs", "files", "models" and "uploads", None for what is not known; it is empty
    where nobody asked. `told` are sentences about it.
    """

    works: bool | None
    text: str
    offers: Mapping[str, bool | None] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """True when the key works, and jobs are offered as far as that was asked."""
        return self.works is True and (not self.offers or self.offers["jobs"] is True)

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints."""
        shown = {"verified": self.works, "message": " ".join((self.text, *self.told))}
        return {**shown, **({"offers": dict(self.offers)} if self.offers else {})}


async def verify(handle: FineTuningHandle) -> Verification:
    """Make one call that costs nothing, or two; never raises ServiceError."""
    try:
        await handle.verify()
    except ServiceError as error:
        return _failed(error)
    works = _("The archive can be read.") if handle.endpoint.archive else _("The key works.")
    return Verification(True, works)


async def try_key(session: Session, secret: Secret) -> Verification:
    """As `verify`, with another key than the session's, which it leaves as it is."""
    handle = session.handle_with(secret)
    try:
        return await verify(handle)
    finally:
        await handle.close()


async def verify_offers(handle: FineTuningHandle) -> Verification:
    """Find out what the endpoint offers, too, by four calls that cost nothing.

    Of an archive, which is ours, only whether it can be read. Never raises ServiceError.
    """
    if handle.endpoint.archive:
        return await verify(handle)
    try:
        offered = await handle.offered()
    except ServiceError as error:
        return _failed(error)
    works = True if offered.is_answered else None
    text = _("Not verified: no list of the API came.")
    if works:
        text = _("The key works.") if handle.endpoint.extras.sends_key else _("It answers.")
    return Verification(works, text, offered.calls, tuple(_told(offered, handle.endpoint.host)))


def _failed(error: ServiceError) -> Verification:
    if isinstance(error, UnauthorizedError):
        return Verification(False, error.full_text)
    return Verification(None, _("Not verified. {full_text}", full_text=error.full_text))


def _told(offered: Offered, host: str) -> list[str]:
    """What is offered, what is not, and what is not known with the reason."""

    def named(state: bool | None) -> str:
        return ", ".join(words for name, words in _CALLS.items() if offered.calls[name] is state)

    told = []
    if there := named(True):
        told.append(_("{host} offers {there}.", host=host, there=there))
    if missing := named(False):
        told.append(_("It does not offer {missing}.", missing=missing))
    for name, words in _CALLS.items():
        if offered.calls[name] is None:
            error = offered.problems.get(name)
            reason = error.sentence if error else _("Its answer is not the API's.")
            told.append(
                _("Whether it offers {words} is not known: {reason}", words=words, reason=reason)
            )
    if not any(offered.calls.values()):
        told.append(_("Check the base URL: most end in /v1."))
    return told
