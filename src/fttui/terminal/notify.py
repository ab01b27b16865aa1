"""The escape sequence that tells the user of an event while the terminal is not looked at."""

from collections.abc import Collection, Mapping

from fttui.terminal.text import safe

BELL = "\a"
KINDS = ("bell", "title", "osc9")
"""The ways of telling that a user can choose among, all of them unless the settings say less."""

_LONGEST_TITLE = 60
_LONGEST_BODY = 200
_BELL_ONLY_TERMS = ("linux", "dumb", "screen", "tmux", "vt")
_KNOWS_777 = ("foot", "rxvt", "wezterm")


def notification(
    title: str, body: str, environ: Mapping[str, str], kinds: Collection[str] = KINDS
) -> str:
    """Return what to write to the terminal: a bell, and a desktop notification where one works.

    Inside tmux or screen it is the bell alone, which they pass on and mark the window with;
    terminals that do not know the sequence ignore it. Only what `kinds` names is in it.
    """
    bell = BELL if "bell" in kinds else ""
    term = environ.get("TERM", "").lower()
    inside = environ.get("TMUX") or environ.get("STY")
    if "osc9" not in kinds or inside or not term or term.startswith(_BELL_ONLY_TERMS):
        return bell
    heading, text = _field(title, _LONGEST_TITLE), _field(body, _LONGEST_BODY)
    program = environ.get("TERM_PROGRAM", "").lower()
    if term.startswith(_KNOWS_777) or program in _KNOWS_777 or environ.get("VTE_VERSION"):
        return f"{bell}\x1b]777;notify;{heading};{text}\a"
    # Without the leading text "4;…" would be read as a progress bar by some terminals.
    return f"{bell}\x1b]9;fttui: {heading}: {text}\a"


def _field(text: str, longest: int) -> str:
    """A text that neither ends the sequence nor begins another field of it."""
    return safe(text, maxlen=longest).replace(";", ",")
