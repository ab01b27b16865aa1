"""What a tab that holds one filtered list does by its keys."""

from __future__ import annotations

from typing import ClassVar

from fttui.interface.guard.notices import notice
from fttui.interface.kit.filter_line import FilterLine
from fttui.interface.kit.list_table import ListTable
from fttui.interface.kit.typed_texts import CarriesTexts
from fttui.terminal.language import _


class ListPane(CarriesTexts):
    """A tab's content with a list in `table`, and the line of its filter in `filter_bar`.

    `_keys` are the keys that act, by the id of their binding.
    """

    FILTER_ID: ClassVar[str]
    """The id of the binding that opens the filter."""
    table: ListTable
    filter_bar: FilterLine
    _keys: dict[str, str]

    def action_table(self, name: str, *numbers: float) -> None:
        """Let a letter do in the list what an arrow does, wherever the focus is."""
        getattr(self.table, f"action_{name}")(*numbers)

    def action_filter(self) -> None:
        """Type a filter."""
        self.filter_bar.open()

    def action_next_match(self) -> None:
        """Go to the next match, from the last one to the first."""
        if not self.filter_bar.text:
            keys = self._keys[self.FILTER_ID]
            notice(self.app, _("There is no filter. Press {keys} to type one.", keys=keys))
        elif self.table.row_count:
            last = self.table.cursor_row == self.table.row_count - 1
            self.action_table("scroll_top") if last else self.action_table("move", 1)
