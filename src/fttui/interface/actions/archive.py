"""Saving the account from within the app: one run at a time, which goes on behind other screens."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.messages import ArchiveOffered
from fttui.interface.screens.archive import ArchiveScreen, ArchiveView
from fttui.services.endpoint.errors import ServiceError
from fttui.storage.folders import FolderRefused
from fttui.terminal.format import bar_text, share_of
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.interface.actions.copying import CopyActions
    from fttui.interface.host import Host
    from fttui.services.archive.archiver import Archiver
    from fttui.services.archive.plan import ArchiveProgress, ArchiveResult
    from fttui.services.session import Session

_BETWEEN = 0.25
"""Seconds between two pictures of how far it is: a slow link has better things to carry."""
_BETWEEN_WORDS = 1.0
"""Seconds between two changes of the word on the connection line."""
_BAR = 24
_MOST_PROBLEMS = 6


class ArchiveActions:
    """Shows the archive's screen, and runs what it asks for."""

    def __init__(self, host: Host, copying: CopyActions) -> None:
        self._host = host
        self._copying = copying
        self._screen: ArchiveScreen | None = None
        self._view = ArchiveView()
        self._archiver: Archiver | None = None
        self._folder: Path | None = None
        self._shown_at = 0.0
        self._worded_at = 0.0
        self._is_end_seen = True
        self._is_stop_wanted = False

    @property
    def under_way(self) -> bool:
        """True while the account is being saved."""
        return self._view.is_running

    def show(self) -> None:
        """Open the screen; what is there is looked for meanwhile."""
        endpoint = self._host.session.endpoint
        if endpoint.archive:
            text = _("This is an archive already: {what}.", what=endpoint.archive)
            self._host.notice(text, severity="warning")
            return
        if self._host.session.credential is None:
            text = _("Without a key there is nothing to save. Press F1 for how to set one.")
            self._host.notice(text, severity="warning")
            return
        if self._screen is None or not self._screen.is_open:
            self._screen = ArchiveScreen(
                endpoint.host,
                start=self._start,
                stop=self._stop,
                copy_folder=self._copy_folder,
            )
            if not self._view.is_running and self._is_end_seen:
                self._view = ArchiveView()  # what came of an earlier run may be true no more
            self._is_end_seen = True
            self._host.push_screen(self._screen)
            self._host.post(ArchiveOffered(False))
        if not self._view.is_running:
            self._host.start_worker(self._look, group="archive-look", waits_for="")
        else:
            self._show(self._view)

    async def _look(self) -> None:
        from fttui.services.archive.begin import usual_folder

        self._folder = usual_folder(self._host.session.account)
        there = await asyncio.to_thread(_what_is_there, self._folder, self._host.session)
        self._show(replace(self._view, folder=safe_path(self._folder), there=there))

    def _copy_folder(self) -> None:
        if self._folder is not None:
            self._copying.copy(str(self._folder), _("the path of the archive"))

    def _start(self) -> None:
        if self._view.is_running:
            return
        self._is_stop_wanted = False
        self._show(replace(self._view, is_running=True, doing=_("Starting …"), problems=()))
        self._host.start_worker(self._save, group="archive", waits_for="")

    def _stop(self) -> None:
        self._is_stop_wanted = True
        if self._archiver is not None:
            self._archiver.stop()

    async def _save(self) -> None:
        """Save until all is there, or the user stops it; then say what came of it."""
        from fttui.services.archive.archiver import Archiver
        from fttui.services.archive.begin import notes_of, open_folder
        from fttui.services.archive.gone import GoneModels
        from fttui.services.archive.plan import ArchiveProgress
        from fttui.services.archive.words import short_progress
        from fttui.storage.archive.folder import ArchiveRefused

        session = self._host.session
        archive = None
        outcome: tuple[str, tuple[str, ...]]
        self._host.show_work(short_progress(ArchiveProgress()))
        try:
            archive = await asyncio.to_thread(open_folder, session, None)
            notes = await asyncio.to_thread(notes_of, session.journal, session.account)
            archiver = Archiver(
                session.handle,
                archive,
                notes=notes,
                gone=GoneModels(session),
                on_progress=self._progressed,
            )
            self._archiver = archiver
            if self._is_stop_wanted:
                archiver.stop()
            outcome = _outcome(await session.thread.read(archiver.run()))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise  # the app ends
            outcome = _("Stopped. What is saved is whole; save again to go on."), ()
        except ArchiveRefused as refused:
            outcome = str(refused), (refused.hint,)
        except ServiceError as error:
            outcome = error.sentence, (error.hint,)
        except (OSError, FolderRefused) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            outcome = _("The archive cannot be written: {why}.", why=why.rstrip(".")), ()
        finally:
            if archive is not None:
                archive.close()
            self._archiver = None
            self._view = replace(self._view, is_running=False)  # whatever happened, it may be tried
            self._host.show_work("")
            self._host.show_title("archive", "")
        self._end(*outcome)

    def _end(self, sentence: str, problems: tuple[str, ...]) -> None:
        view = replace(self._view, doing=sentence, problems=problems, is_running=False, share=None)
        if self._folder is not None:
            view = replace(view, there=_what_is_there(self._folder, self._host.session))
        self._is_end_seen = self._screen is not None and self._screen.is_open
        if not self._is_end_seen:
            self._host.notice(sentence)
        self._show(view)
        self._host.post(ArchiveOffered(False))  # what is listed may be archived now

    def _progressed(self, progress: ArchiveProgress) -> None:
        """Told on the service thread: shown some times a second."""
        if time.monotonic() - self._shown_at >= _BETWEEN or progress.note:
            self._shown_at = time.monotonic()
            self._host.call_later(self._show_progress, progress)

    def _show_progress(self, progress: ArchiveProgress) -> None:
        from fttui.services.archive.words import progress_line, short_progress, title_of

        if not self._view.is_running or self._archiver is None:
            return
        share = share_of(progress.done, progress.total) if progress.total else None
        bar = f"{bar_text(progress.done, progress.total, _BAR)} {share} %\n" if share else ""
        self._show(replace(self._view, doing=f"{bar}{progress_line(progress)}", share=share))
        if time.monotonic() - self._worded_at >= _BETWEEN_WORDS:
            self._worded_at = time.monotonic()
            self._host.show_work(short_progress(progress))
        self._host.show_title("archive", title_of(progress))

    def _show(self, view: ArchiveView) -> None:
        self._view = view
        if self._screen is not None and self._screen.is_open:
            self._screen.post_message(ArchiveScreen.Changed(view))


def _what_is_there(folder: Path, session: Session) -> str:
    """What is saved in `folder`, by the first lines of its index, or else where."""
    from fttui.storage.archive.head import read_head

    head, other = read_head(folder), session.archive
    if head is None and other is not None and other.saved:
        where = safe_path(other.folder)
        return _("Saved {day} in {where}, and not here yet:", day=other.saved, where=where)
    if head is None:
        return _("Nothing is saved yet.")
    if not head.is_finished:
        return _("Begun, and not finished: saving goes on where it was.")
    return _("Saved {when}: {counts}.", when=head.saved[:10], counts=head.counts_text)


def _outcome(result: ArchiveResult) -> tuple[str, tuple[str, ...]]:
    from fttui.services.archive.words import missing_lines, verdict

    problems = missing_lines(result, _MOST_PROBLEMS)
    if result.error is not None:
        problems = [*result.error.full_text.splitlines(), *problems]
    return f"{verdict(result)}.", tuple(problems)
