"""Where the form's grader comes from: a file that is picked or typed, or the editor."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.messages import GraderRead
from fttui.interface.screens.confirm import Confirm
from fttui.services.endpoint.errors import ServiceError
from fttui.services.job_grader import GraderNotReadable, read_grader_file
from fttui.services.submission_words import grader_facts
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.interface.host import Host
    from fttui.services.session import Session


async def tell_if_taken(session: Session, grader: Mapping[str, object], dialog: Confirm) -> None:
    """Ask the endpoint about a job's grader, and tell `dialog` what it says; it costs nothing."""
    if not grader:
        return
    try:
        taken = await session.thread.read(session.handle.validate_grader(grader))
    except ServiceError as error:
        dialog.post_message(Confirm.Warned(f"{error.sentence} {error.hint}"))
        return
    if taken:
        (label, words), *_unused = grader_facts(grader, _("the endpoint takes it"))
        dialog.post_message(Confirm.Fact(label, words))


class GraderActions:
    """Reads a grader's file in a thread, and opens the picker and the editor."""

    def __init__(self, host: Host, start_folder: Path | None = None) -> None:
        self._host = host
        self._folder = start_folder

    def browse(self) -> None:
        """Open the file picker, and read what is picked."""
        from fttui.interface.screens.file_picker import FilePicker

        def picked(path: Path | None) -> None:
            if path is not None:
                self._folder = path.parent
                self.read(path)

        title = _("Choose the file of the grader")
        self._host.push_screen(FilePicker(self._folder or Path.cwd(), (), title=title), picked)

    def read(self, path: Path) -> None:
        """Read the file at `path` and tell what is in it, or why it cannot be read."""

        async def look() -> None:
            try:
                text = await asyncio.to_thread(read_grader_file, path)
            except GraderNotReadable as problem:
                name = safe_path(path.name) or safe_path(path)
                refusal = _("{name} cannot be read: {problem}.", name=name, problem=problem)
                self._host.post(GraderRead(path, refusal=refusal))
            else:
                self._host.post(GraderRead(path, text))

        self._host.start_worker(look, group="grader", exclusive=True)

    def edit(self, text: str, takes: Sequence[str]) -> None:
        """Open the editor on `text`; `takes` are the types of graders that the endpoint takes."""
        from fttui.interface.screens.grader_editor import GraderEditor

        def edited(written: str | None) -> None:
            if written is not None:
                self._host.post(GraderRead(None, written))

        self._host.push_screen(GraderEditor(text, takes), edited)
