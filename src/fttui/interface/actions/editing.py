"""The user's own editor, at the place in a file that is in front, and the check after it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.messages import FileEdited
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.interface.host import FileInView, Host
    from fttui.terminal.children import Ended
    from fttui.terminal.editor import EditorCommand

Stamp = tuple[int, int, int] | None


class EditActions:
    """Lends the terminal to an editor; uploads and everything else go on meanwhile."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def begin(self) -> None:
        """Open the file in front in the editor, at the line in front."""
        shown = self._host.file_in_front()
        if shown is None:
            self._host.notice(_("No file is shown here that could be edited."))
        elif shown.why_not:
            self._host.notice(shown.why_not)
        elif not self._host.can_lend_terminal:
            self._host.notice(
                _("An editor needs a terminal, and there is none here. Edit the file elsewhere.")
            )
        else:
            self._host.hold_keys()
            self._host.start_worker(lambda: self._edit(shown), group="editor", waits_for="")

    async def _edit(self, shown: FileInView) -> None:
        """Edit, and have the file checked again if it is another one now."""
        from fttui.terminal.editor import NoEditor

        path = shown.path
        try:
            command, before = await asyncio.to_thread(self._prepare, shown)
            ended = await self._host.run_in_terminal(command.words)
            after = await asyncio.to_thread(_stamp, path)
        except NoEditor as problem:
            self._host.notice(str(problem), severity="warning")
        else:
            if after != before:
                self._host.post(FileEdited(path))
            self._tell(command, ended, path, changed=after != before)
        finally:
            self._host.release_keys()

    def _prepare(self, shown: FileInView) -> tuple[EditorCommand, Stamp]:
        from fttui.terminal.editor import editor_command
        from fttui.training_data.places import place_for_editor

        place = place_for_editor(shown.path, shown.line, shown.column, shown.offset)
        command = editor_command(place, os.environ, self._host.session.settings.editor)
        return command, _stamp(shown.path)

    def _tell(self, command: EditorCommand, ended: Ended, path: Path, *, changed: bool) -> None:
        """Say what went wrong, or that nothing has changed; a new check speaks for itself."""
        words = [f"{ended.problem}." if ended.problem else "", command.note]
        if not changed:
            words.append(_("{name} is as it was.", name=safe_path(path.name)))
        elif ended.problem:
            words.append(_("{name} was changed.", name=safe_path(path.name)))
        if text := " ".join(filter(None, words)):
            severity = "warning" if ended.problem else "information"
            self._host.notice(text, severity=severity)


def _stamp(path: Path) -> Stamp:
    """What tells one content of a file from another; None without the file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
