"""The tab "Endpoints": every profile, where it leads, what holds its key, what it offers."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import DataTable, Static

from fttui.interface.endpoints.keys import ENDPOINT_KEYS
from fttui.interface.endpoints.rows import COLUMNS, EndpointRow, cell_of, facts_of
from fttui.interface.interface_utils import utils_of
from fttui.interface.kit.columns import Column
from fttui.interface.kit.facts import fact_lines
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.keys import keys_by_name
from fttui.interface.kit.lines import LineView
from fttui.interface.kit.opened_pane import OpenedPane
from fttui.interface.kit.table import MOVES, Table
from fttui.interface.tab_messages.endpoints import (
    ProfileChecked,
    ProfileKeySeen,
    ProfilesFailed,
    ProfilesListed,
)
from fttui.services.profiles.known import KnownProfile
from fttui.terminal.format import counted
from fttui.terminal.language import _


class EndpointsTable(Table, inherit_bindings=False):
    """Profiles by the names that they are opened by."""

    BINDINGS: ClassVar[list[BindingType]] = MOVES

    def __init__(self, *, id: str) -> None:
        self.profiles: dict[str, EndpointRow] = {}
        super().__init__(COLUMNS, id=id)

    @property
    def current(self) -> EndpointRow | None:
        """The profile under the cursor."""
        key = self.cursor_key
        return self.profiles.get(key) if key is not None else None

    def show(self, profiles: dict[str, EndpointRow]) -> None:
        """Show these, in their order."""
        self.profiles = profiles
        self.set_rows(list(profiles))
        self.repaint()

    def change(self, name: str, **facts: object) -> None:
        """Something is known now of the profile of this name, if it is there yet."""
        if name in self.profiles:
            self.profiles[name] = replace(self.profiles[name], **facts)  # type: ignore[arg-type]
            self.repaint()

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        """The text and look of one cell."""
        row = self.profiles.get(key)
        return cell_of(row, column.key) if row is not None else ("", "plain")


class EndpointsPane(OpenedPane):
    """Shows profiles as messages bring them, and asks the app's utilities for everything else."""

    BINDINGS: ClassVar[list[BindingType]] = ENDPOINT_KEYS

    def __init__(self) -> None:
        super().__init__(id="endpoints-pane")
        self.table = EndpointsTable(id="endpoints-table")
        self._title = TextLine(id="endpoints-title")
        self._failure = Static(id="endpoints-failure")
        self._facts = LineView(id="endpoints-facts")
        self._facts.can_focus = False
        self._has_come = False

    def compose(self) -> ComposeResult:
        """How many there are, what is wrong with the settings, the list, and one of them whole."""
        self._failure.display = False
        yield self._title
        yield self._failure
        yield self.table
        yield self._facts

    def on_mount(self) -> None:
        """Read which there are; the base class takes the focus."""
        self._show_state()
        utils_of(self).list_profiles()

    def on_resize(self) -> None:
        """Wrap for the width that there is."""
        self.call_after_refresh(self._show_facts)

    def enter(self) -> None:
        """Take the focus, and read the settings anew: another program may have changed them."""
        super().enter()
        if self.is_there:
            utils_of(self).list_profiles()

    def first_focus(self) -> Widget:
        """The list."""
        return self.table

    @on(ProfilesListed)
    def _listed(self, message: ProfilesListed) -> None:
        before = self.table.profiles
        rows = {one.name: _renewed(one, before.get(one.name)) for one in message.profiles}
        is_first = not self._has_come
        self._has_come = True
        self._failure.display = False
        self.table.show(rows)
        wanted = message.select
        if wanted is None and is_first:
            wanted = next((one.name for one in message.profiles if one.in_use), None)
        if wanted is not None:
            self.table.move_to(wanted)
        self._show_state()

    @on(ProfilesFailed)
    def _failed(self, message: ProfilesFailed) -> None:
        advice = _("What is shown is as it was. Mend the file, then press r.")
        self._failure.update(Content(f"! {message.sentence}\n{advice}"))
        self._failure.display = True

    @on(ProfileKeySeen)
    def _key_seen(self, message: ProfileKeySeen) -> None:
        self.table.change(message.name, key=message.key)
        self._show_facts()

    @on(ProfileChecked)
    def _checked(self, message: ProfileChecked) -> None:
        row = self.table.profiles.get(message.name)
        if row is not None and row.known.base_url == message.base_url:
            self.table.change(message.name, result=message.result, is_asking=message.asking)
            self._show_state()

    @on(DataTable.RowHighlighted, "#endpoints-table")
    def _passed(self) -> None:
        self._show_facts()

    @on(DataTable.RowSelected, "#endpoints-table")
    def _chosen(self) -> None:
        self.action_switch()

    def action_table(self, name: str, *numbers: float) -> None:
        """Let a letter do in the list what an arrow does."""
        getattr(self.table, f"action_{name}")(*numbers)

    def action_switch(self) -> None:
        """Go to the profile under the cursor."""
        row = self.table.current
        if row is not None:
            utils_of(self).go_to_profile(row.known)

    def action_add(self) -> None:
        """Make a profile."""
        utils_of(self).add_profile(list(self.table.profiles))

    def action_edit(self) -> None:
        """Change the profile under the cursor."""
        row = self.table.current
        if row is not None:
            utils_of(self).edit_profile(row.known)

    def action_check(self) -> None:
        """Ask the endpoint under the cursor what it offers."""
        row = self.table.current
        if row is not None:
            utils_of(self).check_profiles([row.known])

    def action_check_all(self) -> None:
        """Ask all endpoints what they offer."""
        utils_of(self).check_profiles([row.known for row in self.table.profiles.values()])

    def action_key(self) -> None:
        """Give the profile under the cursor another key."""
        row = self.table.current
        if row is not None:
            utils_of(self).give_key(row.known)

    def action_forget(self) -> None:
        """Forget the profile under the cursor, or its key."""
        row = self.table.current
        if row is not None:
            utils_of(self).forget_profile(row.known, row.key)

    def action_copy_url(self) -> None:
        """Copy where the profile under the cursor leads."""
        row = self.table.current
        if row is not None:
            utils_of(self).copy_to_clipboard(row.known.base_url, _("the base URL"))

    def action_show_whole(self) -> None:
        """Show all that is known of the profile under the cursor, where there is room for it."""
        row = self.table.current
        if row is not None:
            utils_of(self).show_profile(row.known, facts_of(row))

    def action_stop(self) -> None:
        """Give up what is being asked."""
        if not utils_of(self).stop_checks():
            utils_of(self).stop_loading()

    def _show_state(self) -> None:
        count = counted(len(self.table.profiles), "profile") if self._has_come else _("reading…")
        asking = sum(row.is_asking for row in self.table.profiles.values())
        parts = [_("Endpoints"), count]
        parts += [_("{count} being asked", count=asking)] if asking else []
        self._title.show(" · ".join(parts))
        self.table.placeholder = _("The settings are being read…")
        self._show_facts()

    def _show_facts(self) -> None:
        row = self.table.current
        width = self._facts.line_width
        if width > 0:
            lines = fact_lines(facts_of(row), width) if row is not None else []
            left_out = len(lines) - self._facts.page_lines
            if left_out > 0:
                key = keys_by_name(self, self.app).get("endpoints.whole", "i")
                more = _("… {key} shows all of it", key=key)
                lines[-left_out - 1 :] = [((more, "muted"),)]
            self._facts.set_lines(lines, from_top=True)


def _renewed(known: KnownProfile, before: EndpointRow | None) -> EndpointRow:
    """The row of a profile; what was found out stays while it leads to the same place."""
    if before is None:
        return EndpointRow(known)
    if (before.known.base_url, before.known.endpoint) != (known.base_url, known.endpoint):
        return EndpointRow(known, before.key)
    return replace(before, known=known)
