"""Asking an endpoint whether a key works: yes, no, or not to be found out now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import ServiceError, UnauthorizedError

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.service_thread import ServiceThread


@dataclass(frozen=True, slots=True)
class Verification:
    """The endpoint's verdict; `works` is None when it could not be asked, which proves nothing."""

    works: bool | None
    text: str

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints."""
        return {"verified": self.works, "message": self.text}


def verify(thread: ServiceThread, handle: FineTuningHandle) -> Verification:
    """Make one call that costs nothing; never raises ServiceError."""
    try:
        thread.wait(handle.verify())
    except UnauthorizedError as error:
        return Verification(False, error.full_text)
    except ServiceError as error:
        return Verification(None, f"Not verified. {error.full_text}")
    return Verification(True, "The key works.")
