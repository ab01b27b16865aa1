"""The form of a profile: where an endpoint is, and what holds its key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static
from textual.widgets.input import Selection as TextSpan

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import TextInput
from fttui.interface.kit.keys import KeyLine
from fttui.services.profiles.drafts import ProfileDraft
from fttui.storage.secrets import Secret, looks_like_key, register
from fttui.terminal.language import _
from fttui.terminal.text import safe

_LONGEST = 500
_BLANK = re.compile(r"\{[^{}]*\}")
_FIELDS: Mapping[str, tuple[str, str]] = {
    "name": (_("Name"), _("What you call it: letters, numbers, - and _.")),
    "base_url": (_("Base URL"), _("Where it is, as https://HOST/v1. Most end in /v1.")),
    "key_variable": (
        _("Key variable"),
        _("The variable that holds the key, not the key; empty: you give one later; none: no key."),
    ),
    "default_model": (_("Default model"), _("What the form begins with; empty for the usual one.")),
    "organization": (_("Organization"), _("Sent with every call; empty for none.")),
    "project": (_("Project"), _("Sent with every call; empty for none.")),
    "key_header": (
        _("Key header"),
        _("The header of the key, such as api-key; empty for Authorization: Bearer."),
    ),
}
_A_KEY = _("That looks like a key, so it was not put here. Esc, then K, takes a key unseen.")
_MAY_BE_LONG = {"base_url", "organization", "project", "default_model"}
"""Where long words of letters and digits are usual."""

Check = Callable[[ProfileDraft], Mapping[str, str]]


class ProfileInput(TextInput):
    """A line of the form; what looks like a key never comes to stand in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Next field"), id="dialog.go_on", show=False),
    ]

    def __init__(self, field: str, value: str) -> None:
        super().__init__(value, id=f"profile-{field.replace('_', '-')}", max_length=_LONGEST)
        self.field = field
        self._holds_out = False

    def on_focus(self) -> None:
        """Let typing replace what stands there: first of all what is to be filled in."""
        self._holds_out = False
        found = _BLANK.search(self.value)
        start, end = found.span() if found else (0, len(self.value))
        self.selection = TextSpan(start, end)

    def replace(self, text: str, start: int, end: int) -> None:
        """Take nothing more of what is likely a key until the line is left: its rest follows."""
        if not self._holds_out:
            super().replace(text, start, end)
        if self.is_key(self.value):
            self._holds_out = True
            self.value = ""
        if self._holds_out:
            self.post_message(self.KeptOut())

    class KeptOut(Message):
        """What looks like a key was pasted, and is not there."""

    def on_paste(self, event: events.Paste) -> None:
        """Keep a key out before it is seen."""
        if self.is_key(event.text):
            event.prevent_default()
            event.stop()
            self.post_message(self.KeptOut())

    def is_key(self, text: str) -> bool:
        """True of a text that is likely a key, and is kept out of all that is shown then."""
        found = looks_like_key(text, any_long_word=self.field not in _MAY_BE_LONG)
        if found:
            register(Secret(text.strip()))
        return found


class ProfileForm(Dialog[ProfileDraft | None]):
    """Answers with the form as it is filled in, when `check` finds nothing wrong; None for none.

    `note` is what else to know of the endpoint. Where the profile `is_named`, its name stays.
    """

    TITLE = _("Profile")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", _("Keep"), id="profile.keep"),
        Binding("tab,down", "app.focus_next", _("Next"), id="dialog.next"),
        Binding(
            "shift+tab,up", "app.focus_previous", _("Previous"), show=False, id="dialog.previous"
        ),
        Binding("escape", "dismiss(None)", _("Go back"), id="dialog.back"),
    ]

    def __init__(
        self,
        title: str,
        draft: ProfileDraft,
        check: Check,
        note: str = "",
        is_named: bool = False,
    ) -> None:
        super().__init__(classes="dialog")
        self._heading, self._note, self._check = title, note, check
        self._fields = {name: ProfileInput(name, getattr(draft, name)) for name in _FIELDS}
        self._fields["name"].disabled = is_named
        self._line = Static(id="profile-line")
        self._refused = ""

    @property
    def takes_letters(self) -> bool:
        """Every letter is text."""
        return True

    @property
    def draft(self) -> ProfileDraft:
        """The form as it is filled in now."""
        texts = {name: field.value.strip() for name, field in self._fields.items()}
        return replace(ProfileDraft(), **texts)

    def compose(self) -> ComposeResult:
        """A line for each field, and one that explains the field, or says what is wrong."""
        with Vertical(id="profile-form", classes="dialog-box"):
            yield Static(Content(safe(self._heading)), classes="dialog-title")
            with VerticalScroll(id="profile-fields", can_focus=False):
                for name, (label, _hint) in _FIELDS.items():
                    with Horizontal(classes="profile-row"):
                        yield Static(Content(label), classes="profile-label")
                        yield self._fields[name]
            yield self._line
            if self._note:
                yield Static(Content(safe(self._note)), classes="dialog-hint")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin where something is to be filled in."""
        draft = self.draft
        wrong = next(iter(self._check(draft)), "")
        first = "base_url" if self._fields["name"].disabled else "name"
        focus_now(self._fields[wrong if wrong in self._fields else first])

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Explain the field that is entered."""
        self._show()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._refused = _A_KEY if self._refused == _A_KEY and not event.value else ""
        self._show()

    @on(ProfileInput.KeptOut)
    def _kept_out(self, event: ProfileInput.KeptOut) -> None:
        event.stop()
        self._refused = _A_KEY
        self._show()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is list(self._fields.values())[-1]:
            self.action_keep()
        else:
            self.focus_next()

    def action_keep(self) -> None:
        """Answer with the form, or go to what is wrong with it."""
        draft = self.draft
        problems = self._check(draft)
        if not problems:
            self.dismiss(draft)
            return
        name, sentence = next(iter(problems.items()))
        self._refused = sentence
        focus_now(self._fields[name])
        self._show()

    def _show(self) -> None:
        """Say what is wrong, or what the field in front is for."""
        field = self.focused
        name = field.field if isinstance(field, ProfileInput) else "name"
        text = f"✗ {self._refused}" if self._refused else _FIELDS[name][1]
        self._line.set_class(bool(self._refused), "-wrong")
        self._line.update(Content(safe(text)))
