"""Saving the bytes of files: each content once, base64 undone beside it, no key in it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from fttui.services.archive.plan import ArchiveOptions, missing_for
from fttui.services.archive.threads import in_thread
from fttui.services.archive.throttle import Throttle
from fttui.services.aside import aside
from fttui.services.endpoint.errors import ConnectionLostError, ServiceError
from fttui.services.endpoint.records import content_path
from fttui.services.result_files import decoded
from fttui.storage.archive.folder import FILES, ArchiveFolder
from fttui.storage.archive.saved import SAVED, Missing, SavedContent, SavedFile
from fttui.storage.secrets import MASK, key_forms
from fttui.terminal.format import size_text
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_json

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle

_MASK = MASK.encode()
_LONGEST_ESCAPE = len(r"\\u0073")


def _escaped(form: bytes) -> re.Pattern[bytes]:
    """A key of which any characters are written as JSON may write them, in a JSON text as well."""
    each = (rb"(?:%b|\\{1,2}u00(?i:%02x))" % (re.escape(bytes([one])), one) for one in form)
    return re.compile(b"".join(each))


class KeyFilter:
    """Hands bytes on to `take`, without any key in use; `found` is True once there was one."""

    def __init__(self, take: Callable[[bytes], object]) -> None:
        self._take = take
        self._forms = sorted((form.encode() for form in key_forms()), key=len, reverse=True)
        self._escaped = [_escaped(form) for form in self._forms]
        self._kept = max((len(form) for form in self._forms), default=1) * _LONGEST_ESCAPE - 1
        self._rest = b""
        self.found = False

    def write(self, piece: bytes) -> None:
        """Take bytes; the last few wait, since a key may go on in the next ones."""
        text = self._rest + piece
        for form in self._forms:
            if form in text:
                self.found = True
                text = text.replace(form, _MASK)
        if b"\\u00" in text:
            for escaped in self._escaped:
                text, count = escaped.subn(_MASK, text)
                self.found = self.found or count > 0
        cut = max(len(text) - self._kept, 0)
        self._rest = text[cut:]
        self._take(text[:cut])

    def end(self) -> None:
        """Hand on what has waited."""
        self._take(self._rest)
        self._rest = b""


class ContentSaver:
    """Saves the bytes of files, each once a run; `on_bytes` is told how many have come."""

    def __init__(
        self,
        handle: FineTuningHandle,
        folder: ArchiveFolder,
        throttle: Throttle,
        options: ArchiveOptions,
        on_bytes: Callable[[int], None],
    ) -> None:
        self._handle = handle
        self._folder = folder
        self._throttle = throttle
        self._options = options
        self._on_bytes = on_bytes
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def save(
        self,
        file_id: str,
        size: int | None = None,
        *,
        is_result: bool = False,
        is_there: bool = False,
    ) -> SavedContent:
        """What is now kept of the file with this id, of `size` bytes as far as that is told.

        `is_there` when the endpoint has just listed it. Raises GaveUpError and OSError.
        """
        lock = self._locks.setdefault(file_id, asyncio.Lock())
        async with lock:
            earlier = await in_thread(self._folder.saved_content, file_id)
            if earlier is not None and _is_settled(earlier, is_there=is_there):
                return earlier
            saved = await self._ask(file_id, size)
            if is_result and saved.content is not None:
                saved = await in_thread(self._with_decoded, saved)
            await in_thread(self._note, saved)
            return saved

    def metrics_source(self, saved: SavedContent) -> bytes:
        """The text of a result file, b"" where it is not kept."""
        kept = saved.decoded or saved.content
        return (self._folder.read(kept.path) or b"") if kept else b""

    async def _ask(self, file_id: str, size: int | None) -> SavedContent:
        what = _("the content of {file}", file=safe(file_id, maxlen=200))
        most = self._options.most_bytes
        if most is not None and size is not None and size > most:
            reason = _(
                "It has {size}, more than the {most} that were allowed.",
                size=size_text(size),
                most=size_text(most),
            )
            return SavedContent(file_id, missing=(Missing(what, "too_large", reason),))
        try:
            content, redacted = await self._throttle(lambda: self._received(file_id, size))
        except ServiceError as error:
            return SavedContent(file_id, missing=(missing_for(what, error),))
        return SavedContent(file_id, content, redacted=redacted)

    async def _received(self, file_id: str, size: int | None) -> tuple[SavedFile, bool]:
        kept = self._folder.content(f"GET {content_path(file_id)}")
        async with aside(kept, patience=None) as (file, disk):
            keys = KeyFilter(file.write)

            async def take(piece: bytes) -> None:
                await disk.do(keys.write, piece)
                self._on_bytes(len(piece))

            came = await self._handle.records.content(
                file_id, take, size=size, most=self._options.most_bytes
            )
            await disk.do(keys.end)
            if size is not None and came < size:
                raise ConnectionLostError(
                    _(
                        "Only {came} of {size} came.",
                        came=size_text(came),
                        size=size_text(size),
                    ),
                    retryable=True,
                )
            return await disk.do(file.keep), keys.found

    def _with_decoded(self, saved: SavedContent) -> SavedContent:
        """The same with the text of a content in base64; only that text if a key was in it."""
        content = saved.content
        raw = self._folder.read(content.path) if content else None
        text = decoded(raw) if raw is not None else None
        if content is None or text is None or text == raw:
            return saved
        with self._folder.content(content.source) as file:
            keys = KeyFilter(file.write)
            keys.write(text)
            keys.end()
            kept = file.keep()
        if not keys.found:
            return SavedContent(saved.id, content, kept, saved.redacted, saved.missing)
        self._folder.remove(content.path)
        return SavedContent(saved.id, None, kept, redacted=True)

    def _note(self, saved: SavedContent) -> None:
        folder = self._folder.make_folder(FILES, saved.id)
        text = safe_json(saved.to_json(), indent=1)
        self._folder.write(f"{folder}/{SAVED}", [f"{text}\n".encode()], "")


def _is_settled(saved: SavedContent, *, is_there: bool) -> bool:
    """True for bytes that are there, and for those that can never come again."""
    is_gone = not is_there and any(one.code == "deleted" for one in saved.missing)
    return bool(saved.kept) or is_gone
