"""A one-line input that is kind to slow links and wary of what is pasted into it."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.widgets import Button, Input, Static

from fttui.interface.guard.notices import notice
from fttui.terminal.language import _
from fttui.terminal.text import safe

MAX_PASTED = 4096


class TextInput(Input):
    """An input of one row without a blinking cursor.

    Of a paste it takes the first line that is not blank, without control characters and at most
    4,096 characters long, and says so when something was left out.
    """

    # The size of the text is none of the layout's business: the row is as wide as it is. Left at
    # its default, every key press lays out the whole screen anew.
    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=False)

    def __init__(self, value: str = "", **options: Any) -> None:
        options.setdefault("select_on_focus", False)
        options.setdefault("max_length", MAX_PASTED)
        super().__init__(value, **options)
        _make_compact(self)
        self.cursor_blink = False

    def on_paste(self, event: events.Paste) -> None:
        """Insert what a field can hold of the pasted text."""
        event.prevent_default()
        event.stop()
        kept = _pasted_line(event.text)
        if kept:
            self.replace(kept, *sorted(self.selection))
            self.show_cursor()
        if kept != event.text.strip():
            notice(self.app, _("Only the first line was pasted, without control characters."))

    def show_cursor(self) -> None:
        """Scroll to the cursor; by itself Textual does it before it knows how long the text is."""

        def scroll() -> None:
            before = cell_len(self.value[: self.cursor_position])
            self.scroll_to_region(
                Region(before, 0, 1, 1), force=True, animate=False, immediate=True
            )

        self.call_after_refresh(scroll)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        if self.value:
            self.show_cursor()


def _pasted_line(text: str) -> str:
    """The first line of `text` that is not blank, as a field can hold it."""
    head = text[: MAX_PASTED * 4]
    line = next((line for line in head.splitlines() if line.strip()), "")
    return "".join(letter for letter in line.strip() if letter.isprintable())[:MAX_PASTED]


def _make_compact(widget: Button | Input) -> None:
    """Make a new widget one row high; told to its constructor, Textual would style it for that."""
    widget.set_reactive(type(widget).compact, True)
    widget.add_class("-textual-compact", update=False)


class SmallButton(Button):
    """A button of one row."""

    def __init__(self, label: Content, *, classes: str = "", **options: Any) -> None:
        super().__init__(label, classes=f"{classes} -style-default", **options)
        _make_compact(self)


class AnswerButton(Button, inherit_bindings=False):
    """A button of a dialog, whose key the last line names."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "press", _("Choose"), id="dialog.choose"),
    ]


class AnswerInput(Input):
    """An input of a dialog, whose Enter the last line names."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Go on"), id="dialog.go_on"),
    ]


class TextLine(Static):
    """A Static of fixed height for texts that follow every key press."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.text = ""

    def show(self, text: str) -> None:
        """Show `text`, whatever it holds."""
        text = safe(text)
        if text != self.text:
            self.text = text
            self.update(Content(text), layout=False)


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
