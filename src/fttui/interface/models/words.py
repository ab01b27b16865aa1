"""What the tab "Models" says about itself: its title, why it is empty; and its keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from fttui.terminal.format import count_text, counted
from fttui.terminal.language import _, labelled
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.interface.models.table import ModelsTable
    from fttui.services.tuned_models.account import AccountModels

FILTER_HINT = _("Tab completes, Enter keeps the filter, Esc clears it, Down goes to the list.")
"""What to know while the filter takes every letter as text."""

MODEL_KEYS: list[BindingType] = [
    Binding("enter", "facts", _("Details"), id="models.details"),
    Binding("b", "other_list", _("Base models"), id="models.bases"),
    Binding("n,d", "new_job", _("New job"), id="models.new_job"),
    Binding("x", "delete", _("Delete"), id="models.delete"),
    Binding("slash", "filter", _("Filter"), id="models.filter", key_display="/"),
    Binding("T", "try", _("Try it"), id="models.try"),
    Binding("y", "copy_ids", _("Copy the id"), id="models.copy_id", show=False),
    Binding("c", "copy_menu", _("Copy menu"), id="models.copy_menu", show=False),
    Binding("o", "job", _("Details of its job"), id="models.job", show=False),
    Binding("r", "app.ask('load_account_models')", _("Load anew"), id="models.reload", show=False),
    Binding("space", "table('mark')", _("Mark for a common action"), id="models.mark", show=False),
    Binding("s", "sort", _("Sort by the next column"), id="models.sort", show=False),
    Binding("S", "reverse", _("Turn the order round"), id="models.reverse", show=False),
    Binding("j", "table('move', 1)", _("Down"), id="models.down", show=False),
    Binding("k", "table('move', -1)", _("Up"), id="models.up", show=False),
    Binding("g", "table('scroll_top')", _("First model"), id="models.top", show=False),
    Binding("G", "table('scroll_bottom')", _("Last model"), id="models.bottom", show=False),
    Binding("ctrl+d", "table('page', 0.5)", _("Half a page down"), id="models.half", show=False),
    Binding("ctrl+u", "table('page', -0.5)", _("Half a page up"), id="models.half_up", show=False),
    Binding("l", "table('pan', 1)", _("More columns"), id="models.right", show=False),
    Binding("h", "table('pan', -1)", _("Columns back"), id="models.left", show=False),
    Binding("escape", "back", _("Clear filter or marks"), id="models.back", show=False),
]


def title(
    table: ModelsTable,
    account: AccountModels | None,
    *,
    loading: bool,
    filter_text: str,
    host: str,
    other_key: str,
) -> str:
    """Kind, count, scope, filter and order in one line, the most telling first."""
    is_tuned = table.kind == "tuned"
    is_known = account is not None and (account.is_listed or table.total)
    known = count_text(table.total) if is_known else "?"
    of_all = _("{shown} of {known}", shown=count_text(table.row_count), known=known)
    count = of_all if filter_text else known
    parts = [
        _("Fine-tuned models {count}", count=count)
        if is_tuned
        else _("Base models {count}", count=count)
    ]
    if is_tuned and table.gone:
        parts.append(_("{gone} deleted", gone=table.gone))
    parts += [_("loading…")] if loading else []
    if account is not None and account.is_listed and not account.is_whole:
        parts.append(_("not all: the list goes on"))
    if is_tuned and table.marked:
        parts.append(_("{marked} marked", marked=len(table.marked)))
    if filter_text:
        parts.append(_("filter: {filter_text}", filter_text=safe(filter_text, maxlen=40)))
    if account is not None:
        parts.append(labelled(other_key, _others(table, account)))
    parts.append(table.order_title)
    if account is not None and account.dropped:
        unread = counted(account.dropped, "unreadable entry", "unreadable entries")
        parts.append(_("{unread} dropped", unread=unread))
    parts.append(safe(host))
    return " · ".join(parts)


def _others(table: ModelsTable, account: AccountModels) -> str:
    """How many models of the other kind there are, "base models" where that is not known."""
    if table.kind == "tuned":
        count = table.count("bases")
        return counted(count, "base model") if count or account.is_listed else _("base models")
    count = table.count("tuned")
    if count or account.is_listed:
        return counted(count, "fine-tuned model")
    return _("fine-tuned models")


def placeholder(
    keys: Mapping[str, str],
    table: ModelsTable,
    *,
    filter_text: str,
    host: str,
    loading: bool,
    failed: bool,
    read_only: str,
) -> str:
    """Why there are no rows, and what to do about it."""
    if filter_text and table.total:
        what = safe(filter_text, maxlen=40)
        back = keys.get("models.back", "Esc")
        return _("No model matches “{what}”. {back} clears the filter.", what=what, back=back)
    if loading:
        return _("Loading models from {host}…", host=safe(host))
    if failed:
        reload = keys.get("models.reload", "r")
        return _("The models could not be loaded. Press {reload} to try again.", reload=reload)
    if table.kind == "bases":
        return _("Nothing is known here of base models that can be tuned.")
    if read_only:
        return _("There are no fine-tuned models in it.")
    return _(
        "No fine-tuned models yet. {bases} shows what can be tuned, {create} creates a job.",
        bases=keys.get("models.bases", "b"),
        create=keys.get("tab.create", "1"),
    )
