"""Screens that repaint only what looks different when the focus moves.

Textual repaints a whole screen whenever its focus moves, 8 to 11 KB for a Tab on a screen of 120
by 40. The widgets that lose and gain the focus repaint themselves, so nothing is missed.
"""

from __future__ import annotations

from typing import TypeVar

from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

T = TypeVar("T")


class QuietScreen(Screen[T]):
    """A screen for the app itself."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)


class QuietModal(ModalScreen[T]):
    """A screen for a dialog."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
