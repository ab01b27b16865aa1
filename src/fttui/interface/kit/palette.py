"""The palette of commands, and of themes: Textual's, in the user's language.

What is typed finds a name also without its accents, and where nothing is found that is said.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import partial

from textual.app import SystemCommand
from textual.binding import Binding
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.screen import Screen

from fttui.interface.guard.app import SafeApp
from fttui.interface.guard.typing_ahead import ResultT
from fttui.interface.kit.keys import app_commands, named_key
from fttui.terminal.language import _


def _unaccented(text: str) -> str:
    """`text` in lower case and without accents, letter for letter."""
    split = unicodedata.normalize("NFD", unicodedata.normalize("NFC", text).lower())
    return "".join(letter for letter in split if not unicodedata.combining(letter))


class _Entries(Provider):
    """Finds what `entries` gives."""

    def entries(self) -> Iterable[SystemCommand]:
        """All that can be chosen."""
        raise NotImplementedError

    async def discover(self) -> Hits:
        """All, by name."""
        for one in sorted(self.entries(), key=lambda one: _unaccented(one.title)):
            yield DiscoveryHit(one.title, one.callback, help=one.help or None)

    async def search(self, query: str) -> Hits:
        """Those whose name has the letters of `query`, else one line that says there is none."""
        matcher, nothing = self.matcher(_unaccented(query)), True
        for one in self.entries():
            score, places = matcher.fuzzy_search.match(matcher.query, _unaccented(one.title))
            if score <= 0:
                continue
            nothing, shown = False, Content(one.title)
            for at in places:
                shown = shown.stylize(matcher.match_style, at, at + 1)
            yield Hit(score, shown, one.callback, text=one.title, help=one.help or None)
        if nothing:
            text = _("Nothing is called so.")
            yield Hit(0.0, Content(text), _nothing, text=text)


class Commands(_Entries):
    """What the app's `get_system_commands` offers on the screen in front."""

    def entries(self) -> Iterable[SystemCommand]:
        """All that acts there."""
        return self.app.get_system_commands(self.screen)


class Themes(_Entries):
    """The themes that there are."""

    def entries(self) -> Iterable[SystemCommand]:
        """Each by its name."""
        for name in self.app.available_themes:
            yield SystemCommand(name, "", partial(setattr, self.app, "theme", name))


def _nothing() -> None:
    """What comes of choosing that there is nothing."""


class PaletteApp(SafeApp[ResultT]):
    """An app whose commands, themes and keys are called by words of the user's language."""

    def action_command_palette(self) -> None:
        """Open the palette of commands."""
        self._open_palette(Commands, _("Search for commands…"))

    def search_themes(self) -> None:
        """Open the palette of themes."""
        self._open_palette(Themes, _("Search for themes…"))

    def _open_palette(self, kind: type[Provider], hint: str) -> None:
        if self.use_command_palette and not CommandPalette.is_open(self):  # type: ignore[arg-type]
            self.push_screen(CommandPalette([kind], placeholder=hint, id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every active binding of this app, and the themes."""
        yield from app_commands(self, screen)

    def get_key_display(self, binding: Binding) -> str:
        """As Textual's, with the words that stand on the user's keyboard."""
        return named_key(super().get_key_display(binding))
