"""Copying what there is of models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.interface.actions.copy_menu import item_of
from fttui.interface.screens.menu import Menu
from fttui.services.tuned_models.copy_texts import model_texts
from fttui.services.tuned_models.words import NO_ID, short_model
from fttui.terminal.clipboard import join_ids
from fttui.terminal.format import counted
from fttui.terminal.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fttui.interface.actions.copying import CopyActions
    from fttui.interface.host import Host
    from fttui.services.tuned_models.bases import BaseModel
    from fttui.services.tuned_models.inventory import TunedModel

_NONE = _("No model is selected. Move the cursor to one first.")


class ModelCopying:
    """Copies ids at once, and all else from a menu."""

    def __init__(self, host: Host, copying: CopyActions) -> None:
        self._host = host
        self._copying = copying

    def copy_ids(self, models: Sequence[TunedModel | BaseModel]) -> None:
        """Copy the ids, separated by spaces; odd ids only after a question."""
        ids = [one.raw_id for one in models if one.raw_id]
        if not ids:
            self._host.notice(NO_ID if models else _NONE, severity="warning")
            return
        gone = sum(getattr(one, "is_deleted", False) for one in models)
        what = _("model {name}", name=short_model(ids[0])) if len(ids) == 1 else ""
        what = what or counted(len(ids), "model id")
        what += _(" (deleted)") if gone and len(ids) == 1 else ""
        self._copying.copy_after_a_look(ids, _("model id"), what, join_ids(ids))

    def show_menu(self, models: Sequence[TunedModel | BaseModel]) -> None:
        """Ask what to copy."""
        if not models:
            self._host.notice(_NONE, severity="warning")
            return
        texts = {one.id: one for one in model_texts(models, self._host.session.endpoint)}

        def chosen(name: str | None) -> None:
            if name in texts:
                one = texts[name]
                names = list(one.lines) if one.is_bare else []
                self._copying.copy_after_a_look(names, one.name.lower(), one.name, one.text)

        lead = short_model(models[0].id) if len(models) == 1 else counted(len(models), "model")
        items = [item_of(one) for one in texts.values()]
        self._host.push_screen(Menu(_("Copy"), items, lead=lead), chosen)
