"""What files hold: shown, and checked."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fttui.disk.reading import why
from fttui.interface.actions.checks import FileChecks
from fttui.interface.actions.files_delete import NO_FILE, NO_ID
from fttui.interface.host import ON_ENDPOINT
from fttui.interface.messages import CheckDone, CheckProgressed, CheckRefused
from fttui.interface.tab_messages.files import FileWork
from fttui.services.endpoint.errors import ServiceError
from fttui.services.stored_files.content import (
    AS_IT_IS,
    LARGEST_PREVIEW,
    LARGEST_RESULT,
    fetch,
    is_result,
    local_name,
    rows_as,
)
from fttui.services.stored_files.names import local_copy
from fttui.services.stored_files.words import name_of
from fttui.storage.journal import JournalError
from fttui.terminal.format import cut, progress_text, size_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from textual.worker import Worker

    from fttui.interface.actions.files_feed import FileFeed
    from fttui.interface.host import Host
    from fttui.interface.messages import FttuiMessage
    from fttui.services.endpoint.models import TrainingFile
    from fttui.training_data.report import Report

_FIELD = "stored"
_LONGEST_TEXT = 100_000
_HEAD = 4096
_GROUP = "file-content"


class Fetched:
    """A file to look at: the one on this machine, or a private copy that `close` removes."""

    def __init__(self, local: Path | None, name: str) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if local is None:
            self._folder = tempfile.TemporaryDirectory(prefix="fttui-")
            local = Path(self._folder.name) / name
        self.path = local
        self.is_whole = True

    @property
    def is_local(self) -> bool:
        """True of a file of the user's, which stays."""
        return self._folder is None

    def close(self) -> None:
        """Remove the copy."""
        if self._folder is not None:
            self._folder.cleanup()


