"""The keys of a job's details: what they ask for is the same as in the list."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from fttui.terminal.language import _

DETAILS_KEYS: list[BindingType] = [
    Binding("tab,ctrl+pagedown", "next_tab(1)", _("Next tab"), id="details.next_tab"),
    Binding(
        "shift+tab,ctrl+pageup",
        "next_tab(-1)",
        _("Previous tab"),
        show=False,
        id="details.back_tab",
    ),
    Binding("1", "tab('overview')", _("Overview"), show=False, id="details.overview"),
    Binding("2,e", "tab('events')", _("Events"), show=False, id="details.events"),
    Binding("3", "tab('checkpoints')", _("Checkpoints"), show=False, id="details.checkpoints"),
    Binding("4", "tab('metrics')", _("Metrics"), show=False, id="details.metrics"),
    Binding("enter", "training_file", _("Training file"), id="details.file"),
    Binding("m", "next_metric", _("Next metric"), id="details.next_metric"),
    Binding("J", "step(1)", _("Next job"), id="details.next_job"),
    Binding("K", "step(-1)", _("Previous job"), show=False, id="details.back_job"),
    Binding("c", "app.ask('show_copy_menu')", _("Copy"), id="details.copy"),
    Binding("y", "app.ask('select_job_ids')", _("Copy id"), id="details.copy_id", show=False),
    Binding("Y", "app.ask('select_names')", _("Copy name"), id="details.copy_name", show=False),
    Binding("x", "app.ask('cancel_job')", _("Cancel Job"), id="details.cancel", show=False),
    Binding("p", "app.ask('pause_job')", _("Pause Job"), id="details.pause", show=False),
    Binding("w", "app.ask('resume_job')", _("Resume Job"), id="details.resume", show=False),
    Binding("d", "app.ask('create_again')", _("Create again"), id="details.again", show=False),
    Binding("T", "app.ask('try_model')", _("Try the model"), id="details.try", show=False),
    Binding("t", "app.ask('edit_note')", _("Note"), id="details.note", show=False),
    Binding("L", "app.ask('edit_labels')", _("Labels"), id="details.labels", show=False),
    Binding("b", "app.ask('open_in_browser')", _("Browser"), id="details.browser", show=False),
    Binding("P", "app.ask('choose_profile')", _("Profile"), id="app.profile", show=False),
    Binding("r", "reload", _("Reload"), id="details.reload", show=False),
    Binding("j", "go('down')", _("Down"), show=False, id="details.down"),
    Binding("k", "go('up')", _("Up"), show=False, id="details.up"),
    Binding("g", "go('top')", _("Top"), show=False, id="details.top"),
    Binding("G", "go('bottom')", _("Bottom"), show=False, id="details.bottom"),
    Binding("ctrl+d", "go('half_down')", _("Half a page down"), show=False, id="details.half"),
    Binding("ctrl+u", "go('half_up')", _("Half a page up"), show=False, id="details.half_up"),
    Binding("escape,q", "close", _("Back"), id="details.back"),
]
