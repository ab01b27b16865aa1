"""Checks of training files in the background, one for each field of the form."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.messages import (
    CheckDone,
    CheckProgressed,
    CheckRefused,
    FileAsked,
    FileChosen,
)
from fttui.services.endpoint.errors import ServiceError
from fttui.services.file_names import find_file, why_gone
from fttui.storage.recent import recent_files, remember_file
from fttui.terminal.language import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from fttui.interface.host import Host
    from fttui.interface.messages import FttuiMessage
    from fttui.services.counted_files import CountedFile
    from fttui.services.session import Session
    from fttui.training_data.check import Progress, Report
    from fttui.training_data.files import CheckedFile


class FileChecks:
    """Runs one check a field, in a daemon thread, and keeps the file open that was checked.

    The same descriptor is read by the check and later by the upload, so that what was checked is
    what is sent. `post` gets all that there is to tell; the panes do where it is None.
    """

    def __init__(
        self,
        host: Host,
        start_folder: Path | None = None,
        post: Callable[[FttuiMessage], None] | None = None,
    ) -> None:
        self._host = host
        self._post = post or host.post
        self._start_folder = start_folder
        self._lock = threading.Lock()
        self._running: dict[str, _CheckRun] = {}
        self._files: dict[str, CheckedFile] = {}
        self._reports: dict[str, Report] = {}
        self._asked: dict[str, object] = {}
        self._counted: dict[str, tuple[str, CountedFile | None]] = {}

    def browse(self, field: str) -> None:
        """Open the file picker for `field`, and take what is picked."""
        from fttui.interface.screens.file_picker import FilePicker

        def picked(path: Path | None) -> None:
            if path is not None:
                self._start_folder = path.parent
                self.choose(field, path)

        recent = recent_files()
        start = self._start_folder or (recent[0].parent if recent else Path.cwd())
        self._host.push_screen(
            FilePicker(
                start,
                recent,
                title=_("Choose the training file")
                if field == "training"
                else _("Choose the validation file"),
            ),
            picked,
        )

    def choose(self, field: str, path: Path) -> None:
        """Take `path` as the field's file, as if it had been picked."""
        remember_file(path)
        self._post(FileChosen(field, path))

    def ask(self, field: str, word: str, *, of_job: bool = False) -> None:
        """Ask the endpoint whether `word` is the id of a file; after a `stop` nothing is told.

        The file `of_job` is only asked for because it may be gone.
        """
        self.drop(field)
        self._asked[field] = asked = object()

        async def look() -> None:
            session, sentence = self._host.session, ""
            try:
                if of_job:
                    sentence = await session.thread.read(why_gone(session.handle, word))
                else:
                    await session.thread.read(find_file(session.handle, word))
            except ServiceError as error:
                sentence = error.full_text
            counted = await asyncio.to_thread(_counted, session, word)
            if self._asked.get(field) is asked:
                self._counted[field] = word, counted
                self._post(FileAsked(field, sentence))

        self._host.start_worker(look, group=f"ask-{field}", exclusive=True)

    def count(self, field: str, file_id: str) -> None:
        """Find out what was counted of a file on the endpoint; nothing is asked for it."""

        async def look() -> None:
            found = await asyncio.to_thread(_counted, self._host.session, file_id)
            self._counted[field] = file_id, found

        self._host.start_worker(look, group=f"count-{field}", exclusive=True, waits_for="")

    def start(
        self,
        field: str,
        path: Path,
        method: str | None,
        model: str | None,
        base_url: str | None = None,
        item_fields: tuple[str, ...] = (),
    ) -> None:
        """Check `path` for `field`, by what the endpoint at `base_url` takes.

        `item_fields` are those that a grader uses of each example.

        An earlier check of the field is given up first.
        """
        self.drop(field)
        check = _CheckRun(self, field, path, method, model, base_url, item_fields)
        with self._lock:
            self._running[field] = check
        threading.Thread(target=check.run, name=f"check-{field}", daemon=True).start()

    def stop(self, field: str) -> None:
        """Give up the field's check; it ends within a fraction of a second."""
        self._asked.pop(field, None)
        with self._lock:
            check = self._running.pop(field, None)
        if check:
            check.given_up.set()

    def drop(self, field: str) -> None:
        """Give up the field's check, and forget its file: another one is named, or none."""
        self.stop(field)
        self.forget(field)

    def report(self, field: str) -> Report | None:
        """The field's report, once its check is done."""
        return self._reports.get(field)

    def counted(self, field: str, file_id: str) -> CountedFile | None:
        """What was counted of the field's file, which is on the endpoint; None where nothing is."""
        named, known = self._counted.get(field, ("", None))
        return known if named == file_id else None

    def has_file(self, field: str) -> bool:
        """True when the field's file is checked and open."""
        with self._lock:
            return field in self._files

    def is_outdated(self, path: Path) -> bool:
        """Whether a file was checked under this name that is another by now; looks at the disk."""
        with self._lock:
            return any(file.path == path and file.change() for file in self._files.values())

    def copy_of(self, field: str) -> CheckedFile:
        """The field's open, checked file once more, to be closed; KeyError without one."""
        from fttui.training_data.files import CheckedFile

        with self._lock:
            file = self._files[field]
            return CheckedFile(os.dup(file.fd), file.path, file.shown)

    def forget(self, field: str) -> None:
        """Close the field's file and drop its report."""
        with self._lock:
            file = self._files.pop(field, None)
            self._reports.pop(field, None)
        if file:
            file.close()

    def partner(self, field: str) -> CheckedFile | None:
        """The training file once more, for a validation file to be compared with; to be closed."""
        with self._lock:
            file = self._files.get("training") if field == "validation" else None
        if file is None or not file.unchanged():
            return None
        with contextlib.suppress(KeyError):
            return self.copy_of("training")
        return None

    def compared(self, partner: CheckedFile, report: Report) -> None:
        """Take a report of the training file that tells about the validation file too."""
        with self._lock:
            file = self._files.get("training")
            still = file is not None and file.identity() == partner.identity()
            if still:
                self._reports["training"] = report
        if still:
            self._post(CheckDone("training", partner.path, report))

    def _finish(self, check: _CheckRun, file: CheckedFile, report: Report) -> bool:
        with self._lock:
            if self._running.get(check.field) is not check:
                return False
            del self._running[check.field]
            self._files[check.field] = file
            self._reports[check.field] = report.validation or report
            return True

    def _drop(self, check: _CheckRun) -> bool:
        with self._lock:
            if self._running.get(check.field) is not check:
                return False
            del self._running[check.field]
            return True


