"""What can be copied of files, and a file taken over into the form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.interface.actions.files_delete import NO_FILE, NO_ID
from fttui.interface.actions.read_only import refuses_change
from fttui.interface.messages import FileIdChosen
from fttui.interface.screens.menu import Menu, MenuItem
from fttui.services.copy_texts import shell_word
from fttui.services.stored_files.content import is_result
from fttui.services.stored_files.words import name_of
from fttui.terminal.format import counted, cut
from fttui.terminal.language import _
from fttui.terminal.text import safe_json

if TYPE_CHECKING:
    from fttui.interface.actions.copying import CopyActions
    from fttui.interface.actions.files_feed import FileFeed
    from fttui.interface.host import Host
    from fttui.services.endpoint.models import TrainingFile


class FileCopying:
    """Copies of the selected files."""

    def __init__(self, host: Host, feed: FileFeed, copying: CopyActions) -> None:
        self._host = host
        self._feed = feed
        self._copying = copying

    def copy_ids(self) -> None:
        """Copy the ids, a blank between two; odd ones only after a question."""
        files = self._named()
        if files:
            self._copy([file.raw_id for file in files], _("file id"), " ")

    def show(self) -> None:
        """Ask what to copy."""
        files = self._named()
        if not files:
            return
        uses = self._feed.uses
        jobs = list(dict.fromkeys(use.job.raw_id for file in files for use in uses.of(file)))
        names = [file.filename for file in files if file.filename]
        shows = [f"fttui files show {shell_word(_word(file))}" for file in files]
        loads = [f"fttui files download {shell_word(_word(file))}" for file in files]
        records = [file.to_json() | uses.used_by_json(file) for file in files]
        document = safe_json(records if len(records) > 1 else records[0], indent=2)
        texts = {
            "id": (_("File id"), "i", [file.raw_id for file in files], ""),
            "name": (_("Name"), "n", names, _("The endpoint tells no name.")),
            "jobs": (_("Jobs that use it"), "j", jobs, _("No job is known that uses it.")),
            "json": (_("Record as JSON"), "p", [document], ""),
            "show": (_("fttui files show"), "f", shows, ""),
            "download": (_("fttui files download"), "d", loads, ""),
        }
        items = [
            MenuItem(name, label, " ".join(lines[0].split()) if lines else "",
                     "" if lines else why_not, key)
            for name, (label, key, lines, why_not) in texts.items()
        ]  # fmt: skip

        def chosen(name: str | None) -> None:
            if name is not None:
                label, _key, lines, _why = texts[name]
                bare = lines if name in ("id", "name", "jobs") else []
                self._copying.copy_after_a_look(list(bare), label.lower(), label, "\n".join(lines))

        lead = cut(name_of(files[0]), 50) if len(files) == 1 else counted(len(files), "file")
        self._host.push_screen(Menu(_("Copy"), items, lead=lead), chosen)

    def use(self) -> None:
        """Go to the form with the selected file: to train on, or to validate with."""
        files = self._named()
        if not files or refuses_change(self._host):
            return
        if len(files) > 1:
            self._host.notice(_("One file at a time: unmark the others."), severity="warning")
        elif is_result(files[0]):
            text = _("{name} holds results, and no examples.", name=cut(name_of(files[0]), 40))
            self._host.notice(text, severity="warning")
        else:
            self._host.show_tab("create")
            self._host.post(FileIdChosen(files[0].raw_id))

    def _named(self) -> list[TrainingFile]:
        chosen = self._feed.selection()
        files = [file for file in chosen if file.raw_id]
        if not files:
            self._host.notice(NO_ID if chosen else NO_FILE, severity="warning")
        return files

    def _copy(self, lines: list[str], kind: str, between: str) -> None:
        what = f"{kind} {lines[0]}" if len(lines) == 1 else counted(len(lines), kind)
        self._copying.copy_after_a_look(lines, kind, what, between.join(lines))


def _word(file: TrainingFile) -> str:
    """A file's id as the command line takes it."""
    return file.raw_id if file.raw_id.startswith("file-") else f"id:{file.raw_id}"
