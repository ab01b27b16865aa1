"""Which ways to the clipboard exist in an environment, and why: read from variables alone."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fttui.terminal.language import _
from fttui.terminal.served import in_browser

MOST_OVER_OSC52 = 74_000
"""Bytes; some terminals drop what is longer without a word."""

MOST_THROUGH_SCREEN = 48_000
"""Bytes; GNU screen was seen to pass 66 668 base64 characters."""

MOST_UNCUT = 12_000
"""Bytes; mosh and some terminals cut what is longer without a word."""

SETTINGS = ("auto", "osc52", "tmux", "native", "file")

Name = Literal["tmux", "osc52", "native", "file", "command"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to the clipboard, whether it is taken here, and the reason in a few words."""

    name: Name
    usable: bool
    why: str
    too_long: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """What the environment tells of where this process runs."""

    tmux: bool
    screen: bool
    mosh: bool
    remote: str
    forwarded_display: bool
    tool: str
    browser: bool = False

    @property
    def cut_risk(self) -> bool:
        """Whether a long text may arrive cut."""
        return self.mosh or bool(self.remote)


def look_around(environ: Mapping[str, str]) -> Place:
    """Read the environment; `$TMUX` counts before SSH, whose variables are stale inside tmux.

    In a browser neither counts: they are of the terminal that the page is served from.
    """
    if in_browser(environ):
        return Place(False, False, False, _("a browser"), False, "", browser=True)
    mosh = any(name.startswith("MOSH_") for name in environ) or _under_mosh()
    signs = ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")
    remote = next((name for name in signs if environ.get(name)), "mosh" if mosh else "")
    host = environ.get("DISPLAY", "").partition(":")[0]
    return Place(
        tmux=bool(environ.get("TMUX")),
        screen=bool(environ.get("STY")),
        mosh=mosh,
        remote=remote,
        forwarded_display=bool(remote) and host not in ("", "unix"),
        tool=native_tool(environ),
    )


def native_tool(environ: Mapping[str, str]) -> str:
    """The program that sets this machine's own clipboard; empty if there is none."""
    wanted: list[str] = []
    if sys.platform == "darwin":
        wanted = ["pbcopy"]
    elif environ.get("WSL_DISTRO_NAME"):
        wanted = ["clip.exe"]
    if environ.get("WAYLAND_DISPLAY"):
        wanted.append("wl-copy")
    if environ.get("DISPLAY"):
        wanted += ["xclip", "xsel"]
    path = environ.get("PATH")
    return next((tool for tool in wanted if shutil.which(tool, path=path)), "")


def plan(environ: Mapping[str, str], setting: str = "auto", size: int = 0) -> list[Way]:
    """The ways to copy `size` bytes here, in the order they are tried; the unusable come last.

    `FTTUI_CLIPBOARD` in the environment wins over `setting`; a value that is not one of
    SETTINGS is a command that reads the text from its stdin.
    """
    chosen = environ.get("FTTUI_CLIPBOARD", "").strip() or setting.strip() or "auto"
    source = "FTTUI_CLIPBOARD" if environ.get("FTTUI_CLIPBOARD", "").strip() else _("your settings")
    if chosen not in SETTINGS:
        return [Way("command", True, chosen), Way("file", True, _("if the command fails"))]
    place = look_around(environ)
    if chosen == "auto":
        terminal, machine = _osc52(place, size), _native(place)
        middle = [terminal, machine] if place.remote else [machine, terminal]
        ways = [_tmux(place), *middle, _file(place)]
    elif chosen == "file":
        ways = [Way("file", True, _("chosen by {source}", source=source))]
    else:
        forced: Name = chosen  # type: ignore[assignment]
        ways = [
            Way(forced, True, _("chosen by {source}", source=source)),
            Way("file", True, _("if that fails")),
        ]
        if forced == "osc52" and size > MOST_OVER_OSC52:
            ways[0] = _osc52(place, size)
    return sorted(ways, key=lambda way: not way.usable)


def _tmux(place: Place) -> Way:
    """The buffer of tmux, which also tells the terminal outside."""
    if place.tmux:
        return Way("tmux", True, _("TMUX is set: tmux keeps the text and passes it on"))
    return Way("tmux", False, _("not inside tmux"))


def _osc52(place: Place, size: int) -> Way:
    """The escape sequence that asks the terminal itself to copy."""
    most = MOST_THROUGH_SCREEN if place.screen else MOST_OVER_OSC52
    if size > most:
        why = _("{size:,} bytes are too many; terminals take {most:,}", size=size, most=most)
        return Way("osc52", False, why, too_long=True)
    if place.mosh and size > MOST_UNCUT:
        why = _(
            "{size:,} bytes are too many; mosh takes {most_uncut:,}",
            size=size,
            most_uncut=MOST_UNCUT,
        )
        return Way("osc52", False, why, too_long=True)
    if place.browser:
        return Way("osc52", True, _("in a browser: the page asks it to copy"))
    if place.tmux:
        return Way("osc52", True, _("if tmux refuses"))
    if place.screen:
        return Way("osc52", True, _("STY is set: passed through GNU screen in pieces"))
    if place.remote:
        return Way(
            "osc52", True, _("{remote}: the clipboard is your terminal's", remote=place.remote)
        )
    if place.tool:
        return Way("osc52", True, _("if {tool} fails", tool=place.tool))
    return Way("osc52", True, _("no clipboard program here; the terminal may know how"))


def _native(place: Place) -> Way:
    """The clipboard of the machine this runs on."""
    if place.remote and not place.forwarded_display:
        return Way(
            "native",
            False,
            _("{remote}: it would set the wrong machine's clipboard", remote=place.remote),
        )
    if place.tmux:
        return Way("native", False, _("inside tmux the buffer of tmux is used"))
    if not place.tool:
        return Way("native", False, _("no clipboard program found, or no display"))
    if place.remote:
        return Way(
            "native", True, _("{tool}: the display is forwarded to your machine", tool=place.tool)
        )
    return Way("native", True, place.tool)


def _file(place: Place) -> Way:
    """The last resort, which always works."""
    sure = place.tmux or (place.tool and not place.remote)
    return Way("file", True, _("if nothing else works") if sure else _("when paste brings nothing"))


def _under_mosh() -> bool:
    """Whether a parent process is mosh-server, which leaves no variable of its own behind."""
    parent = "self"
    for _unused in range(32):
        try:
            line = Path(f"/proc/{parent}/stat").read_text("utf-8", "replace")
        except OSError:
            return False
        name, _, rest = line.partition("(")[2].rpartition(")")
        if name == "mosh-server":
            return True
        parent = rest.split()[1]
        if parent in ("0", "1"):
            return False
    return False
