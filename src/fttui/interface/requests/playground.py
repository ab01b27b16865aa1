"""What a user can ask for in the tab "Playground"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fttui.interface.host import Host


class PlaygroundRequests:
    """A base of OpenAiInterfaceUtils: one method for each thing that can be asked for."""

    host: Host
