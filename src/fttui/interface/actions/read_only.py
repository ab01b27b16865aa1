"""In an archive nothing can be changed: whatever would is refused before anything else happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fttui.interface.host import Host


def refuses_change(host: Host) -> bool:
    """Tell why nothing can be changed, and True; False where things can."""
    refusal = host.session.refusal
    if refusal:
        host.notice(refusal, severity="warning")
    return bool(refusal)
