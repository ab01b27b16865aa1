"""Uploading a file that no job asks for yet: checked first, confirmed, in parts, once."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fttui.interface.actions.checks import FileChecks
from fttui.interface.actions.read_only import refuses_change
from fttui.interface.actions.repair import RepairActions
from fttui.interface.messages import CheckDone, CheckProgressed, CheckRefused, RepairEnded
from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.menu import Menu, MenuItem
from fttui.interface.tab_messages.files import FileWork
from fttui.services.endpoint.errors import ServiceError
from fttui.services.submission_words import already_uploaded, is_on_its_way, progress_line
from fttui.storage.journal import JournalError
from fttui.storage.recent import recent_files, remember_file
from fttui.terminal.format import counted, progress_text, size_text
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.interface.actions.files_feed import FileFeed
    from fttui.interface.host import Host
    from fttui.interface.messages import FttuiMessage
    from fttui.services.submission.progress import UploadControl
    from fttui.services.submission.types import SubmissionProgress
    from fttui.training_data.files import CheckedFile
    from fttui.training_data.report import Report

_FIELD = "upload"
_TYPED = "upload"


class _OwnPosts:
    """The host, but what is posted goes to `post`, and a report that is left asks again."""

    def __init__(self, host: Host, upload: FileUpload) -> None:
        self._host = host
        self._upload = upload

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)

    def post(self, message: FttuiMessage) -> None:
        """Give it to the upload instead of the panes."""
        self._upload.take(message)

    def push_screen(self, screen: Any, callback: Any = None) -> Any:
        """Open a dialog of the report's; one that is left without an answer leads back."""

        def answered(answer: Any) -> None:
            if callback is not None:
                callback(answer)
            if answer is None:
                self._upload.ask_again()

        return self._host.push_screen(screen, answered)


