"""What a user can ask for of endpoints: going to another profile."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.actions.leaving import Leaving
    from fttui.interface.actions.profile_switching import ProfileSwitching
    from fttui.interface.host import Host


class EndpointRequests:
    """A base of OpenAiInterfaceUtils: one method for each thing that can be asked for."""

    host: Host

    @cached_property
    def leaving(self) -> Leaving:
        """What asks before work is left."""
        from fttui.interface.actions.leaving import Leaving

        return Leaving(self.host, self._under_way)

    @cached_property
    def switching(self) -> ProfileSwitching:
        """The way to another profile."""
        from fttui.interface.actions.profile_switching import ProfileSwitching

        return ProfileSwitching(self.host, self.leaving)

    @property
    def is_switching(self) -> bool:
        """True while keys wait for another profile, or for the list of them."""
        return "switching" in vars(self) and self.switching.under_way

    def _under_way(self) -> list[str]:
        """What would be left, a line for each; what nobody has asked for is not begun for this."""
        words = {
            "submit": _("a job is being created"),
            "recovery": _("a job is being created"),
            "_file_upload": _("a file is being uploaded"),
            "playground": _("a model is answering, which is paid for"),
            "trials": _("a model is answering, which is paid for"),
        }
        found = vars(self)
        return list(dict.fromkeys(text for name, text in words.items() if _works(found.get(name))))

    def choose_profile(self) -> None:
        """Choose another profile to go to."""
        self.switching.choose()


def _works(action: object) -> bool:
    return bool(getattr(action, "under_way", False))
