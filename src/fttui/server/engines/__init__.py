"""What trains: how a run is started, asked to stop, killed and looked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class EngineUnavailable(Exception):  # noqa: N818 - not an error of the run, which waits
    """A run cannot be started now; the message is a sentence that says why."""


LOST = "The trainer ended without saying why, as when it is killed or runs out of memory or disk."


@dataclass(frozen=True, slots=True)
class End:
    """What an engine knows of a run without a last word; `begun`: whether its trainer had begun."""

    text: str = LOST
    begun: bool = True


class Engine(Protocol):
    """Runs trainers. Each verb but `stop` may wait for a machine and is called in a thread.

    The folder of a run is the interface: what the trainer is to do is in it, and what it has done
    comes to it. A run outlives the server that started it, and its name finds it again. A stop is
    asked for by a file in the folder, so that no engine has to carry it.
    """

    name: str
    """As it is called in what is told to the user."""

    places: int | None
    """How many runs it takes at a time; None for any number."""

    queues: bool
    """Whether runs may have to wait there: until the first word of its trainer a job is queued."""

    here: bool
    """Whether its runs take this machine's memory, which the model that answers chats takes too."""

    def start(self, name: str, folder: Path) -> None:
        """Starts the run in that folder; raises EngineUnavailable, and OSError of this machine."""

    def stop(self, name: str) -> None:
        """Asks for a checkpoint after the present step and an end; harmless where none runs."""

    def kill(self, name: str) -> None:
        """Ends the run at once; harmless where none runs."""

    def alive(self, name: str) -> bool:
        """Whether the run goes on or is about to; raises EngineUnavailable if nobody can tell."""

    def ending(self, name: str) -> End:
        """How a run has ended that is not alive and had no last word."""


STOP = "stop"
"""The file in a run's folder that asks for a checkpoint and an end."""

TRAINER = Path(__file__).parents[2] / "trainer"
"""The folder that the trainer is run by."""