class FileUpload:
    """Carries at most one upload at a time."""

    def __init__(self, host: Host, feed: FileFeed, start_folder: Path | None = None) -> None:
        self._host = host
        self._feed = feed
        self._start_folder = start_folder
        self._checks = FileChecks(host, post=self.take)
        own: Any = _OwnPosts(host, self)
        self._repair = RepairActions(own, self._checks)
        self._checked: tuple[Path, Report] | None = None
        self._begun = ""
        self._place: object = None
        self._control: UploadControl | None = None
        self._under_way = False

    @property
    def under_way(self) -> bool:
        """True while a file is being uploaded."""
        return self._under_way

    def begin(self) -> None:
        """Choose a file to upload; while one is on its way, pause it or give it up."""
        if refuses_change(self._host):
            return
        if self._under_way:
            self._ask_of_upload()
            return
        from fttui.interface.screens.file_picker import FilePicker

        def picked(path: Path | None) -> None:
            if path is not None:
                self._start_folder = path.parent
                remember_file(path)
                self._check(path)

        recent = recent_files()
        start = self._start_folder or (recent[0].parent if recent else Path.cwd())
        self._host.push_screen(FilePicker(start, recent, title=_("Upload a file")), picked)

    def begin_with(self, path: Path, sha256: str) -> None:
        """Check `path` and go on with its upload; as `begin` where one is on its way.

        `sha256` is that of the content whose upload was interrupted; no other one is sent.
        """
        self._host.show_tab("files")
        if self._under_way:
            self.begin()
        elif not refuses_change(self._host):
            self._host.call_after_refresh(self._check, path, sha256)

    def stop(self) -> None:
        """Give up a check that is under way; an upload is given up by its own question."""
        if self._place is not None:
            self._checks.stop(_FIELD)
            self._place = None
            self._say()

    def take(self, message: FttuiMessage) -> None:
        """What a check or a repair tells, from any thread."""
        if isinstance(message, CheckProgressed):
            done = message.progress
            text = progress_text(done.done, done.total, done.bytes_per_second, done.seconds_left)
            self._say(_("Checking: {text} · Esc stops", text=text))
        elif isinstance(message, CheckDone):
            self._host.call_later(self._check_done, message.path, message.report)
        elif isinstance(message, CheckRefused):
            self._say()
            self._host.call_later(self._refused, message.sentence)
        elif isinstance(message, RepairEnded):
            self._host.call_later(self._repaired, message)

    def _say(self, text: str = "") -> None:
        self._host.post(FileWork(text))

    def _check(self, path: Path, begun: str = "") -> None:
        self._begun = begun
        self._place = self._host.place
        self._say(_("Checking {name}… Esc stops", name=safe_path(path.name)))
        base_url = self._host.session.endpoint.base_url
        self._checks.start(_FIELD, path, None, None, base_url)

    def _refused(self, sentence: str) -> None:
        self._place = None
        self._host.notice(sentence, severity="error")

    def _repaired(self, message: RepairEnded) -> None:
        copy = message.report.destination if message.report else None
        if copy is not None:
            self._check(copy)
        else:
            self._host.notice(message.problem, severity="error")

    def _check_done(self, path: Path, report: Report) -> None:
        self._say()
        place, self._place = self._place, None
        self._checked = path, report
        if self._begun not in ("", report.sha256):
            self._refused(_other_content(path))
        elif place != self._host.place:
            name = safe_path(path.name)
            self._host.notice(_("{name} is checked, but not uploaded.", name=name))
        elif report.ok or _validates(report):
            self._confirm()
        else:
            self.ask_again()

    def ask_again(self) -> None:
        """Ask what becomes of a file with errors."""
        if self._checked is None or self._checked[1].ok:
            return
        path, report = self._checked
        errors = counted(report.error_count, "error")
        items = [
            MenuItem(
                "report", _("Show the report"), _("what is wrong, and a repaired copy"), "", "r"
            ),
            MenuItem("other", _("Choose another file"), "", "", "o"),
            MenuItem("upload", _("Upload it all the same"), _("after a question"), "", "u"),
        ]

        def chosen(name: str | None) -> None:
            if name == "report":
                self._repair.show_report(_FIELD, path, report, None)
            elif name == "other":
                self.begin()
            elif name == "upload":
                self._confirm()

        lead = _("{name} has {errors}.", name=safe_path(path.name), errors=errors)
        self._host.push_screen(Menu(_("Upload a file"), items, lead=lead), chosen)

    def _confirm(self) -> None:
        if self._checked is None:
            return
        path, report = self._checked
        try:
            file = self._checks.copy_of(_FIELD)
        except KeyError:
            return
        errors = counted(report.error_count, "error")
        warnings = counted(report.warning_count, "warning")
        told = warnings if report.ok else f"{errors}, {warnings}"
        warning = _("It has {errors}: a job of it will probably fail.", errors=errors)
        if is_held_out := _validates(report):
            warning = _("Too few examples to train on; to validate with they may do.")
        dialog = Confirm(
            _("Upload a file"),
            [
                (_("Endpoint"), self._host.session.endpoint.host),
                (_("File"), safe_path(path)),
                (_("Size"), size_text(file.size)),
                (_("Examples"), f"{report.examples:,} · {told}"),
            ],
            _("Upload this file? That costs nothing; a job that uses it does."),
            _("Upload"),
            must_type=None if report.ok or is_held_out else _TYPED,
            warning="" if report.ok else warning,
        )
        look = self._host.start_worker(
            partial(self._look, report.sha256, dialog), group="upload-look", waits_for=""
        )

        def answered(yes: bool | None) -> None:
            look.cancel()
            if not yes or self._under_way:
                file.close()
                return
            self._under_way = True
            self._host.start_worker(
                partial(self._upload, file, report), group="file-upload", waits_for=""
            )

        self._host.push_screen(dialog, answered)

    async def _look(self, sha256: str, dialog: Confirm) -> None:
        """Tell the dialog when the content is on the endpoint already."""
        session = self._host.session
        try:
            submissions = await asyncio.to_thread(lambda: session.submissions)
            found = await session.thread.read(submissions.find_uploaded(sha256))
        except ServiceError:
            return  # a second upload costs nothing but time
        if found is not None:
            text = _("This content {there}. A yes uploads it once more.",
                     there=already_uploaded(found.id))  # fmt: skip
            dialog.post_message(Confirm.Warned(text))

    async def _upload(self, file: CheckedFile, report: Report) -> None:
        from fttui.services.submission.lone_upload import Listeners, upload_file

        session = self._host.session
        try:
            submissions = await asyncio.to_thread(lambda: session.submissions)
            stored, sha256 = await session.thread.write(
                upload_file(
                    session.handle,
                    session.journal,
                    session.account,
                    file,
                    submissions.upload_options,
                    Listeners(self._on_progress, self._on_begin),
                    sha256=report.sha256,
                    md5=report.md5,
                )
            )
        except ServiceError as error:
            again = _("What was sent is kept: upload the same file again to go on.")
            hint = again if error.code != "cancelled" and error.retryable else ""
            self._host.notice("\n".join(filter(None, (error.full_text, hint))), severity="error")
            return
        finally:
            self._under_way, self._control = False, None
            file.close()
            self._say()
        self._feed.files_changed([stored], select=True)
        doubt = await asyncio.to_thread(self._remember, sha256, stored.raw_id)
        text = _("Uploaded: {id}.", id=stored.id)
        self._host.notice(f"{text}\n{doubt}" if doubt else text)

    def _remember(self, sha256: str, file_id: str) -> str:
        session = self._host.session
        try:
            session.journal.remember_file(session.account, sha256, file_id)
        except JournalError as problem:
            return _("Not remembered, so a job of this file uploads it again: {why}", why=problem)
        return ""

    def _on_begin(self, control: UploadControl) -> None:
        self._control = control

    def _on_progress(self, progress: SubmissionProgress) -> None:
        text = progress_line(progress) if is_on_its_way(progress) else progress.note
        self._say(text)

    def _ask_of_upload(self) -> None:
        control = self._control
        if control is None:
            self._host.notice(_("An upload is about to begin. Wait for it."))
            return
        paused = control.is_paused
        items = [
            MenuItem("pause", _("Go on") if paused else _("Pause"), _("what is sent is kept"),
                     "", "p"),
            MenuItem("cancel", _("Give it up"), _("what was sent is deleted"), "", "x"),
        ]  # fmt: skip

        def chosen(name: str | None) -> None:
            if name == "cancel":
                control.cancel()
            elif name == "pause":
                control.resume() if paused else control.pause()

        self._host.push_screen(Menu(_("The upload under way"), items), chosen)


def _other_content(path: Path) -> str:
    shown = safe_path(path)
    why = _(
        "{shown} has changed since a part of it was uploaded, so nothing was sent.", shown=shown
    )
    return why + "\n" + _("`fttui files upload {shown}` checks and uploads it as it is now.",
                          shown=shown)  # fmt: skip


def _validates(report: Report) -> bool:
    """True of a file that is only too short to train on: a validation file may be as short."""
    return report.error_count == 1 and report.errors[0].rule == "too-few-examples"
