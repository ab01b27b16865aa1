"""What workers tell the tab "Files"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.interface.messages import FttuiMessage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.message import Message

    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.endpoint.models import TrainingFile


class FilesLoading(FttuiMessage):
    """A load of the whole list of files has begun."""


class FilesPage(FttuiMessage):
    """Files that arrived, newest first.

    `last` completes the list; `dropped` counts entries that were unreadable. `goes_on` when the
    endpoint tells of more.
    """

    def __init__(
        self,
        files: tuple[TrainingFile, ...],
        *,
        last: bool = False,
        dropped: int = 0,
        goes_on: bool = False,
    ) -> None:
        super().__init__()
        self.files = files
        self.last = last
        self.dropped = dropped
        self.goes_on = goes_on


class FilesFailed(FttuiMessage):
    """The list could not be loaded; what is shown stays."""

    def __init__(self, error: ServiceError) -> None:
        super().__init__()
        self.error = error


class FilesChanged(FttuiMessage):
    """Files are now as told; they may be new to the list. `select` moves the cursor to the last."""

    def __init__(self, files: Iterable[TrainingFile], *, select: bool = False) -> None:
        super().__init__()
        self.files = tuple(files)
        self.select = select


class FileGone(FttuiMessage):
    """The endpoint has a file no more; None of those that another deletes: it is only marked."""

    def __init__(self, file_id: str, *, was_asked_for: bool = True) -> None:
        super().__init__()
        self.file_id = file_id
        self.was_asked_for = was_asked_for


class FileBusy(FttuiMessage):
    """An action on a file began (`busy`) or ended, so that it is not asked for twice."""

    def __init__(self, file_id: str, *, busy: bool) -> None:
        super().__init__()
        self.file_id = file_id
        self.busy = busy


class FileUsesLearned(FttuiMessage):
    """More is known of which jobs use which files."""


class FileWork(FttuiMessage):
    """How far an upload, a check or a download is, in words; "" when it is over."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def can_replace(self, message: Message) -> bool:
        """Only the newest word matters."""
        return isinstance(message, FileWork)
