"""What workers tell the tab "Endpoints"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.interface.messages import FttuiMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fttui.services.profiles.keys import KeySeen
    from fttui.services.profiles.known import KnownProfile
    from fttui.services.verification import Verification


class ProfilesListed(FttuiMessage):
    """All profiles that there are; the cursor goes to the one of the name `select`, if any."""

    def __init__(self, profiles: Sequence[KnownProfile], select: str | None = None) -> None:
        super().__init__()
        self.profiles = tuple(profiles)
        self.select = select


class ProfilesFailed(FttuiMessage):
    """The settings cannot be read, as `sentence` tells; what is shown stays."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence


class ProfileKeySeen(FttuiMessage):
    """Where the key of the profile `name` comes from."""

    def __init__(self, name: str, key: KeySeen) -> None:
        super().__init__()
        self.name = name
        self.key = key


class ProfileChecked(FttuiMessage):
    """What an endpoint has said; None while it is asked, or when that was stopped.

    It is said of the profile `name` for as long as that leads to `base_url`.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        result: Verification | None = None,
        *,
        asking: bool = False,
    ) -> None:
        super().__init__()
        self.name = name
        self.base_url = base_url
        self.result = result
        self.asking = asking
