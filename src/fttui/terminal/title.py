"""The title of the terminal's window, for as long as something lasts."""

from fttui.terminal.text import safe

KEEP_TITLE = "\x1b[22;0t"
"""Has the terminal remember its title; those that cannot ignore it."""

GIVE_BACK_TITLE = "\x1b]0;\a\x1b[23;0t"
"""Takes a title of ours away, and brings back the one that was remembered."""

_LONGEST = 80


def set_title(text: str) -> str:
    """What to write to the terminal so that its window is called `text`."""
    return f"\x1b]0;{safe(text, maxlen=_LONGEST)}\a"
