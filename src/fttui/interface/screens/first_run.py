"""The screen that opens when there is no API key: get one, set it, type it, or try the sandbox."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from fttui.interface.guard.screens import ReadFirst
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import AnswerButton, KeyInput
from fttui.interface.kit.keys import KeyLine
from fttui.interface.screens.guide import KeyPlace, guide_content, language_of
from fttui.storage.secrets import KeyRefused, Secret, parse_key
from fttui.terminal.language import _
from fttui.terminal.text import safe

_WORDS = {
    "en": (
        _("No API key was found"),
        _(
            "Type a key for {host}, for this session only, or press t to try everything on a"
            " sandbox: no key, no network, nothing is billed. Esc looks around without a key."
        ),
        _("Use this key"),
        _("Try the sandbox"),
    ),
    "fr": (
        "Aucune clé API trouvée",
        "Tapez une clé pour {host}, pour cette session seulement, ou appuyez sur t pour tout"
        " essayer sur un bac à sable : sans clé, sans réseau, rien n'est facturé. Échap continue"
        " sans clé.",
        "Utiliser cette clé",
        "Essayer le bac à sable",
    ),
}
_UNUSABLE = {"en": _("There is no usable API key"), "fr": "Pas de clé API utilisable"}
_FRENCH_KEYS = {
    "first_run.sandbox": "Bac à sable",
    "first_run.leave": "Sans clé",
    "first_run.quit": "Quitter",
    "app.help": "Aide",
}
"""What the last line says in French; its other keys are named in both languages."""


class FirstRun(ReadFirst[Secret | str | None]):
    """Dismissed with a typed key, with "demo", or with None to look around without a key.

    `place` is where a typed key goes. `problem` tells what is wrong with a key that was found,
    `notes` where else was looked.
    """

    TITLE = _("Without an API key")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "try_sandbox", _("Sandbox"), id="first_run.sandbox"),
        Binding("i", "focus_key", _("Key / Clé"), id="first_run.key"),
        Binding("f", "language", _("Français / English"), id="first_run.language"),
        Binding("down,j", "scroll(1)", _("Read on"), show=False, id="first_run.down"),
        Binding("up,k", "scroll(-1)", _("Read back"), show=False, id="first_run.up"),
        Binding("escape", "leave", _("Without a key"), id="first_run.leave"),
        Binding("q,ctrl+q", "app.quit", _("Quit"), id="first_run.quit", key_display="q"),
    ]

    def __init__(self, place: KeyPlace, problem: str = "", notes: tuple[str, ...] = ()) -> None:
        super().__init__(id="first-run")
        self._place = place
        self._problem = problem
        self._language = language_of(os.environ)
        self._notes = notes

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """As Textual's, in the language of the guide."""
        found = super().active_bindings
        if self._language == "en":
            return found
        return {
            key: each._replace(
                binding=replace(
                    each.binding,
                    description=_FRENCH_KEYS.get(each.binding.id or "", each.binding.description),
                )
            )
            for key, each in found.items()
        }

    def compose(self) -> ComposeResult:
        """What is missing, the guide, and the two ways to go on."""
        yield Label(id="first-run-title")
        yield Static(id="first-run-lead")
        with VerticalScroll(id="first-run-guide", can_focus=True):
            yield Static(id="first-run-text")
        with Horizontal(id="first-run-row"):
            example = "" if self._place.advice else "sk-..."
            yield KeyInput(placeholder=example, id="first-run-key")
            yield AnswerButton(_("Use this key"), id="first-run-use", compact=True)
            yield AnswerButton(_("Try the sandbox"), id="first-run-sandbox", compact=True)
        yield Static(id="first-run-trouble")
        yield KeyLine()

    def on_mount(self) -> None:
        """Start with the guide focused, so that every key on the footer works."""
        self.app.keys.throw_away()  # type: ignore[attr-defined]
        self._fill()
        focus_now(self.query_one("#first-run-guide"))

    def action_try_sandbox(self) -> None:
        """Leave for the sandbox."""
        self.dismiss("demo")

    def action_focus_key(self) -> None:
        """Go to the key's field."""
        focus_now(self.query_one(KeyInput))

    def action_language(self) -> None:
        """Switch between English and French."""
        self._language = "fr" if self._language == "en" else "en"
        self._fill()
        self.refresh_bindings()

    def action_scroll(self, lines: int) -> None:
        """Scroll the guide."""
        self.query_one("#first-run-guide", VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_leave(self) -> None:
        """Esc leaves the key's field first, then the screen."""
        if isinstance(self.focused, Input):
            focus_now(self.query_one("#first-run-guide"))
        else:
            self.dismiss(None)

    @on(Input.Changed, "#first-run-key")
    def _key_changes(self) -> None:
        self.query_one("#first-run-trouble", Static).update("")

    @on(Button.Pressed, "#first-run-sandbox")
    def _sandbox_pressed(self) -> None:
        self.action_try_sandbox()

    @on(Button.Pressed, "#first-run-use")
    @on(Input.Submitted, "#first-run-key")
    def _key_given(self) -> None:
        field = self.query_one(KeyInput)
        try:
            secret = parse_key(field.value, source=_("the field"))
        except KeyRefused as error:
            self.query_one("#first-run-trouble", Static).update(Content(safe(str(error))))
            focus_now(field)
            return
        field.value = ""
        self.dismiss(secret)

    def _fill(self) -> None:
        title, lead, use, sandbox = _WORDS[self._language]
        self.query_one("#first-run-use", Button).label = Content(use)
        self.query_one("#first-run-sandbox", Button).label = Content(sandbox)
        title = _UNUSABLE[self._language] if self._problem else title
        self.query_one("#first-run-title", Label).update(Content(title))
        self.query_one("#first-run-lead", Static).update(
            Content(lead.format(host=safe(self._place.host)))
        )
        self.query_one("#first-run-trouble", Static).update(Content(safe(self._problem)))
        notes = [Content(safe(note)) for note in self._notes]
        parts = [guide_content(self._language, self._place), Content("")]
        self.query_one("#first-run-text", Static).update(Content("\n").join([*parts, *notes]))