class _CheckRun:
    """One run of a check, in a thread of its own."""

    def __init__(
        self,
        checks: FileChecks,
        field: str,
        path: Path,
        method: str | None,
        model: str | None,
        base_url: str | None,
        item_fields: tuple[str, ...],
    ) -> None:
        self.field = field
        self.given_up = threading.Event()
        self._checks = checks
        self._path = path
        self._method = method
        self._model = model
        self._base_url = base_url
        self._item_fields = item_fields

    def run(self) -> None:
        """Open, check, and tell the outcome; a given-up check tells nothing."""
        file: CheckedFile | None = None
        partner = self._checks.partner(self.field)
        try:
            from fttui.services.counted_files import keep_counts
            from fttui.training_data.files import open_checked

            file = open_checked(self._path)
            report = self._check(file, partner)
            keep_counts(report)
            if not self._checks._finish(self, file, report):
                file.close()
                return
            self._checks._post(CheckDone(self.field, self._path, report.validation or report))
            if partner:
                self._checks.compared(partner, report)
        except Exception as error:  # noqa: BLE001 - whatever happens must reach the form as a sentence
            self._refuse(_sentence(error), file)
        finally:
            if partner:
                partner.close()

    def _check(self, file: CheckedFile, partner: CheckedFile | None) -> Report:
        """The file's report; with a partner, the partner's, which holds the file's."""
        from fttui.training_data.check import check_file
        from fttui.training_data.endpoints import limits_of
        from fttui.training_data.profile import Method

        return check_file(
            partner or file,
            validation=file if partner else None,
            is_validation=partner is None and self.field == "validation",
            method=Method(self._method) if self._method else None,
            model=self._model,
            limits=limits_of(self._base_url),
            item_fields=self._item_fields,
            progress=self._on_progress,
            cancelled=self.given_up.is_set,
        )

    def _on_progress(self, progress: Progress) -> None:
        if not self.given_up.is_set():
            self._checks._post(CheckProgressed(self.field, self._path, progress))

    def _refuse(self, sentence: str, file: CheckedFile | None) -> None:
        if file:
            file.close()
        if self._checks._drop(self):
            self._checks._post(CheckRefused(self.field, self._path, sentence))


def _counted(session: Session, file_id: str) -> CountedFile | None:
    from fttui.services.counted_files import counted_file

    return counted_file(session, file_id)


def _sentence(error: Exception) -> str:
    from fttui.training_data.check import CheckCancelled
    from fttui.training_data.files import FileRefused

    if isinstance(error, CheckCancelled):
        return _("The check was stopped. Choose the file again to check it.")
    if isinstance(error, FileRefused):
        return str(error)
    return _("The file could not be checked ({name}).", name=type(error).__name__)
