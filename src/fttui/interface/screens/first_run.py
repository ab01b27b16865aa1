"""The screen that opens when there is no API key: type one, or go another way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Label, Static

from fttui.interface.guard.screens import ReadFirst
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import AnswerButton, KeyInput
from fttui.interface.kit.keys import KeyLine
from fttui.interface.screens.first_run_words import Words, words
from fttui.interface.screens.guide import KeyPlace, guide_content, name_of, other_language
from fttui.storage.secrets import KeyRefused, Secret, parse_key
from fttui.terminal.language import _, english_text, speaking, spoken
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.verification import Verification

Choice = Secret | Path | str | None


@dataclass(frozen=True, slots=True)
class Ways:
    """What carries out the keys: trying a key and giving that up, showing a server, an archive.

    What came of a key is told by `FirstRun.Tried`.
    """

    try_key: Callable[[Secret], object] = lambda secret: None
    stop: Callable[[], object] = lambda: None
    show_serve: Callable[[Words], object] = lambda words: None
    ask_archive: Callable[[], object] = lambda: None


class FirstRun(ReadFirst[Choice]):
    """Dismissed with a key, with "demo", with an archive's folder, or with None for none of these.

    `place` is where a typed key goes. `problem` tells what is wrong with a key that was found,
    `notes` where else was looked. A typed key is tried first, and stays in its field until it is
    used: one that the endpoint refuses is not, one that it could not be asked about may be.
    """

    TITLE = _("Without an API key")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "try_sandbox", _("Sandbox"), id="first_run.sandbox"),
        Binding("i", "focus_key", _("Key"), id="first_run.key"),
        Binding("s", "serve", _("Own server"), id="first_run.serve"),
        Binding("a", "archive", _("Archive"), id="first_run.archive"),
        Binding("f", "language", _("Language"), id="first_run.language"),
        Binding("down,j", "scroll(1)", _("Read on"), show=False, id="first_run.down"),
        Binding("up,k", "scroll(-1)", _("Read back"), show=False, id="first_run.up"),
        Binding("escape", "leave", _("Without a key"), id="first_run.leave"),
        Binding("q,ctrl+q", "app.quit", _("Quit"), id="first_run.quit", key_display="q"),
    ]

    class Tried(Message):
        """The endpoint has been asked whether a key works."""

        def __init__(self, secret: Secret, verdict: Verification) -> None:
            super().__init__()
            self.secret = secret
            self.verdict = verdict

    def __init__(
        self,
        place: KeyPlace,
        problem: str = "",
        notes: tuple[str, ...] = (),
        ways: Ways | None = None,
    ) -> None:
        super().__init__(id="first-run")
        self._place = place
        self._problem = problem
        self._language = spoken()
        self._notes = notes
        self._ways = ways or Ways()
        self._asked: Secret | None = None
        self._may_use: Secret | None = None

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """As Textual's, in the language of the guide."""
        found = super().active_bindings
        with speaking(self._language):
            return {
                key: each._replace(binding=self._said(each.binding)) for key, each in found.items()
            }

    def _said(self, binding: Binding) -> Binding:
        said = _(english_text(binding.description))
        if binding.id == "first_run.language":
            said = name_of(other_language(self._language))
        return replace(binding, description=said)

    @property
    def _words(self) -> Words:
        with speaking(self._language):
            return words()

    def compose(self) -> ComposeResult:
        """What is missing, the guide, the key's field, and the ways to go on."""
        yield Label(id="first-run-title")
        yield Static(id="first-run-lead")
        with VerticalScroll(id="first-run-guide", can_focus=True):
            yield Static(id="first-run-text")
        with Horizontal(id="first-run-row"):
            example = "" if self._place.advice else "sk-..."
            yield KeyInput(placeholder=example, id="first-run-key")
            yield AnswerButton(_("Use this key"), id="first-run-use", compact=True)
        yield Static(id="first-run-trouble")
        with Horizontal(id="first-run-ways"):
            for name in ("sandbox", "serve", "archive"):
                yield AnswerButton("", id=f"first-run-{name}", compact=True)
        yield KeyLine()

    def on_mount(self) -> None:
        """Start with the guide focused, so that every key on the footer works."""
        self.app.keys.throw_away()  # type: ignore[attr-defined]
        self._fill()
        self._tell(self._problem)
        focus_now(self.query_one("#first-run-guide"))

    def action_try_sandbox(self) -> None:
        """Leave for the sandbox."""
        self.dismiss("demo")

    def action_serve(self) -> None:
        """Show how to have a server of one's own."""
        self._ways.show_serve(self._words)

    def action_archive(self) -> None:
        """Ask for the folder of an archive."""
        self._ways.ask_archive()

    def action_focus_key(self) -> None:
        """Go to the key's field."""
        focus_now(self.query_one(KeyInput))

    def action_language(self) -> None:
        """Go on in the next language."""
        self._language = other_language(self._language)
        self._fill()
        self.refresh_bindings()

    def action_scroll(self, lines: int) -> None:
        """Scroll the guide."""
        self.query_one("#first-run-guide", VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_leave(self) -> None:
        """Esc gives up asking, then leaves the key's field, then the screen."""
        if self._asked is not None:
            self._stop_asking()
            self._tell("")
        elif isinstance(self.focused, Input):
            focus_now(self.query_one("#first-run-guide"))
        else:
            self.dismiss(None)

    @on(Input.Changed, "#first-run-key")
    def _key_changes(self) -> None:
        self._stop_asking()
        self._may_use = None
        self._tell("")

    @on(Button.Pressed, "#first-run-sandbox")
    def _sandbox_pressed(self) -> None:
        self.action_try_sandbox()

    @on(Button.Pressed, "#first-run-serve")
    def _serve_pressed(self) -> None:
        self.action_serve()

    @on(Button.Pressed, "#first-run-archive")
    def _archive_pressed(self) -> None:
        self.action_archive()

    @on(Button.Pressed, "#first-run-use")
    @on(Input.Submitted, "#first-run-key")
    def _key_given(self) -> None:
        """Try the key; what is known of it already lets it be used."""
        if self._asked is not None:
            return
        if self._may_use is not None:
            self.dismiss(self._may_use)
            return
        field = self.query_one(KeyInput)
        try:
            secret = parse_key(field.value, source=_("the field"))
        except KeyRefused as error:
            self._tell(str(error))
            focus_now(field)
            return
        self._asked = secret
        self._tell(self._words.asking.format(host=self._place.host), is_bad=False)
        self._ways.try_key(secret)

    @on(Tried)
    def _key_tried(self, message: Tried) -> None:
        """Go on with a key that works; of any other say what the endpoint has said."""
        message.stop()
        if message.secret is not self._asked:
            return  # another one is in the field by now
        self._asked = None
        verdict = message.verdict
        if verdict.works is False:
            self._tell(verdict.text)
            return
        self._may_use = message.secret
        if verdict.works and self.is_active:
            self.dismiss(message.secret)
        elif verdict.works:  # help stands in front
            self._tell(f"✓ {self._words.works}", is_bad=False)
        else:
            self._tell(f"{verdict.text}\n{self._words.use_anyway}")

    def _stop_asking(self) -> None:
        if self._asked is not None:
            self._asked = None
            self._ways.stop()

    def _tell(self, text: str, *, is_bad: bool = True) -> None:
        line = self.query_one("#first-run-trouble", Static)
        line.set_class(is_bad, "-bad")
        shown = safe(text, newlines=True)
        line.update(Content(f"✗ {shown}" if shown and is_bad else shown))

    def _fill(self) -> None:
        said = self._words
        for name in ("use", "sandbox", "serve", "archive"):
            self.query_one(f"#first-run-{name}", Button).label = Content(getattr(said, name))
        title = said.unusable if self._problem else said.title
        other = Content.styled(f"f {name_of(other_language(self._language))}", "not bold dim")
        self.query_one("#first-run-title", Label).update(Content.assemble(title, "  · ", other))
        self.query_one("#first-run-lead", Static).update(
            Content(said.lead.format(host=safe(self._place.host)))
        )
        notes = [Content(safe(note)) for note in self._notes]
        ways, guide = said.ways.to_content(), guide_content(self._language, self._place)
        parts = [ways, Content(""), guide, Content(""), *notes]
        self.query_one("#first-run-text", Static).update(Content("\n").join(parts))
