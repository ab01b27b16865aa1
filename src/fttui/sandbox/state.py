"""What the parts of a running sandbox share: records, bytes, time, ids."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from . import identifiers
from .blobs import BlobStore
from .checksums import Checksums
from .config import SandboxConfig
from .database import Database

if TYPE_CHECKING:
    from starlette.requests import Request


class Sandbox:
    """The state of one sandbox, independent of the server in front of it.

    Use it from one thread at a time; sqlite work is short and runs where it is called.
    """

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.clock = config.make_clock()
        self._temporary: Path | None = None
        if config.data_dir is None:
            self._temporary = Path(tempfile.mkdtemp(prefix="fttui-sandbox-"))
        folder = config.data_dir or self._temporary
        assert folder is not None
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        durable = config.data_dir is not None
        self.database = Database(folder / "sandbox.db", durable=durable)
        self.blobs = BlobStore(folder / "blobs", durable=durable)
        self.blobs.keep_only(self._named_blobs())
        self.checksums = Checksums(self.blobs)

    def _named_blobs(self) -> set[str]:
        names = {str(row["blob"]) for row in self.database.all("SELECT blob FROM parts")}
        for row in self.database.all("SELECT blobs FROM files"):
            names.update(json.loads(row["blobs"]))
        return names

    def new_id(self, prefix: str, length: int) -> str:
        """A fresh id such as `file-4xR…`; call it inside the transaction that stores it."""
        number = self.database.next_number(prefix)
        return prefix + identifiers.base62(f"{self.config.seed}/{prefix}/{number}", length)

    def new_hex_id(self, prefix: str) -> str:
        """A fresh id with 32 hexadecimal digits, as uploads and their parts have."""
        number = self.database.next_number(prefix)
        return prefix + identifiers.hexadecimal(f"{self.config.seed}/{prefix}/{number}", 32)

    def close(self) -> None:
        """Closes the records; removes everything that was only temporary."""
        self.database.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


def sandbox_of(request: Request) -> Sandbox:
    """The sandbox that a request is served by."""
    sandbox = request.app.state.sandbox
    assert isinstance(sandbox, Sandbox)
    return sandbox
