"""Where a job comes from, by what stays the same: its account, or the archive of that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.storage.archive.head import read_head
from fttui.storage.credentials import place_of
from fttui.storage.journal import Account

if TYPE_CHECKING:
    from fttui.services.session import Session


@dataclass(frozen=True, slots=True)
class Origin:
    """Where jobs were made: `account` is None for an archive that does not say whose it is."""

    mark: str
    base_url: str
    account: Account | None


def origin_of(session: Session) -> Origin:
    """Where a session's jobs were made, the same from its archive as from its endpoint.

    Raises NoKeyError without a key.
    """
    if not session.endpoint.archive:
        account = session.account
        return Origin(f"{account.place} {account.key}", session.endpoint.base_url, account)
    folder = Path(session.endpoint.profile.archive)
    head = read_head(folder)
    if head is None or not head.account:
        return Origin(f"{folder.resolve()}", head.base_url if head else "", None)
    try:
        place = place_of(head.base_url)
    except ValueError:  # it was edited
        place = head.host
    account = Account.named(head.host, head.account, place)
    return Origin(f"{account.place} {account.key}", head.base_url, account)
