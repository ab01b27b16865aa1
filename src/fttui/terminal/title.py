"""The title of the terminal's window, for as long as something lasts."""

from collections.abc import Callable, Mapping

from fttui.terminal.text import safe

KEEP_TITLE = "\x1b[22;0t"
"""Has the terminal remember its title; those that cannot ignore it."""

GIVE_BACK_TITLE = "\x1b]0;\a\x1b[23;0t"
"""Takes a title of ours away, and brings back the one that was remembered."""

_LONGEST = 80
_WITHOUT = ("linux", "dumb")


def set_title(text: str) -> str:
    """What to write to the terminal so that its window is called `text`."""
    return f"\x1b]0;{safe(text, maxlen=_LONGEST)}\a"


def has_title(environ: Mapping[str, str]) -> bool:
    """False for a console, which has no window and may show the sequence as text."""
    return environ.get("TERM", "").lower() not in _WITHOUT


class WindowTitle:
    """The title of one window; several may want one, and the last of the list goes first.

    `write` sends a sequence to the terminal.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._wanted: dict[str, str] = {}
        self.shown = ""

    def show(self, owner: str, text: str) -> None:
        """Show what `owner` wants while nobody who came later wants another; "" for no more."""
        if text:
            self._wanted[owner] = text
        else:
            self._wanted.pop(owner, None)
        self._paint(next(reversed(self._wanted.values()), ""))

    def give_back(self) -> None:
        """Bring back the title that the window had, until `take_again` or for good."""
        self._paint("")

    def take_again(self) -> None:
        """Show what is wanted, after another program had the terminal."""
        self._paint(next(reversed(self._wanted.values()), ""))

    def _paint(self, text: str) -> None:
        if text == self.shown:
            return
        if not self.shown:
            self._write(KEEP_TITLE)
        self.shown = text
        self._write(set_title(text) if text else GIVE_BACK_TITLE)
