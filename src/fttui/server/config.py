"""What a sandbox server is started with, and why it cannot start, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .clock import Clock

if TYPE_CHECKING:
    from .engines import Engine

ORGANIZATION = "org-sandbox-trains-nothing"
"""The `organization_id` of every job, so that no record of the sandbox can pass for a real one."""

ORGANIZATION_NAME = "sandbox"
"""The third field of fine-tuned model names: `ft:BASE:sandbox:SUFFIX:ID`."""


LOCAL_ORGANIZATION = "org-local"
"""The `organization_id` where jobs are trained for real."""

LIKES = ("azure", "bedrock", "llmariner", "mistral", "nebius")
"""The servers that a sandbox can be shaped like."""


@dataclass(frozen=True)
class ServeConfig:
    """What a server trains with: the folder with the base models and the interpreter that trains.

    `engine` makes another engine than `local` from the folder of the runs. `tick` is how many
    seconds lie between two looks at the queue; None leaves them to `SandboxServer.turn`. `recipe`
    goes into every run as it is. `answers` is the base URL of a server that answers chats instead
    of a process of our own.
    """

    models: Path
    python: str
    device: str = "auto"
    engine: Callable[[Path], Engine] | None = None
    places: int = 1
    tick: float | None = 2.0
    recipe: Mapping[str, Any] = field(default_factory=dict)
    answers: str | None = None


@dataclass(frozen=True)
class SandboxConfig:
    """Where a sandbox listens, what it keeps and how fast its jobs pass.

    Without `data_dir` everything lives in a temporary folder that goes away with the server.
    `speed` divides planned durations; `clock`, when given, is used instead and brings its own.
    `seed` makes ids and training curves the same from run to run. `listener` is the descriptor
    of a TCP socket that listens already, which is then used instead of `host` and `port`.
    Without `api_key` the key is the data folder's own, or a new one for a temporary folder.
    With `archive` the server is no sandbox: it serves the archive in that folder, to be read.
    With `strict` answers have what OpenAI's document names and nothing else, and with `like` they
    are in the shape of another server, one of LIKES. With `serve` it trains for real.
    """

    host: str = "127.0.0.1"
    port: int = 0
    data_dir: Path | None = None
    speed: float = 1.0
    api_key: str | None = None
    seed: int = 0
    clock: Clock | None = None
    listener: int | None = None
    archive: Path | None = None
    strict: bool = False
    like: str | None = None
    serve: ServeConfig | None = None

    @property
    def organization(self) -> str:
        """The `organization_id` of every job."""
        return LOCAL_ORGANIZATION if self.serve else ORGANIZATION

    @property
    def root(self) -> str:
        """The path of the base URL."""
        return "/openai/v1" if self.like == "azure" else "/v1"

    def make_clock(self) -> Clock:
        """The given clock, or real time at the configured speed."""
        return self.clock or Clock(speed=self.speed)


class StartError(Exception):
    """The sandbox cannot start: `sentence` says why, `hint` what to do about it."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(" ".join(part for part in (sentence, hint) if part))
        self.sentence = sentence
        self.hint = hint


class FolderRefusedError(StartError):
    """The data folder is none of the sandbox's own; nothing in it was touched."""


class DataInUseError(StartError):
    """Another process has the same data folder open."""


class ListenError(OSError):
    """The address cannot be listened on; the arguments are those of the system's error."""


def shown(value: object) -> str:
    """A path or another text as one printable line."""
    return repr(str(value))[1:-1]


def reason(error: OSError) -> str:
    """What the system says, without the number and the path."""
    return shown(error.strerror or error)
