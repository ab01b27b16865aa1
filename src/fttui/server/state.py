"""What the parts of a running sandbox share: records, bytes, time, ids."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import sqlite3
import tempfile
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from . import identifiers
from .blobs import BlobStore, Checksums
from .clock import MonotonicClock
from .config import SandboxConfig, StartError, reason
from .data_folder import DATABASE, SERVED_DATABASE, SERVED_MARKER, SERVED_OWNER, claim_folder
from .database import Database, latest_moment, note_moment
from .gate import kept_key, new_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from .answering import Chats
    from .catalogue import Catalogue
    from .jobs.keeper import Keeper

log = logging.getLogger("fttui.server")


class Sandbox:
    """The state of one sandbox, independent of the server in front of it.

    Use it from one thread at a time; sqlite work is short and runs where it is called.
    """

    def __init__(
        self,
        config: SandboxConfig,
        catalogue: Catalogue,
        keep_jobs: Callable[[Sandbox], Keeper],
    ) -> None:
        """Opens or makes what is kept; raises StartError when that is not possible.

        `catalogue` has the base models, and `keep_jobs` makes what has the jobs.
        """
        self.config = config
        self.ending = threading.Event()
        """Set when the server ends: long work in threads is then given up."""
        self.counts: dict[str, asyncio.Task[None]] = {}
        """By job, the counting of its tokens that still goes on."""
        self.ready: dict[int, bytes] = {}
        """By number, jobs that have ended, as they are told."""
        self.remembered: dict[str, dict[bytes, str]] = {}
        """By training file, its answers by the digest of what they answer."""
        self.chats: Chats | None = None
        """What answers chats; None where nobody does."""
        self._closing = ExitStack()
        try:
            self._open(config, config.data_dir or self._temporary_folder())
            self.catalogue = catalogue
            self.jobs = keep_jobs(self)
        except BaseException:
            self._closing.close()
            raise

    def _temporary_folder(self) -> Path:
        try:
            folder = Path(tempfile.mkdtemp(prefix="fttui-sandbox-"))
        except OSError as error:
            raise StartError(
                f"The sandbox cannot make a temporary folder: {reason(error)}.",
                "Set TMPDIR, or name a folder with --data.",
            ) from None
        self._closing.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _open(self, config: SandboxConfig, folder: Path) -> None:
        kept = config.data_dir is not None
        self.folder = folder
        if config.serve is None:
            claim_folder(folder)
        else:
            claim_folder(folder, marker=SERVED_MARKER, is_ours=lambda _: False, owner=SERVED_OWNER)
            folder.chmod(0o700)
        name = DATABASE if config.serve is None else SERVED_DATABASE
        self.database = Database(folder / name, durable=kept)
        self._closing.callback(self.database.close)
        self.api_key = config.api_key or (kept_key(folder) if kept else new_key())
        self.blobs = BlobStore(folder / "blobs", durable=kept)
        try:
            recorded = self._named_blobs()
            self.clock = MonotonicClock(config.make_clock(), latest_moment(self.database))
        except sqlite3.Error as error:
            raise self.database.unusable(error) from None
        unknown = self.blobs.settle(recorded, sweep=not self.database.is_new)
        if unknown:
            log.warning("%d files in %s have no record; they are left alone.", unknown, folder)
        self.checksums = Checksums(self.blobs, self.ending)

    @property
    def admin_api_key(self) -> str:
        """The key that checkpoint permissions ask for, derived from `api_key`."""
        return "sk-admin-" + self.api_key.removeprefix("sk-")

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

    async def run(self) -> None:
        """What goes on beside the requests, until it is cancelled."""
        try:
            await self.jobs.run()
            await asyncio.Event().wait()
        finally:
            if self.chats is not None:
                await self.chats.close()

    def close(self) -> None:
        """Closes the records; removes everything that was only temporary."""
        with suppress(sqlite3.Error):
            note_moment(self.database, self.clock.now())
        self.discard()

    def discard(self) -> None:
        """`close` without a last word to the records."""
        self._closing.close()


def sandbox_of(request: Request) -> Sandbox:
    """The sandbox that a request is served by."""
    sandbox = request.app.state.served
    assert isinstance(sandbox, Sandbox)
    return sandbox
