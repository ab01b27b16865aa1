"""The field for an API key: masked, and nothing in it can be copied out."""

from __future__ import annotations

from textual.widgets import Input


class KeyInput(Input):
    """An input whose content is never shown, copied, cut or selected as text."""

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, password=True, id=id)
        self.cursor_blink = False

    def action_copy(self) -> None:
        """Copy nothing: a key on the clipboard is a key given away."""

    def action_cut(self) -> None:
        """Cut nothing: a key on the clipboard is a key given away."""

    def get_selection(self, selection: object) -> None:
        """Give nothing to a selection over the screen."""
        return
