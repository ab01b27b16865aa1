"""What the server of an archive answers from, in the place of a sandbox."""

from __future__ import annotations

import threading

from ..config import SandboxConfig
from ..gate import new_key
from .reading import Archive


class ServedArchive:
    """An archive and its key; raises StartError when the folder cannot be opened."""

    def __init__(self, config: SandboxConfig) -> None:
        assert config.archive is not None
        self.config = config
        self.ending = threading.Event()
        self.api_key = config.api_key or new_key()
        self.archive = Archive(config.archive)

    @property
    def admin_api_key(self) -> str:
        """There is nothing that only an administrator may read."""
        return self.api_key

    def close(self) -> None:
        """Let all files go."""
        self.archive.close()

    def discard(self) -> None:
        """As `close`: nothing is kept that could be lost."""
        self.close()
