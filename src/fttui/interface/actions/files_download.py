"""Files of the endpoint saved to the disk: one after the other, each whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.disk.new_names import free_name, name_problem
from fttui.disk.writing import NotWritten, target_of
from fttui.interface.actions.files_delete import NO_FILE, NO_ID
from fttui.interface.actions.new_file import keep_folder, offered_folder, offered_name
from fttui.interface.screens.prompt import Prompt
from fttui.interface.tab_messages.files import FileWork
from fttui.services.endpoint.errors import ServiceError
from fttui.services.stored_files.content import (
    AS_IT_IS,
    RESULT_FORMATS,
    is_result,
    local_name,
    save,
)
from fttui.services.stored_files.words import name_of
from fttui.terminal.format import counted, cut, progress_text, size_text
from fttui.terminal.language import _, labelled
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from textual.worker import Worker

    from fttui.interface.actions.files_feed import FileFeed
    from fttui.interface.host import Host
    from fttui.services.endpoint.models import TrainingFile

_MOST_TOLD = 3
Wanted = tuple["TrainingFile", Path]


class FileDownload:
    """Saves files in the order in which they were asked for, while all else goes on."""

    def __init__(self, host: Host, feed: FileFeed) -> None:
        self._host = host
        self._feed = feed
        self._waiting: list[Wanted] = []
        self._untried = 0
        self._done: list[Path] = []
        self._failed: list[str] = []
        self._size = 0
        self._work: Worker[None] | None = None
        self._has_begun = False

    @property
    def under_way(self) -> bool:
        """True while files are being saved."""
        return self._work is not None

    def begin(self) -> None:
        """Ask where the selected files are saved, and save them."""
        chosen = self._feed.selection()
        files = [file for file in chosen if file.raw_id]
        if not files:
            self._host.notice(NO_ID if chosen else NO_FILE, severity="warning")
        elif len(files) == 1:
            self._ask_name(files[0])
        else:
            self._ask_folder(files)

    def stop(self) -> None:
        """Give up what is not saved yet."""
        if self._work is None:
            return
        self._untried, self._waiting = len(self._waiting), []
        self._work.cancel()
        if not self._has_begun:  # then it never will
            self._work = None

    def _ask_name(self, file: TrainingFile) -> None:
        name = offered_name(self._host, local_name(file))
        hint = _("It is not decoded: byte for byte as it is kept.")
        if is_result(file):
            endings = _(" or ").join(RESULT_FORMATS)
            hint = _("Decoded; a name that ends in {endings} chooses the format.", endings=endings)

        def answered(text: str | None) -> None:
            if text is not None:
                path = target_of(text)
                keep_folder(self._host, path)
                self._want([(file, path)])

        title = _("Download {name}", name=cut(name_of(file), 40))
        prompt = Prompt(title, _("File"), name, hint=hint, check=name_problem, yes=_("Download"))
        self._host.push_screen(prompt, answered)

    def _ask_folder(self, files: Sequence[TrainingFile]) -> None:
        def check(text: str) -> str:
            try:
                is_there = bool(text) and Path(text).expanduser().is_dir()
            except (OSError, RuntimeError, ValueError):
                is_there = False
            return "" if is_there else _("There is no such folder. Make it, or name another one.")

        def answered(text: str | None) -> None:
            if text is None:
                return
            folder = Path(text).expanduser()
            taken = [path.name for _file, path in self._waiting if path.parent == folder]
            wanted = []
            for file in files:
                taken.append(free_name(local_name(file), folder, taken))
                wanted.append((file, folder / taken[-1]))
            keep_folder(self._host, wanted[-1][1])
            self._want(wanted)

        count = counted(len(files), "file")
        hint = _("Each gets a name that is free there; results are decoded, to CSV.")
        prompt = Prompt(
            _("Download {count}", count=count),
            _("Folder"),
            str(offered_folder(self._host)),
            hint=hint,
            check=check,
            yes=_("Download"),
        )
        self._host.push_screen(prompt, answered)

    def _want(self, wanted: Sequence[Wanted]) -> None:
        self._waiting += wanted
        if self._work is None:
            self._begin()

    def _begin(self) -> None:
        self._done, self._failed, self._size, self._untried = [], [], 0, 0
        self._has_begun = False
        self._work = self._host.start_worker(self._save_all, group="download", waits_for="")

    async def _save_all(self) -> None:
        self._has_begun = True
        name = ""
        try:
            while self._waiting:
                file, path = self._waiting.pop(0)
                name = cut(name_of(file), 40)
                await self._save(file, path, name)
                name = ""
        finally:  # also when it is stopped
            self._work = None
            self._host.post(FileWork(""))
            self._tell(stopped=name)
            if self._waiting:  # asked for after that
                self._begin()

    async def _save(self, file: TrainingFile, path: Path, name: str) -> None:
        session, begun = self._host.session, time.monotonic()
        at = len(self._done) + len(self._failed) + 1
        count = at + len(self._waiting)
        place = _(" ({number} of {count})", number=at, count=count) if count > 1 else ""
        lead = _("Downloading {name}…", name=name) + place

        def told(came: int) -> None:
            rate, total = came / max(time.monotonic() - begun, 0.001), file.size or 0
            total = total if total >= came else 0  # what is told may be anything
            left = (total - came) / rate if total > came else None
            text = progress_text(came, total, rate, left)
            self._host.post(FileWork(_("{lead} {text} · Esc stops", lead=lead, text=text)))

        self._host.post(FileWork(lead))
        kind = path.suffix.lower() if path.suffix.lower() in RESULT_FORMATS else AS_IT_IS
        kind = kind if is_result(file) else AS_IT_IS
        try:
            work = save(session.handle, file, path, kind, on_bytes=told)
            self._size += await session.thread.read(work)
        except (ServiceError, NotWritten) as error:
            self._failed.append(labelled(name, str(getattr(error, "full_text", error))))
        else:
            self._done.append(path)

    def _tell(self, stopped: str) -> None:
        """What was saved, and what was not and why; `stopped` is what was under way."""
        done, failed = self._done, self._failed
        told = []
        if done:
            one = len(done) == 1
            place = done[0].absolute() if one else done[0].parent.absolute()
            what = size_text(self._size) if one else counted(len(done), "file")
            told.append(_("{what} written to {place}.", what=what, place=safe_path(place)))
        if len(failed) > _MOST_TOLD:
            more = _("{count} more could not be saved.", count=len(failed) - _MOST_TOLD)
            failed = [*failed[:_MOST_TOLD], more]
        if stopped:
            failed = [*failed, _("{name} was not saved: it was stopped.", name=stopped)]
        if self._untried:
            failed = [*failed, _("{count} more were not tried.", count=self._untried)]
        text = "\n".join([*told, *failed])
        self._host.notice(text, severity="error" if self._failed else "information")
