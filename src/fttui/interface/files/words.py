"""What the list of files says about itself, and its keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from fttui.services.endpoint.models import TrainingFile
from fttui.services.stored_files.uses import FileUses
from fttui.services.stored_files.words import size_sum_text, unused_text
from fttui.terminal.format import count_text, counted
from fttui.terminal.language import _
from fttui.terminal.text import safe

FILTER_HINT = _("Enter keeps the filter, Esc clears it, Down goes to the list.")
"""What to know while the filter takes every letter as text."""


@dataclass(slots=True)
class ListState:
    """Whether the list is being loaded, was loaded, or failed, and what it lacks."""

    loading: bool = False
    loaded: bool = False
    failed: bool = False
    dropped: int = 0
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """What all files come to: it takes a look at each of them, so it is kept between keys."""

    count: int = 0
    size: str = ""
    unused: str = ""

    @classmethod
    def of(cls, files: Sequence[TrainingFile], uses: FileUses) -> Figures:
        """Count them."""
        if not files:
            return cls()
        return cls(len(files), size_sum_text(files), unused_text(files, uses))


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on the screen: how many rows and marks, the filter, the order, and whose it is."""

    rows: int
    marked: Sequence[TrainingFile]
    filter_text: str
    order: str
    host: str


def files_title(figures: Figures, state: ListState, shown: Shown) -> str:
    """Kind, count, bytes, what no job uses, filter and order: the most telling first."""
    known = count_text(figures.count) if state.loaded or figures.count else "?"
    count = (
        _("{shown} of {known}", shown=count_text(shown.rows), known=known)
        if shown.filter_text
        else known
    )
    parts = [_("Files {count}", count=count)]
    parts += [figures.size] if figures.size else []
    parts += [_("loading…")] if state.loading else []
    parts += [_("not all: the list goes on")] if state.goes_on and not state.loading else []
    if shown.marked:
        marked = _(
            "{count} marked, {size}", count=len(shown.marked), size=size_sum_text(shown.marked)
        )
        parts.append(marked)
    parts += [figures.unused] if figures.unused and state.loaded else []
    if shown.filter_text:
        parts.append(_("filter: {text}", text=safe(shown.filter_text, maxlen=40)))
    parts.append(shown.order)
    if state.dropped:
        dropped = counted(state.dropped, "unreadable entry", "unreadable entries")
        parts.append(_("{counted} dropped", counted=dropped))
    parts.append(safe(shown.host))
    return " · ".join(parts)


def files_placeholder(
    keys: Mapping[str, str], state: ListState, filter_text: str, host: str, refusal: str
) -> str:
    """Why there are no rows, and what to do about it."""
    reload = keys.get("file_list.reload", "r")
    if filter_text:
        return _(
            "No file matches “{what}”. {key} clears the filter.",
            what=safe(filter_text, maxlen=40),
            key=keys.get("file_list.back", "Esc"),
        )
    if state.loading:
        return _("Loading files from {host}…", host=safe(host))
    if state.failed:
        return _("The files could not be loaded. Press {reload} to try again.", reload=reload)
    if state.loaded and refusal:
        return _("There are no files in it.")
    if state.loaded:
        upload = keys.get("file_list.upload", "a")
        return _("No files yet. Press {upload} to upload one.", upload=upload)
    return _("No files were loaded yet. Press {reload} to load them.", reload=reload)


FILE_KEYS: list[BindingType] = [
    Binding("enter", "table('select_cursor')", _("Details"), id="file_list.details"),
    Binding("slash", "filter", _("Filter"), id="file_list.filter", key_display="/"),
    Binding("a", "app.ask('upload_file')", _("Upload"), id="file_list.upload"),
    Binding("D", "app.ask('download_files')", _("Download"), id="file_list.download"),
    Binding("x", "app.ask('delete_files')", _("Delete"), id="file_list.delete"),
    Binding("delete", "app.ask('delete_files')", _("Delete"), show=False, id="file_list.delete"),
    Binding(
        "e", "app.ask('preview_file')", _("Examples"), id="file_list.examples", show=False
    ),
    Binding(
        "R", "app.ask('check_stored_file')", _("Check, and report"), id="file_list.check",
        show=False,
    ),
    Binding(
        "d", "app.ask('use_selected_file')", _("Use for a new job"), id="file_list.use", show=False
    ),
    Binding("U", "unused", _("Only what no job uses"), id="file_list.unused", show=False),
    Binding("r", "app.ask('load_files')", _("Load the files anew"), id="file_list.reload",
            show=False),
    Binding("y", "app.ask('copy_file_ids')", _("Copy file ids"), id="file_list.copy_id",
            show=False),
    Binding("c", "app.ask('show_file_copy_menu')", _("Copy menu"), id="file_list.copy_menu",
            show=False),
    Binding("space", "table('mark')", _("Mark for a common action"), id="file_list.mark",
            show=False),
    Binding("s", "sort", _("Sort by the next column"), id="file_list.sort", show=False),
    Binding("S", "reverse", _("Turn the order round"), id="file_list.reverse", show=False),
    Binding("n", "next_match", _("Next match of the filter"), id="file_list.next_match",
            show=False),
    Binding("o", "panel", _("Show or hide the side panel"), id="file_list.panel", show=False),
    Binding("j", "table('move', 1)", _("Down"), id="file_list.down", show=False),
    Binding("k", "table('move', -1)", _("Up"), id="file_list.up", show=False),
    Binding("g", "table('scroll_top')", _("First file"), id="file_list.top", show=False),
    Binding("G", "table('scroll_bottom')", _("Last file"), id="file_list.bottom", show=False),
    Binding("ctrl+d", "table('page', 0.5)", _("Half a page down"), id="file_list.half",
            show=False),
    Binding("ctrl+u", "table('page', -0.5)", _("Half a page up"), id="file_list.half_up",
            show=False),
    Binding("l", "table('pan', 1)", _("More columns"), id="file_list.right", show=False),
    Binding("h", "table('pan', -1)", _("Columns back"), id="file_list.left", show=False),
    Binding("escape", "back", _("Clear filter or marks"), id="file_list.back", show=False),
]  # fmt: skip
