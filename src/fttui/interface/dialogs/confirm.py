"""The question before anything that costs, destroys or cannot be undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from fttui.interface.quiet_screens import QuietModal
from fttui.terminal.text import safe

DEAF_SECONDS = 0.3
BURST_SECONDS = 0.03


class Confirm(QuietModal[bool]):
    """Shows exactly what will happen and asks; the answer is True only for a deliberate yes.

    The safe answer has the focus. For its first 300 ms the dialog is deaf, and an Enter or a
    click that comes in the same burst as another key is ignored, so neither type-ahead nor a
    stray paste can say yes. With `must_type`, yes stays disabled until that text is typed.
    """

    hears_keys_first: ClassVar[bool] = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "Go back", id="dialog.back"),
        Binding("right,down", "app.focus_next", "Next answer", show=False),
        Binding("left,up", "app.focus_previous", "Previous answer", show=False),
    ]

    def __init__(
        self,
        title: str,
        facts: Sequence[tuple[str, str]],
        question: str,
        yes: str,
        no: str = "Go back",
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
        self._awake_at = float("inf")
        self._last_key = float("-inf")

    def compose(self) -> ComposeResult:
        """Title, facts that scroll, and the question with its answers always in sight."""
        with VerticalScroll(id="confirm", classes="dialog-box", can_focus=False):
            yield Static(Content(safe(self._title)), classes="dialog-title")
            for label, value in self._facts:
                with Horizontal(classes="fact"):
                    yield Static(Content(safe(label)), classes="fact-label")
                    yield Static(Content(safe(value, newlines=True)), classes="fact-value")
            if self._warning:
                warning = Content(f"! {safe(self._warning, newlines=True)}")
                yield Static(warning, classes="dialog-warning")
            with Vertical(classes="dialog-foot"):
                yield from self._compose_answers()

    def _compose_answers(self) -> ComposeResult:
        yield Static(Content(safe(self._question)), classes="dialog-question")
        if self._must_type is not None:
            with Horizontal(classes="dialog-line"):
                hint = Content.assemble("Type ", (safe(self._must_type), "bold"), " to allow it:")
                yield Static(hint, classes="dialog-prompt")
                yield Input(id="confirm-text", compact=True, select_on_focus=False)
        with Horizontal(classes="dialog-buttons"):
            yield Button(Content(safe(self._no)), id="confirm-no", compact=True)
            yield Button(
                Content(safe(self._yes)),
                id="confirm-yes",
                variant="error" if self._danger else "primary",
                disabled=self._must_type is not None,
                compact=True,
            )
        ways = "Tab moves, Enter answers, Esc goes back"
        if self._must_type is not None:
            ways = "Type it, then Enter twice; Esc goes back"
        yield Static(Content(ways), classes="dialog-hint")

    def on_mount(self) -> None:
        """Put the focus on the safe answer."""
        self.query_one("#confirm-no").focus()
        for field in self.query(Input):
            field.cursor_blink = False

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Be deaf for a moment each time the dialog comes into sight."""
        self._awake_at = event.time + DEAF_SECONDS

    def on_key(self, event: events.Key) -> None:
        """Swallow what comes too early, and an Enter that arrived together with other keys."""
        in_burst = event.time - self._last_key < BURST_SECONDS
        self._last_key = event.time
        if event.time < self._awake_at or (event.key == "enter" and in_burst):
            event.stop()
        elif self._must_type is not None and event.is_printable:
            self._type_into_field(event)

    def _type_into_field(self, event: events.Key) -> None:
        """Letters go to the field wherever the focus is: nothing else here takes letters."""
        field = self.query_one("#confirm-text", Input)
        if not field.has_focus and event.character:
            event.stop()
            field.focus()
            field.insert_text_at_cursor(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """Count a paste as keys: what follows it at once is no answer."""
        self._last_key = event.time

    @on(Input.Changed, "#confirm-text")
    def _allow(self, event: Input.Changed) -> None:
        wanted = (self._must_type or "").casefold()
        self.query_one("#confirm-yes").disabled = event.value.strip().casefold() != wanted

    @on(Input.Submitted, "#confirm-text")
    def _to_the_answer(self) -> None:
        button = self.query_one("#confirm-yes")
        if not button.disabled:
            button.focus()
            return
        text = Content.assemble("That is not it. Type ", (safe(self._must_type or ""), "bold"), ".")
        self.query_one(".dialog-hint", Static).update(text)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.time >= self._awake_at:
            self.action_answer(event.button.id == "confirm-yes")

    def action_answer(self, yes: bool) -> None:
        """Close the dialog with the answer."""
        self.dismiss(yes)
