"""The question before anything that costs, destroys or cannot be undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Static

from fttui.interface.guard.screens import ReadFirst
from fttui.interface.guard.typing_ahead import BURST_SECONDS, came_together, focus_now
from fttui.interface.kit.inputs import AnswerButton, AnswerInput
from fttui.interface.kit.keys import KeyLine
from fttui.terminal.language import _
from fttui.terminal.text import safe

DEAF_SECONDS = 0.3
_TYPE_IT = _("Type it, then Enter twice.")
_TOO_EARLY = _("Early keys were thrown away.")
_IN_A_BURST = _("Enter in a burst is no yes.")
_TOO_SMALL = _("This window is too small to read it.")
LEAST_WIDTH, LEAST_HEIGHT = 60, 16


class Confirm(ReadFirst[bool]):
    """Shows exactly what will happen and asks; the answer is True only for a deliberate yes.

    The safe answer has the focus. What was typed before the dialog could be read is thrown away,
    and an Enter that comes in the same burst as another key is no yes, so neither type-ahead nor a
    stray paste can say it; the last line tells. Esc, which changes nothing, always
    goes back. With `must_type`, yes stays disabled until that text is typed.
    """

    deaf_seconds: ClassVar[float] = DEAF_SECONDS

    class Fact(Message):
        """The fact `label` is `value`, as came out while the dialog was open."""

        def __init__(self, label: str, value: str) -> None:
            super().__init__()
            self.label = label
            self.value = value

    class Needs(Message):
        """The yes needs `must_type` to be typed, because of `warning`, as came out meanwhile."""

        def __init__(self, must_type: str, warning: str) -> None:
            super().__init__()
            self.must_type = must_type
            self.warning = warning

    class Warned(Message):
        """Something to know before the yes came out while the dialog was open."""

        def __init__(self, warning: str) -> None:
            super().__init__()
            self.warning = warning

    TITLE = _("Confirmation")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,right,down", "app.focus_next", _("Next answer"), id="dialog.next"),
        Binding(
            "shift+tab,left,up",
            "app.focus_previous",
            _("Previous answer"),
            show=False,
            id="dialog.previous",
        ),
        Binding("escape", "answer(False)", _("Go back"), id="dialog.back"),
    ]

    def __init__(
        self,
        title: str,
        facts: Sequence[tuple[str, str]],
        question: str,
        yes: str,
        no: str = _("Go back"),
        *,
        danger: bool = False,
        must_type: str | None = None,
        warning: str = "",
    ) -> None:
        super().__init__(classes="dialog")
        self._title = title
        self._facts = facts
        self._question = question
        self._yes = yes
        self._no = no
        self._danger = danger
        self._must_type = must_type
        self._warning = warning
        self._last: events.Event | None = None
        self._why = ""

    @property
    def must_type(self) -> str:
        """What a yes had to be typed with, "" for nothing."""
        return self._must_type or ""

    def compose(self) -> ComposeResult:
        """Title, warning and facts that scroll, and the question with its answers in sight."""
        with VerticalScroll(id="confirm", classes="dialog-box", can_focus=False):
            yield Static(Content(safe(self._title)), classes="dialog-title")
            if self._warning:
                yield self._warning_line(self._warning)
            for label, value in self._facts:
                with Horizontal(classes="fact"):
                    yield Static(Content(safe(label)), classes="fact-label")
                    text = Content(safe(value, newlines=True))
                    yield Static(text, name=label, classes="fact-value")
            with Vertical(classes="dialog-foot"):
                yield from self._compose_answers()
        yield KeyLine()

    def _compose_answers(self) -> ComposeResult:
        yield Static(Content(safe(self._question)), classes="dialog-question")
        if self._must_type is not None:
            yield self._typing_line(self._must_type)
        with Horizontal(classes="dialog-buttons"):
            yield AnswerButton(Content(safe(self._no)), id="confirm-no", compact=True)
            yield AnswerButton(
                Content(safe(self._yes)),
                id="confirm-yes",
                variant="error" if self._danger else "primary",
                disabled=self._must_type is not None,
                compact=True,
            )

    @property
    def takes_letters(self) -> bool:
        """True where the yes must be typed."""
        return self._must_type is not None

    def on_mount(self) -> None:
        """Put the focus on the safe answer."""
        focus_now(self.query_one("#confirm-no"))
        self._hint()

    @staticmethod
    def _warning_line(warning: str) -> Static:
        return Static(Content(f"! {safe(warning, newlines=True)}"), classes="dialog-warning")

    @staticmethod
    def _typing_line(must_type: str) -> Horizontal:
        hint = Content.assemble(_("Type "), (safe(must_type), "bold"), _(" to allow it:"))
        field = AnswerInput(id="confirm-text", compact=True, select_on_focus=False)
        field.cursor_blink = False
        return Horizontal(Static(hint, classes="dialog-prompt"), field, classes="dialog-line")

    @on(Needs)
    async def _need(self, message: Needs) -> None:
        message.stop()
        if self._must_type is not None:
            return
        self._must_type = message.must_type
        self.query_one("#confirm-yes").disabled = True
        focus_now(self.query_one("#confirm-no"))
        await self._warn(message.warning)
        foot = self.query_one(".dialog-foot")
        await foot.mount(self._typing_line(message.must_type), before=".dialog-buttons")
        self._hint()

    @on(Warned)
    async def _warned(self, message: Warned) -> None:
        message.stop()
        await self._warn(message.warning)

    async def _warn(self, warning: str) -> None:
        """Put a warning where it is seen at once."""
        box = self.query_one("#confirm", VerticalScroll)
        await box.mount(self._warning_line(warning), after=".dialog-title")
        box.scroll_home(animate=False)

    @on(Fact)
    def _fact_came(self, message: Fact) -> None:
        message.stop()
        for shown in self.query(".fact-value").results(Static):
            if shown.name == message.label:
                shown.update(Content(safe(message.value, newlines=True)))

    def on_key(self, event: events.Key) -> None:
        """Swallow an Enter that arrived together with other keys; letters go to the field."""
        in_burst = came_together(self._last, event)
        self._last = event
        if event.time < self.awake_at:
            return
        if event.key == "enter" and in_burst:
            event.stop()
            self._hint(_IN_A_BURST)
        elif self._must_type is not None and event.is_printable:
            self._type_into_field(event)

    def refuse_key(self, event: events.Key) -> None:
        """Tell that it was thrown away."""
        self._hint(_TOO_EARLY)

    def _hint(self, why: str = "") -> None:
        self._why = why or self._why or (_TYPE_IT if self.takes_letters else "")
        self.query_one(KeyLine).show_sentence(self._why)

    def _type_into_field(self, event: events.Key) -> None:
        """Letters go to the field wherever the focus is: nothing else here takes letters."""
        field = self.query_one("#confirm-text", Input)
        if self.focused is not field and event.character:
            event.stop()
            focus_now(field)
            field.insert_text_at_cursor(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """Count a paste as keys: what follows it at once is no answer."""
        self._last = event

    @on(Input.Changed, "#confirm-text")
    def _allow(self, event: Input.Changed) -> None:
        wanted = (self._must_type or "").casefold()
        self.query_one("#confirm-yes").disabled = event.value.strip().casefold() != wanted

    @on(Input.Submitted, "#confirm-text")
    def _to_the_answer(self) -> None:
        button = self.query_one("#confirm-yes")
        if not button.disabled:
            focus_now(button)
            return
        self._hint(_("That is not it. Type {must_type}.", must_type=self.must_type))

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        yes = event.button.id == "confirm-yes"
        if event.time < self.awake_at:
            return
        if yes and self._is_in_a_burst(event):
            self._hint(_IN_A_BURST)
        elif yes and (self.size.width < LEAST_WIDTH or self.size.height < LEAST_HEIGHT):
            self._hint(_TOO_SMALL)
        else:
            self.action_answer(yes)

    def _is_in_a_burst(self, event: Button.Pressed) -> bool:
        """True of a click that came at once after a key; an Enter was looked at when it came."""
        last = self._last
        is_enter = isinstance(last, events.Key) and last.key == "enter"
        return last is not None and not is_enter and event.time - last.time < BURST_SECONDS

    def action_answer(self, yes: bool) -> None:
        """Close the dialog with the answer."""
        self.dismiss(yes)
