"""Copying to the clipboard, with toasts that claim no more than is known."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.copied_text import CopiedText
from fttui.services.copy_texts import gone_note
from fttui.storage.recent import save_copied_text
from fttui.terminal.clipboard import Clipboard, join_ids, objection
from fttui.terminal.format import counted
from fttui.terminal.language import _, labelled

if TYPE_CHECKING:
    from fttui.interface.host import Host


class CopyActions:
    """Copies one text at a time, in a thread."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._clipboard: Clipboard | None = None
        self._one_at_a_time = asyncio.Lock()

    def copy_job_ids(self) -> None:
        """Copy the ids of the selected jobs, separated by spaces; odd ids only after a question."""
        ids = [job.raw_id for job in self._host.selected_jobs() if job.raw_id]
        what = _("job id") if len(ids) == 1 else counted(len(ids), "job id")
        self._copy_names(ids, _("job id"), what)

    def copy_job_names(self) -> None:
        """Copy the selected jobs' names; a job without a model and a suffix has none yet."""
        jobs = self._host.selected_jobs()
        named = [job for job in jobs if job.name]
        names = [job.name for job in named]
        if jobs and not names:
            text = _("This job has no name yet: it gets one when it succeeds, or give it a suffix.")
            self._host.notice(text, severity="warning")
            return
        what = _("name") if len(names) == 1 else counted(len(names), "name")
        sessions = self._host.sessions
        gone = sum(sessions.of(job).retirement.is_deleted(job) for job in named)
        mark = gone_note(gone, len(names))
        self._copy_names(names, _("name"), what, f" ({mark})" if mark else "")

    def copy(self, text: str, what: str, *, lines: bool = False) -> None:
        """Copy `text` in the background, as one line unless it is meant as `lines`."""
        self._host.start_worker(
            partial(self._copy, text, what, lines), group="copy", waits_for=_("the clipboard")
        )

    def show_last(self) -> None:
        """Show the last copied text, to select it by hand."""
        last = self._clipboard.last if self._clipboard else ""
        if last:
            self._host.push_screen(CopiedText(last))
        else:
            self._host.notice(_("Nothing was copied yet. Press y on a job to copy its id."))

    def copy_after_a_look(self, names: list[str], kind: str, what: str, text: str) -> None:
        """Copy `text`, which holds `names` as an endpoint told them; odd ones after a question."""
        doubt = objection(names)
        if not doubt:
            self.copy(text, what, lines=True)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.copy(text, what, lines=True)

        question = Confirm(
            _("Copy {kind}", kind=kind), [(_("Text"), names[0])], doubt, _("Copy all the same")
        )
        self._host.push_screen(question, answered)

    def _copy_names(self, names: list[str], kind: str, what: str, mark: str = "") -> None:
        if not names:
            text = _("No job is selected. Move the cursor to one first.")
            self._host.notice(text, severity="warning")
            return
        what = f"{what} {names[0]}{mark}" if len(names) == 1 else f"{what}{mark}"
        self.copy_after_a_look(names, kind, what, join_ids(names))

    async def _copy(self, text: str, what: str, lines: bool) -> None:
        async with self._one_at_a_time:
            clipboard = self._clipboard or self._open()
            outcome = await asyncio.to_thread(clipboard.copy, text, lines=lines)
        sentence = labelled(f"{what[:1].upper()}{what[1:]}", outcome.sentence)
        told = [sentence, outcome.hint] if outcome.hint else [sentence]
        failed = outcome.via == "nothing"
        self._host.notice("\n".join(told), severity="warning" if failed else "information")

    def _open(self) -> Clipboard:
        self._clipboard = Clipboard(
            self._host.session.settings.clipboard,
            write_escape=self._host.write_escape,
            save=save_copied_text,
        )
        return self._clipboard
