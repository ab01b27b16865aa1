"""What a user can ask for in the tab "Files"."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from fttui.interface.actions.copying import CopyActions
    from fttui.interface.actions.files_content import FileContents
    from fttui.interface.actions.files_copying import FileCopying
    from fttui.interface.actions.files_delete import FileDeletion
    from fttui.interface.actions.files_download import FileDownload
    from fttui.interface.actions.files_feed import FileFeed
    from fttui.interface.actions.files_upload import FileUpload
    from fttui.interface.actions.job_feed import JobFeed
    from fttui.interface.host import Host


class FileRequests:
    """A base of OpenAiInterfaceUtils: one method for each thing that can be asked for."""

    host: Host
    _start_folder: Path | None

    if TYPE_CHECKING:  # what the utilities have

        @cached_property
        def job_feed(self) -> JobFeed:
            """What the endpoint tells of jobs."""

        @cached_property
        def copying(self) -> CopyActions:
            """What goes to the clipboard."""

    @cached_property
    def files(self) -> FileFeed:
        """What the endpoint tells of files."""
        from fttui.interface.actions.files_feed import FileFeed

        return FileFeed(self.host, self.job_feed)

    @cached_property
    def _file_contents(self) -> FileContents:
        from fttui.interface.actions.files_content import FileContents
        from fttui.terminal.language import _

        return FileContents(
            self.host, self.files, lambda text: self.copying.copy(text, _("the text"), lines=True)
        )

    @cached_property
    def _file_download(self) -> FileDownload:
        from fttui.interface.actions.files_download import FileDownload

        return FileDownload(self.host, self.files)

    @cached_property
    def _file_upload(self) -> FileUpload:
        from fttui.interface.actions.files_upload import FileUpload

        return FileUpload(self.host, self.files, self._start_folder)

    @cached_property
    def _file_deletion(self) -> FileDeletion:
        from fttui.interface.actions.files_delete import FileDeletion

        return FileDeletion(self.host, self.files)

    @cached_property
    def _file_copying(self) -> FileCopying:
        from fttui.interface.actions.files_copying import FileCopying

        return FileCopying(self.host, self.files, self.copying)

    def load_files(self) -> None:
        """Load every page of files anew; a load under way is not doubled."""
        self.files.load()

    def stop_file_work(self) -> None:
        """Give up what is loaded, fetched or checked in the tab of files."""
        self.files.stop_loading()
        self._file_upload.stop()
        self._file_contents.stop()
        self._file_download.stop()

    def upload_file(self) -> None:
        """Choose a file, check it, and upload it; while one is on its way, pause or give it up."""
        self._file_upload.begin()

    def upload_again(self, path: Path, sha256: str) -> None:
        """Go on with an upload of this content that was interrupted, in the tab of files."""
        self._file_upload.begin_with(path, sha256)

    def delete_files(self) -> None:
        """Delete the selected files, after a confirmation that is typed."""
        self._file_deletion.begin()

    def download_files(self) -> None:
        """Save the selected files on this machine."""
        self._file_download.begin()

    def preview_file(self) -> None:
        """Show the examples of the selected file, or its text."""
        self._file_contents.preview()

    def check_stored_file(self) -> None:
        """Check the selected file and show the report."""
        self._file_contents.check()

    def copy_file_ids(self) -> None:
        """Copy the ids of the selected files."""
        self._file_copying.copy_ids()

    def show_file_copy_menu(self) -> None:
        """Choose among all that can be copied of the selected files."""
        self._file_copying.show()

    def use_selected_file(self) -> None:
        """Go to the form with the selected file: to train on, or to validate with."""
        self._file_copying.use()
