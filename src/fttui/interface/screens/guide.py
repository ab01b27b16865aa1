"""How to get an API key and where to put it, in any language that there is."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from textual.content import Content

from fttui.interface.screens.shells import Shell, own_first, own_shell, shell_steps
from fttui.terminal.catalogues import languages
from fttui.terminal.language import _, own_name, speaking, spoken
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.endpoint.address import Endpoint

KEYS_PAGE = "https://platform.openai.com/account/api-keys"


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a key goes, and what may hold it; all of it safe to show.

    `variable` is "" where the profile names none, `advice` how to give this very endpoint its key,
    `keyless` what to do where it needs none. OpenAI's own need neither of these.
    """

    host: str = "api.openai.com"
    variable: str = "OPENAI_API_KEY"
    advice: str = ""
    keyless: str = ""

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """What the guide tells of an endpoint."""
        if endpoint.is_openais and endpoint.key_variable == cls().variable:
            return cls()
        variable = safe(endpoint.key_variable, maxlen=100)
        return cls(endpoint.host, variable, endpoint.key_advice, endpoint.keyless_advice)

    @property
    def missing(self) -> str:
        """That there is no key, and the ways to one, in a line."""
        how = (
            _("set {variable}", variable=self.variable)
            if self.variable
            else _("name a variable as api_key_env")
        )
        how += _(', or write api_key = "none"') if "api_key =" in self.keyless else ""
        return _("No API key for {host}: {how}. F1 tells how.", host=self.host, how=how)


@dataclass(frozen=True, slots=True)
class Section:
    """A titled list of steps; `numbered` steps follow each other, others stand side by side."""

    title: str
    steps: tuple[str, ...]
    numbered: bool = True

    def to_content(self) -> Content:
        """The title, then a line for each step."""
        lines = [
            Content(f"{number}. {step}" if self.numbered else f"- {step}")
            for number, step in enumerate(self.steps, 1)
        ]
        return Content("\n").join([Content.styled(self.title, "bold"), *lines])


def _sections(place: KeyPlace) -> tuple[Section, ...]:
    variable = place.variable
    openais = Section(
        _("Get an OpenAI API key"),
        (
            _("Create an account at https://www.openai.com (Sign Up), and log in."),
            _("Open the API keys page: {page}", page=KEYS_PAGE),
            _('Press "Create API Key" and give the key a name that you will recognise.'),
            _(
                "Copy the key at once; it looks like sk-XXXXXXXXXXXXXXXXXXXXXXXX and is shown"
                " only this time."
            ),
            _(
                "Keep it safe: never share it, never commit it. The same page lists, creates"
                " and revokes keys."
            ),
        ),
    )
    keep = _("Run  fttui login : it asks for the key, tries it, and stores it for you alone.")
    if place.advice:
        ask = _("Make one where {host} gives them out, or ask whoever runs it.", host=place.host)
        told = tuple(filter(None, (ask, place.keyless)))
        openais = Section(_("Get a key for {host}", host=place.host), told, numbered=False)
        keep = _("{advice}: it asks for the key and tries it.", advice=place.advice)
    last = Section(_("Or let fttui keep it"), (keep,), numbered=False)
    return (openais, *(_steps(variable) if variable else ()), last)


def _steps(variable: str) -> tuple[Section, ...]:
    own = own_shell(os.environ, sys.platform)

    def title(shell: Shell) -> str:
        if shell.id == own:
            return _("Set {variable} in {shell}, your shell", variable=variable, shell=shell.name)
        return _("Set {variable} in {shell}", variable=variable, shell=shell.name)

    return (
        *(
            Section(title(shell), shell_steps(shell, variable), numbered=False)
            for shell in own_first(own)
        ),
        Section(
            _("Set {variable} on Windows, by its settings", variable=variable),
            (
                _('Right-click "This PC", Properties, "Advanced system settings".'),
                _('Press "Environment Variables..." near the bottom of the window.'),
                _(
                    'Under "User variables" press "New...": the name is {variable}, the value'
                    " is your key.",
                    variable=variable,
                ),
                _('Close the three windows with "OK".'),
                _("Open a new terminal; restart the computer if the key is still not seen."),
            ),
        ),
    )


def guide_content(language: str, place: KeyPlace) -> Content:
    """The whole guide to the key of `place` in `language`."""
    with speaking(language):
        sections = _sections(place)
    return Content("\n\n").join(section.to_content() for section in sections)


def other_language(language: str) -> str:
    """The language after `language` among those that there are."""
    known = languages()
    return known[(known.index(language) + 1) % len(known)] if language in known else spoken()


def name_of(language: str) -> str:
    """What `language` is called in itself."""
    with speaking(language):
        return own_name()
