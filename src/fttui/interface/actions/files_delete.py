"""Deleting files: asked for once, confirmed with what needs them, each told as it really went."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fttui.interface.actions.read_only import refuses_change
from fttui.interface.screens.confirm import Confirm
from fttui.interface.tab_messages.files import FileBusy, FileUsesLearned
from fttui.services.endpoint.errors import ServiceError, UnauthorizedError, UnsupportedError
from fttui.services.stored_files.deleting import delete_file, word_to_type
from fttui.services.stored_files.uses import read_newer
from fttui.services.stored_files.words import (
    deletion_warnings,
    file_status_text,
    name_of,
    needed_since_text,
    not_looked_text,
    size_sum_text,
    used_text,
    why_not_known,
)
from fttui.terminal.format import counted, cut, size_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fttui.interface.actions.files_feed import FileFeed
    from fttui.interface.host import Host
    from fttui.services.endpoint.models import TrainingFile
    from fttui.services.stored_files.uses import Use

NO_FILE = _("No file is selected. Move the cursor to one first.")
NO_ID = _("The endpoint gave this file no id, so no call can name it.")
_MOST_NAMED = 6
_MOST_TOLD = 3
_NAME = 22
_FRESH = 10.0
"""Seconds for which it counts what was read of the jobs: many deletions take longer."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a question said: the ids of the jobs that need a file, and whether there may be more."""

    job_ids: frozenset[str]
    is_doubtful: bool


class _NeededError(ServiceError):
    """A job has come meanwhile that needs what is still to be deleted."""


class FileDeletion:
    """Deletes each file once, one after the other."""

    def __init__(self, host: Host, feed: FileFeed) -> None:
        self._host = host
        self._feed = feed
        self._busy: set[str] = set()

    @property
    def under_way(self) -> bool:
        """True while files are being deleted."""
        return bool(self._busy)

    def begin(self) -> None:
        """Confirm, and delete the selected files that no other request deletes already."""
        if refuses_change(self._host):
            return
        chosen = self._feed.selection()
        files = [file for file in chosen if file.raw_id and file.raw_id not in self._busy]
        if not files:
            text = _("It is being deleted already.") if chosen else NO_FILE
            if chosen and not any(file.raw_id for file in chosen):
                text = NO_ID
            self._host.notice(text, severity="warning")
            return

        uses = self._feed.uses
        told = _Told(frozenset(uses.needing(files)), is_doubtful=bool(why_not_known(uses)))

        def answered(yes: bool | None) -> None:
            wanted = [file for file in files if file.raw_id not in self._busy]
            if yes and wanted:
                self._busy |= {file.raw_id for file in wanted}
                work = partial(self._delete, wanted, told)
                self._host.start_worker(work, group="files-delete")

        self._host.push_screen(self._question(files), answered)

    def _question(self, files: list[TrainingFile]) -> Confirm:
        warnings = deletion_warnings(files, self._feed.uses)
        is_one = len(files) == 1
        count = counted(len(files), "file")
        return Confirm(
            _("Delete file") if is_one else _("Delete {count}", count=count),
            [(_("Endpoint"), self._host.session.endpoint.host), *self._facts(files)],
            _("Delete it from the endpoint? That cannot be undone.")
            if is_one
            else _("Delete these {count}? That cannot be undone.", count=count),
            _("Delete") if is_one else _("Delete {count}", count=count),
            danger=True,
            must_type=word_to_type(files),
            warning="\n".join(warnings),
        )

    def _facts(self, files: Sequence[TrainingFile]) -> list[tuple[str, str]]:
        uses = self._feed.uses
        if len(files) == 1:
            file = files[0]
            return [
                (_("File"), f"{cut(name_of(file), 50)} · {file.id}"),
                (_("Size"), f"{size_text(file.size)} · {file.purpose or ''}".rstrip(" ·")),
                (_("Status"), file_status_text(file)),
                (_("Used by"), used_text(uses, file)),
            ]
        facts = [(_("Together"), size_sum_text(files))]
        for file in files[:_MOST_NAMED]:
            used = _("used by {jobs}", jobs=used_text(uses, file))
            facts.append((cut(file.id, 14), f"{cut(name_of(file), _NAME)} · {used}"))
        if len(files) > _MOST_NAMED:
            facts.append(("", _("and {count} more", count=len(files) - _MOST_NAMED)))
        return facts

    async def _delete(self, files: list[TrainingFile], told: _Told) -> None:
        """Delete each, unless a job needs one that the question did not tell of."""
        for file in files:
            self._host.post(FileBusy(file.id, busy=True))
        try:
            since = await self._needed_since(files, told)
            if since:
                self._host.notice(needed_since_text(since), severity="warning")
            else:
                await self._delete_each(files, told)
        except ServiceError as error:
            self._host.notice(not_looked_text(error), severity="error")
        finally:
            for file in files:
                self._release(file)

    async def _needed_since(self, files: Sequence[TrainingFile], told: _Told) -> list[Use]:
        """The uses by jobs that need a file now, besides those told of; others make jobs too.

        Raises ServiceError where that cannot be read, and nobody was told that it is not known.
        """
        session, uses = self._host.session, self._feed.uses
        try:
            jobs = await session.thread.read(read_newer(session.handle, uses))
        except ServiceError:
            if not told.is_doubtful:
                raise
            return []
        if self._feed.note_jobs(jobs):
            self._host.post(FileUsesLearned())
        needing = self._feed.uses.needing(files)
        return [use for job_id, use in needing.items() if job_id not in told.job_ids]

    async def _delete_each(self, files: list[TrainingFile], told: _Told) -> None:
        session = self._host.session
        done: list[TrainingFile] = []
        failed: list[tuple[TrainingFile, ServiceError]] = []
        looked = time.monotonic()
        for number, file in enumerate(files):
            try:
                if time.monotonic() - looked > _FRESH:
                    await self._require_none_needed(files[number:], told)
                    looked = time.monotonic()
                await session.thread.write(delete_file(session, file))
            except ServiceError as error:
                failed.append((file, error))
                if isinstance(error, UnauthorizedError | UnsupportedError | _NeededError):
                    break  # the same would be said of the others
            else:
                done.append(file)
                self._feed.file_gone(file)
            finally:
                self._release(file)
        self._tell(files, done, failed)

    async def _require_none_needed(self, files: Sequence[TrainingFile], told: _Told) -> None:
        if since := await self._needed_since(files, told):
            raise _NeededError(needed_since_text(since, has_begun=True))

    def _release(self, file: TrainingFile) -> None:
        if file.raw_id in self._busy:
            self._busy.discard(file.raw_id)
            self._host.post(FileBusy(file.id, busy=False))

    def _tell(
        self,
        files: list[TrainingFile],
        done: list[TrainingFile],
        failed: list[tuple[TrainingFile, ServiceError]],
    ) -> None:
        what = cut(name_of(files[0]), 40) if len(files) == 1 else counted(len(done), "file")
        told = [_("{what} deleted.", what=what)] if done else []
        for file, error in failed[:_MOST_TOLD]:
            name = cut(name_of(file), 30)
            text = _("{name} is not deleted: {why}", name=name, why=error.full_text)
            if error.may_be_done:
                text = _(
                    "It is not known whether {name} is deleted: {why}",
                    name=name,
                    why=error.full_text,
                )
            told.append(text)
        if len(failed) > _MOST_TOLD:
            told.append(_("{count} more are not deleted.", count=len(failed) - _MOST_TOLD))
        if untried := len(files) - len(done) - len(failed):
            told.append(_("{count} more were not tried.", count=untried))
        self._host.notice("\n".join(told), severity="error" if failed else "information")
