"""The files of a job: from an archive, from this machine, or from where the job was made."""

from __future__ import annotations

import asyncio
import re
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.disk.writing import NotWritten
from fttui.services.archive.throttle import GaveUpError, Throttle
from fttui.services.aside import aside
from fttui.services.endpoint.errors import (
    ConnectionLostError,
    NotFoundError,
    Outcome,
    ServiceError,
    UnsupportedError,
)
from fttui.services.endpoint.job_reads import is_usable_id
from fttui.services.moving.origin import origin_of
from fttui.services.submission.asking import sent_files
from fttui.storage.archive.kept_content import KeptContent, kept_content
from fttui.storage.folders import FolderRefused
from fttui.storage.journal import JournalError
from fttui.storage.moved_files import Incoming, MovedFiles
from fttui.terminal.format import size_text
from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.files import FileRefused, open_checked, upload_name

if TYPE_CHECKING:
    from fttui.services.endpoint.models import TrainingFile
    from fttui.services.session import Session
    from fttui.services.submission.state import FileState
    from fttui.training_data.files import CheckedFile

_PIECE = 1 << 20
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


class NotFetchedError(ServiceError):
    """A file of a job could not be had, and nothing was sent; the sentence says why."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint, outcome=Outcome.NOT_SENT, code="not_fetched")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is here now; `note` is a sentence on what of it is not as it was, or ""."""

    path: Path
    note: str = ""


