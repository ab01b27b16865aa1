"""Asking which column of a table is what in a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import cut
from fttui.interface.screens.planning import Planning
from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.foreign.columns import ColumnMap
from fttui.training_data.foreign.shapes import Unconvertible
from fttui.training_data.key_names import ROLE_OF

if TYPE_CHECKING:
    from fttui.interface.screens.planning import PlanWanted
    from fttui.training_data.profile import Recognition

_LONGEST_TEXT = 300
_LONGEST_NAME = 40
_NONE = _("(none)")
_NOT_YET = _("(not chosen)")
_ALL = "messages"
_ROLES = ("user", "assistant", "system")
_MEANT: Mapping[str, str] = {
    **{name: role for name, role in ROLE_OF.items() if role in _ROLES},
    **dict.fromkeys(("prompt", "question", "instruction", "query", "input"), "user"),
    **dict.fromkeys(("answer", "response", "reply", "output", "completion"), "assistant"),
    **dict.fromkeys(("system_prompt", "system prompt"), "system"),
}
"""What a column's name says that it is."""


class ColumnSelect(Widget, can_focus=True):
    """One line with the column that was chosen for a role; left and right take another."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "move(1)", _("Next column"), id="columns.right"),
        Binding("left", "move(-1)", _("Column before"), id="columns.left"),
        Binding("down", "app.focus_next", _("Down"), show=False, id="columns.down"),
        Binding("up", "app.focus_previous", _("Up"), show=False, id="columns.up"),
        Binding("enter", "screen.go_on", _("Go on"), id="dialog.go_on"),
    ]

    class Changed(Message):
        """Another column was chosen."""

    def __init__(self, role: str, columns: Sequence[str]) -> None:
        super().__init__(id=f"column-{role}", classes="column-select")
        self.role = role
        self.is_optional = role == "system"
        self._columns: tuple[str | None, ...] = (None, *columns)
        meant = [column for column in columns if _MEANT.get(column.strip().lower()) == role]
        self._chosen = self._columns.index(meant[0]) if len(meant) == 1 else 0
        if role == _ALL:
            self._chosen = 1

    @property
    def column(self) -> str | None:
        """The name of the column, None while there is none."""
        return self._columns[self._chosen]

    def render(self) -> Content:
        """The column between the arrows that take another one."""
        none = _NONE if self.is_optional else _NOT_YET
        name = none if self.column is None else safe(self.column, maxlen=_LONGEST_NAME)
        count = _("{number} of {count}", number=self._chosen, count=len(self._columns) - 1)
        return Content.assemble(
            f"‹ {cut(name, max(self.size.width - 14, 8))} ›",
            ("" if self.column is None else f"  {count}", "$text-muted"),
        )

    def action_move(self, by: int) -> None:
        """Take the column `by` places further, around the ends."""
        self._chosen = (self._chosen + by) % len(self._columns)
        self.refresh()
        self.post_message(self.Changed())

    def on_click(self) -> None:
        """Take the next column."""
        self.action_move(1)


class ChooseColumns(Planning):
    """Shows the first row as it would become; it is left with a plan for the chosen columns."""

    TITLE = _("Which column is which?")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", _("Next"), id="dialog.next"),
        Binding("shift+tab", "app.focus_previous", _("Previous"), show=False, id="dialog.previous"),
        Binding("escape", "give_up", _("Go back"), id="dialog.back"),
    ]

    def __init__(
        self, name: str, found: Recognition, row: Mapping[str, Any] | None, want: PlanWanted
    ) -> None:
        super().__init__(want)
        self._name = name
        self._found = found
        self._row = {key: _short(value) for key, value in (row or {}).items()}
        columns = [column for column in found.columns if isinstance(column, str)]
        talks = [column for column in columns if isinstance(self._row.get(column), list)]
        roles: Sequence[str] = _ROLES
        if talks:
            roles, columns = (_ALL,), talks
        self._selects = [ColumnSelect(role, columns) for role in roles]
        self._problem = TextLine(id="columns-problem")
        self._lines = [TextLine(classes="columns-line") for _role in (*_ROLES, "")]

    def compose(self) -> ComposeResult:
        """What is known of the file, a line for each role, and the first row as it becomes."""
        with Vertical(id="choose-columns", classes="dialog-box"):
            yield Static(Content(self.TITLE), classes="dialog-title")
            yield Static(Content(self._lead()), classes="dialog-text")
            for select in self._selects:
                with Horizontal(classes="dialog-line"):
                    role = _("{role} (or none)", role=select.role)
                    label = role if select.is_optional else select.role
                    yield Static(Content(label), classes="column-label")
                    yield select
            yield self._problem
            yield Static(Content(_("The first row becomes")), classes="field-label")
            yield from self._lines
        yield KeyLine()

    def _lead(self) -> str:
        return _(
            "{name}: {format}. Which column is asked, which is answered? What is not chosen is"
            " left out of the copy.",
            name=self._name,
            format=safe(self._found.name),
        )

    def on_mount(self) -> None:
        """Begin with the first that is not known."""
        unknown = [each for each in self._selects if each.column is None and not each.is_optional]
        focus_now((unknown or self._selects)[0])
        self._review()

    @on(ColumnSelect.Changed)
    def _changed(self, event: ColumnSelect.Changed) -> None:
        event.stop()
        self._review()

    @property
    def mapping(self) -> ColumnMap | None:
        """What was chosen, None while that is not enough or one column is chosen twice."""
        return None if self._obstacle() else ColumnMap(self._pairs())

    def _pairs(self) -> tuple[tuple[str, str], ...]:
        return tuple((each.role, each.column) for each in self._selects if each.column is not None)

    def _obstacle(self) -> str:
        missing = [
            each.role for each in self._selects if each.column is None and not each.is_optional
        ]
        if missing:
            roles = _(" and ").join(missing)
            return _("Choose a column for {roles}: ← and → go through them.", roles=roles)
        chosen = [column for _role, column in self._pairs()]
        if len(set(chosen)) < len(chosen):
            return _("One column is chosen twice.")
        return ""

    def _review(self) -> None:
        """Show what the first row becomes, or what is missing."""
        problem = self._obstacle()
        shown: list[str] = []
        if not problem:
            try:
                made, left_out = ColumnMap(self._pairs()).convert(self._row)
            except Unconvertible as fault:
                problem = _("The first row does not fit: {fault}.", fault=safe(str(fault)))
            else:
                shown = _spoken(made, left_out)
        self._problem.show(f"✗ {problem}" if problem else "")
        for index, line in enumerate(self._lines):
            line.show(shown[index] if index < len(shown) else "")

    def action_go_on(self) -> None:
        """Plan the copy; without enough columns go to the first that is missing."""
        mapping = self.mapping
        if mapping is not None:
            self.ask_for_plan(mapping)
            return
        for select in self._selects:
            if select.column is None and not select.is_optional:
                focus_now(select)
                return

    def action_give_up(self) -> None:
        """Take back what is waited for; else go back without a copy."""
        if not self.give_plan_up():
            self.dismiss(None)


def _short(value: Any) -> Any:
    """A cell as far as it is shown."""
    return value[:_LONGEST_TEXT] if isinstance(value, str) else value


def _spoken(made: Mapping[str, Any], left_out: Sequence[str]) -> list[str]:
    """The first messages of an example as lines, and what is left out."""
    spoken = [
        f"{message.get('role')}: {safe(message.get('content'), maxlen=_LONGEST_TEXT)}"
        for message in made.get("messages", ())
    ]
    lines = [safe(line) for line in spoken[: len(_ROLES)]]
    if left_out:
        names = ", ".join(safe(key, maxlen=_LONGEST_NAME) for key in left_out)
        lines.append(_("left out: {names}", names=names))
    return lines