class FileContents:
    """Fetches one file at a time; a check of it goes on in its own thread."""

    def __init__(self, host: Host, feed: FileFeed, copy: Callable[[str], None]) -> None:
        self._host = host
        self._feed = feed
        self._copy = copy
        self._checks = FileChecks(host, post=self._told)
        self._checked: tuple[TrainingFile, Fetched, object] | None = None
        self._work: Worker[None] | None = None

    def preview(self) -> None:
        """Show the examples of the selected file, or its text."""
        file = self._one()
        if file is not None:
            self._start(partial(self._preview, file))

    def check(self) -> None:
        """Check the selected file, and show the report."""
        file = self._one()
        if file is None:
            return
        if is_result(file):
            text = _("{name} holds results, and no examples to check.", name=name_of(file))
            self._host.notice(text, severity="warning")
            return
        self._start(partial(self._check, file))

    def stop(self) -> None:
        """Give up what is being fetched or checked."""
        if self._work is not None:
            self._work.cancel()
        self._checks.stop(_FIELD)
        self._drop_checked()

    def _one(self) -> TrainingFile | None:
        files = self._feed.selection()
        if len(files) == 1 and files[0].raw_id:
            return files[0]
        text = _("One file at a time: unmark the others.") if len(files) > 1 else NO_FILE
        text = NO_ID if len(files) == 1 else text
        self._host.notice(text, severity="warning")
        return None

    def _start(self, work: Callable[[], Any]) -> None:
        self._work = self._host.start_worker(work, group=_GROUP, exclusive=True, waits_for="")

    def _say(self, text: str = "") -> None:
        self._host.post(FileWork(text))

    async def _fetched(self, file: TrainingFile, most: int) -> Fetched | None:
        """The content of a file; None, and told, where it cannot be had."""
        session = self._host.session
        local = await asyncio.to_thread(local_copy, session, file)
        try:
            fetched = await asyncio.to_thread(Fetched, local, local_name(file))
        except OSError as error:
            self._host.notice(_sentence(error), severity="error")
            return None
        if local is not None:
            return fetched
        self._say(_("Fetching {name}… Esc stops", name=cut(name_of(file), 40)))
        try:
            work = fetch(session.handle, file, fetched.path, most)
            fetched.is_whole = await session.thread.read(work)
        except (ServiceError, OSError) as error:
            fetched.close()
            self._host.notice(_sentence(error), severity="error")
            return None
        except BaseException:
            fetched.close()
            raise
        finally:
            self._say()
        return fetched

    async def _preview(self, file: TrainingFile) -> None:
        place = self._host.place
        most = LARGEST_RESULT if is_result(file) else LARGEST_PREVIEW
        fetched = await self._fetched(file, most)
        if fetched is None:
            return
        text = await asyncio.to_thread(_text_of, fetched.path, is_result(file))
        if self._host.place != place:  # the user has gone on to something else
            fetched.close()
            return
        if text is not None:
            self._show_text(file, text)
            fetched.close()
            return
        from fttui.interface.screens.preview import ExamplePreview

        why_not = "" if fetched.is_local else ON_ENDPOINT
        shown = ExamplePreview(fetched.path, why_not_edited=why_not)
        self._host.push_screen(shown, lambda _answer: fetched.close())
        if not fetched.is_whole:
            size = size_text(LARGEST_PREVIEW)
            self._host.notice(_("Only the first {size} of it were fetched.", size=size))

    def _show_text(self, file: TrainingFile, text: str) -> None:
        from fttui.interface.screens.whole_text import WholeText

        name = cut(name_of(file), 50)
        if not text:
            self._host.notice(_("{name} is no text that could be shown.", name=name))
            return
        about = f"{size_text(file.size)} · {file.purpose or ''}".rstrip(" ·")
        if len(text) > _LONGEST_TEXT:
            about = _("{about} · only its beginning", about=about)
        self._host.push_screen(WholeText(name, about, text[:_LONGEST_TEXT], self._copy))

    async def _check(self, file: TrainingFile) -> None:
        self._checks.stop(_FIELD)
        self._drop_checked()
        place = self._host.place
        fetched = await self._fetched(file, LARGEST_RESULT)
        if fetched is None:
            return
        if not fetched.is_whole:
            fetched.close()
            size = size_text(LARGEST_RESULT)
            text = _("It is larger than {size}, the most that is fetched for a check.", size=size)
            self._host.notice(text, severity="warning")
            return
        self._checked = file, fetched, place
        endpoint = self._host.session.endpoint
        self._checks.start(_FIELD, fetched.path, None, None, endpoint.base_url)

    def _told(self, message: FttuiMessage) -> None:
        """What the check tells, from its thread."""
        if isinstance(message, CheckProgressed):
            done = message.progress
            text = progress_text(done.done, done.total, done.bytes_per_second, done.seconds_left)
            self._say(_("Checking: {text} · Esc stops", text=text))
        elif isinstance(message, CheckDone):
            self._say()
            self._remember(message.report)
            self._host.call_later(self._show_report, message.report)
        elif isinstance(message, CheckRefused):
            self._say()
            self._host.call_later(self._host.notice, message.sentence)
            self._host.call_later(self._drop_checked)

    def _remember(self, report: Report) -> None:
        """Note which content the file has that was fetched whole, so that its tokens are known."""
        if self._checked is None:
            return
        file, fetched, _place = self._checked
        if not fetched.is_whole or file.purpose != "fine-tune" or report.bytes != file.size:
            return
        session = self._host.session
        with suppress(JournalError, ServiceError):
            if report.ok and report.sha256:
                session.journal.remember_file(session.account, report.sha256, file.raw_id)

    def _show_report(self, report: Report) -> None:
        from fttui.interface.screens.check_report import CheckReport

        if self._checked is None:
            return
        _file, fetched, place = self._checked
        if self._host.place != place:  # the user has gone on to something else
            self._drop_checked()
            return

        def want(dialog: Any, _mapping: object) -> None:
            dialog.plan_came(None)
            text = _("Download it first: a repaired copy is written beside the file.")
            self._host.notice(text, severity="warning")

        screen = CheckReport(
            fetched.path, report, lambda _report: (), want, why_not_edited=ON_ENDPOINT
        )
        self._host.push_screen(screen, lambda _plan: self._drop_checked())

    def _drop_checked(self) -> None:
        checked, self._checked = self._checked, None
        if checked is not None:
            self._checks.drop(_FIELD)
            checked[1].close()


def _sentence(error: ServiceError | OSError) -> str:
    """Why a content could not be had."""
    if isinstance(error, OSError):
        return _("It cannot be kept here: {why}.", why=why(error))
    return error.full_text


def _text_of(path: Path, is_rows: bool) -> str | None:
    """The text to show of a file that has no examples, "" where it is none; None for examples."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if not is_rows and head.lstrip()[:1] in (b"{", b""):
            return None
        content = head + file.read()
    try:
        shown = rows_as(content, AS_IT_IS)
    except ServiceError:
        shown = content
    if b"\0" in shown[:_HEAD]:
        return ""
    return shown[: 4 * _LONGEST_TEXT].decode("utf-8", "replace")
