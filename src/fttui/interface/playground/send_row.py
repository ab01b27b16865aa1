"""Send, and beside it which model is asked and what that can cost: its only confirmation."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from fttui.interface.kit.inputs import SmallButton, TextLine
from fttui.services.job_words import shorten_model
from fttui.services.playground.types import HighestPrice
from fttui.terminal.format import cut, width_of
from fttui.terminal.language import _

_LEAST_NAME = 8


def price_words(models: tuple[str, ...], price: str, columns: int) -> str:
    """The models and the highest price, in so many columns where names can be shortened for it.

    Where even short names leave no room, the price comes first: what is too long is cut at its
    end, and the price is what Send confirms.
    """
    room = (columns - width_of(price) - 3 * len(models)) // max(len(models), 1)
    least = max(room, _LEAST_NAME)
    names = " + ".join(cut(shorten_model(name, least), least) for name in models)
    return f"{names} · {price}" if room >= _LEAST_NAME else f"{price} · {names}"


class SendRow(Horizontal):
    """The button, and the words beside it: the price, or why nothing can be sent."""

    def __init__(self) -> None:
        super().__init__(id="try-send-row")
        self.button = SmallButton(Content(_("Send")), id="try-send", action="send")
        self._words = TextLine(id="try-price")
        self._models: tuple[str, ...] = ()
        self._price: HighestPrice | None = None
        self._note = ""

    def compose(self) -> ComposeResult:
        """The button and the words."""
        yield self.button
        yield self._words

    def on_resize(self) -> None:
        """Shorten the names for the new width."""
        self._draw()

    def show_reason(self, reason: str, *, is_off: bool = True) -> None:
        """Say why nothing can be sent now, or what it waits for."""
        self._price, self._note = None, reason
        self.button.disabled = is_off
        self._draw()

    def show_price(self, models: tuple[str, ...], price: HighestPrice) -> None:
        """Say what sending costs at most."""
        self._models, self._price = models, price
        self.button.disabled = False
        self._draw()

    @property
    def is_priced(self) -> bool:
        """Whether a price is shown."""
        return self._price is not None

    @property
    def words(self) -> str:
        """What stands beside Send."""
        return self._words.text

    def _draw(self) -> None:
        if self._price is None:
            self._words.show(self._note)
        else:
            self._words.show(price_words(self._models, self._price.text, self._words.size.width))
