"""The user's own editor, at the place in a file that is in front, and the check after it."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.messages import FileEdited
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.interface.actions.checks import FileChecks
    from fttui.interface.host import FileInView, Host
    from fttui.terminal.children import Ended
    from fttui.terminal.editor import EditorCommand

Stamp = tuple[int, int, int] | None
_AT_ONCE = 1.0
"""Seconds within which nobody edits: a program that ends so soon may have a window of its own."""


class EditActions:
    """Lends the terminal to an editor; uploads and everything else go on meanwhile."""

    def __init__(self, host: Host, checks: FileChecks) -> None:
        self._host = host
        self._checks = checks

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
        """Edit, and have the file checked again if it is not the one that was checked."""
        from fttui.terminal.editor import NoEditor

        path = shown.path
        try:
            command, before = await asyncio.to_thread(self._prepare, shown)
            begun = time.monotonic()
            ended = await self._host.run_in_terminal(command.words)
            seconds = time.monotonic() - begun
            is_changed = before != await asyncio.to_thread(_stamp, path)
            is_outdated = await asyncio.to_thread(self._checks.is_outdated, path)
        except NoEditor as problem:
            self._host.notice(str(problem), severity="warning")
        else:
            if is_changed or is_outdated:
                self._host.post(FileEdited(path))
            what = "" if is_changed else _unchanged(command, ended, path, seconds)
            if not is_changed and is_outdated:
                what = _("{name} had changed since its check.", name=safe_path(path.name))
            self._tell(command, ended, path, what)
        finally:
            self._host.release_keys()

    def _prepare(self, shown: FileInView) -> tuple[EditorCommand, Stamp]:
        from fttui.terminal.editor import editor_command
        from fttui.training_data.places import place_for_editor

        place = place_for_editor(shown.path, shown.line, shown.column, shown.offset)
        command = editor_command(place, os.environ, self._host.session.settings.editor)
        return command, _stamp(shown.path)

    def _tell(self, command: EditorCommand, ended: Ended, path: Path, what: str) -> None:
        """Say what went wrong, and `what` is to be said; a new check speaks for itself."""
        words = [f"{ended.problem}." if ended.problem else "", command.note, what]
        if ended.problem and not what:
            words.append(_("{name} was changed.", name=safe_path(path.name)))
        if text := " ".join(filter(None, words)):
            severity = "warning" if ended.problem else "information"
            self._host.notice(text, severity=severity)


def _unchanged(command: EditorCommand, ended: Ended, path: Path, seconds: float) -> str:
    """What is said of a file that the editor has left as it was."""
    name = safe_path(path.name)
    if ended.problem or seconds > _AT_ONCE:
        return _("{name} is as it was.", name=name)
    return _(
        "{name} is as it was. If {editor} has a window of its own, set it with the option that"
        " makes it wait, such as --wait.",
        name=name,
        editor=command.name,
    )


def _stamp(path: Path) -> Stamp:
    """What tells one content of a file from another; None without the file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
