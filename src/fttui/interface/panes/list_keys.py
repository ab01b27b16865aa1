"""The keys of the list of jobs; the names are those that settings may remap them by."""

from __future__ import annotations

from textual.binding import Binding, BindingType

LIST_KEYS: list[BindingType] = [
    Binding("enter", "details", "Details", id="jobs.details"),
    Binding("slash", "filter", "Filter", id="jobs.filter", key_display="/"),
    Binding("r", "reload", "Get All Job IDs", id="jobs.reload", show=False),
    Binding("y", "copy_ids", "Select/Copy Job IDs", id="jobs.copy_id", show=False),
    Binding("Y", "copy_names", "Select/Copy Names", id="jobs.copy_name", show=False),
    Binding("x", "cancel", "Cancel Job", id="jobs.cancel", show=False),
    Binding("p", "pause", "Pause Job", id="jobs.pause", show=False),
    Binding("w", "resume", "Resume Job", id="jobs.resume", show=False),
    Binding("space", "mark", "Mark for a common action", id="jobs.mark", show=False),
    Binding("s", "sort", "Sort by the next column", id="jobs.sort", show=False),
    Binding("S", "reverse", "Turn the order round", id="jobs.reverse", show=False),
    Binding("n", "next_match", "Next match of the filter", id="jobs.next_match", show=False),
    Binding("o", "panel", "Show or hide the side panel", id="jobs.panel", show=False),
    Binding("e", "events", "All events of the job", id="jobs.events", show=False),
    Binding("j", "table('move', 1)", "Down", id="jobs.down", show=False),
    Binding("k", "table('move', -1)", "Up", id="jobs.up", show=False),
    Binding("g", "table('top')", "First job", id="jobs.top", show=False),
    Binding("G", "table('bottom')", "Last job", id="jobs.bottom", show=False),
    Binding("ctrl+d", "table('page', 0.5)", "Half a page down", id="jobs.half", show=False),
    Binding("ctrl+u", "table('page', -0.5)", "Half a page up", id="jobs.half_up", show=False),
    Binding("l", "table('pan', 1)", "More columns", id="jobs.right", show=False),
    Binding("h", "table('pan', -1)", "Columns back", id="jobs.left", show=False),
    Binding("escape", "back", "Clear filter or marks", id="jobs.back", show=False),
]