class Fetcher:
    """Fetches files of `source` for one account; its coroutine runs on that session's thread.

    Files of more than `most` bytes are refused.
    """

    def __init__(self, source: Session, files: MovedFiles, most: int) -> None:
        self._source = source
        self._files = files
        self._most = most
        origin = origin_of(source)
        self._mark, self._account = origin.mark, origin.account
        self._ask = Throttle()
        self._sent: dict[str, FileState] | None = None
        self._had: dict[str, Fetched | NotFetchedError] = {}

    async def fetch(self, file_id: str) -> Fetched:
        """The file with this id at the old endpoint: each is asked for once.

        Raises:
            NotFetchedError: it could not be had.
        """
        found = self._had.get(file_id)
        if found is None:
            try:
                found = await self._fetch(file_id)
            except NotFetchedError as error:
                found = error
            self._had[file_id] = found
        if isinstance(found, NotFetchedError):
            raise found
        return found

    async def _fetch(self, file_id: str) -> Fetched:
        shown = safe(file_id, maxlen=80)
        if not is_usable_id(file_id):
            raise NotFetchedError(_("Its file {file} has no id that can be asked for.", file=shown))
        try:
            if here := await asyncio.to_thread(self._files.find, self._mark, file_id):
                return Fetched(here)
            kept = await asyncio.to_thread(self._in_archive, file_id)
            spoilt: NotFetchedError | None = None
            if kept is not None and not kept.is_redacted:
                try:
                    return Fetched(await asyncio.to_thread(self._copy, file_id, kept))
                except NotFetchedError as error:
                    spoilt = error  # it was edited, and the endpoint may have it as it was
            if mine := await asyncio.to_thread(self._copy_sent, file_id):
                return Fetched(mine)
            try:
                return Fetched(await self._download(file_id))
            except NotFetchedError:
                if spoilt is not None:
                    raise spoilt from None
                if kept is None:
                    raise
                note = _("{file}: a key was taken out of it when it was archived.", file=shown)
                return Fetched(await asyncio.to_thread(self._copy, file_id, kept), note)
        except (OSError, NotWritten, FolderRefused, ValueError) as problem:
            reason = safe(problem, maxlen=300).rstrip(".")
            raise NotFetchedError(
                _("Its file {file} cannot be kept here: {reason}.", file=shown, reason=reason)
            ) from problem

    def _in_archive(self, file_id: str) -> KeptContent | None:
        archive = self._source.archive
        return kept_content(archive.folder, file_id) if archive else None

    def _copy(self, file_id: str, kept: KeptContent) -> Path:
        """Copy a file of the archive, which may have been edited since."""
        self._require_room(file_id, kept.size)
        name = upload_name(kept.name or file_id)
        with ExitStack() as stack:
            try:
                file = stack.enter_context(kept.opened())
            except OSError as problem:
                why = safe(problem.strerror or problem, maxlen=200)
                raise NotFetchedError(
                    _(
                        "What the archive has as its file {file} cannot be read: {why}.",
                        file=safe(file_id, maxlen=80),
                        why=why,
                    )
                ) from problem
            coming, keep = stack.enter_context(self._files.receiving(self._mark, file_id, name))
            while coming.size <= kept.size and (piece := file.read(_PIECE)):
                coming.write(piece)
            self._require_sound(file_id, coming, kept.size, kept.sha256)
            return keep()

    def _copy_sent(self, file_id: str) -> Path | None:
        """Copy the file that was sent from here, if it is there as it was sent."""
        if self._account is None:
            return None
        if self._sent is None:
            self._sent = sent_files(self._source.journal, self._account)
        sent = self._sent.get(file_id)
        if sent is None:
            return None
        with suppress(OSError, FileRefused), open_checked(Path(sent.path)) as file:
            if file.size == sent.size:
                self._require_room(file_id, file.size)
                return self._copied(file_id, file, sent)
        return None

    def _copied(self, file_id: str, file: CheckedFile, sent: FileState) -> Path | None:
        with self._files.receiving(self._mark, file_id, sent.name) as (coming, keep):
            while piece := file.pread(_PIECE, coming.size):
                coming.write(piece)
            if coming.digest.hexdigest() == sent.sha256:
                return keep()
        return None

    async def _download(self, file_id: str) -> Path:
        if _ADDRESS.match(file_id):
            shown, host = safe(file_id, maxlen=80), self._source.endpoint.host
            raise NotFetchedError(
                _("Its file {file} is not at {host}; no other is asked.", file=shown, host=host),
                _("Fetch it yourself, and create the job from it with --training-file."),
            )
        record: TrainingFile | None = None
        try:
            record = await self._ask(lambda: self._record_of(file_id))
            if size := _size_of(record):
                await asyncio.to_thread(self._require_room, file_id, size)
            return await self._ask(lambda: self._receive(file_id, record))
        except NotFetchedError:
            raise
        except GaveUpError as gave_up:
            raise self._not_had(file_id, gave_up.error, record) from gave_up
        except ServiceError as error:
            raise self._not_had(file_id, error, record) from error

    async def _record_of(self, file_id: str) -> TrainingFile | None:
        """The file's record; None where the endpoint does not tell: its content decides."""
        try:
            return await self._source.handle.retrieve_file(file_id)
        except (NotFoundError, UnsupportedError):
            return None

    async def _receive(self, file_id: str, record: TrainingFile | None) -> Path:
        size = _size_of(record)
        name = upload_name(record.filename if record and record.filename else file_id)
        coming_file = self._files.receiving(self._mark, file_id, name)
        async with aside(coming_file) as ((coming, keep), disk):
            content = self._source.handle.records.content
            await content(
                file_id, lambda piece: disk.do(coming.write, piece), size=size, most=self._most
            )
            if size is not None and coming.size < size:
                came, whole = size_text(coming.size), size_text(size)
                part = _("Only {came} of its {size} came.", came=came, size=whole)
                raise ConnectionLostError(part, retryable=True)
            await disk.do(self._require_sound, file_id, coming, size, "")
            return keep()

    def _require_sound(self, file_id: str, coming: Incoming, size: int | None, sha256: str) -> None:
        """Raise unless what came is what it was said to be, and what was sent from here."""
        shown, found = safe(file_id, maxlen=80), coming.digest.hexdigest()
        if not coming.size:
            raise NotFetchedError(_("Its file {file} is empty.", file=shown))
        if size is not None and coming.size != size:
            raise NotFetchedError(
                _(
                    "Its file {file} came with {came}, but it is said to have {size}.",
                    file=shown,
                    came=size_text(coming.size),
                    size=size_text(size),
                )
            )
        known = self._sent_from_here(file_id)
        if (sha256 and sha256 != found) or (known and found not in known):
            raise NotFetchedError(
                _("What came as its file {file} is not what was kept or sent.", file=shown),
                _("Find the right file, and create the job from that."),
            )

    def _sent_from_here(self, file_id: str) -> frozenset[str]:
        """The digests that this machine has uploaded under the id; none where it has not."""
        if self._account is None:
            return frozenset()
        try:
            return self._source.journal.digests_of(self._account, file_id)
        except JournalError:
            return frozenset()

    def _require_room(self, file_id: str, size: int) -> None:
        """Raise for a file that is too large for the other endpoint, or for the disk."""
        shown = safe(file_id, maxlen=80)
        if size > self._most:
            raise NotFetchedError(
                _(
                    "Its file {file} has {size}; at most {most} are taken there.",
                    file=shown,
                    size=size_text(size),
                    most=size_text(self._most),
                )
            )
        if not self._files.has_room(size):
            raise NotFetchedError(
                _(
                    "There is no room on the disk for its file {file} of {size}.",
                    file=shown,
                    size=size_text(size),
                )
            )

    def _not_had(
        self, file_id: str, error: ServiceError, record: TrainingFile | None
    ) -> NotFetchedError:
        shown, host = safe(file_id, maxlen=80), self._source.endpoint.host
        is_missing = isinstance(error, NotFoundError | UnsupportedError)
        if is_missing and record is not None:
            return NotFetchedError(
                _(
                    "{host} has its file {file}, and does not give its content.",
                    host=host,
                    file=shown,
                ),
                _("If you have it, create the job from it with --training-file."),
            )
        if isinstance(error, NotFoundError):
            return NotFetchedError(
                _("{host} has its file {file} no more.", host=host, file=shown),
                _("If you have it, create the job from it with --training-file."),
            )
        return NotFetchedError(
            _("Its file {file} could not be had: {why}", file=shown, why=error.sentence),
            error.hint,
        )


def _size_of(record: TrainingFile | None) -> int | None:
    """The bytes that a file is said to have; 0 is what servers tell that do not count them."""
    return (record.size or None) if record else None
