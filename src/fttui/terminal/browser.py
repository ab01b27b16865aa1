"""Opening a page in the user's browser, of a kind that does not take over the terminal."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping

from fttui.terminal.children import launch
from fttui.terminal.language import _
from fttui.terminal.served import in_browser

_OPENERS = ("xdg-open", "gio", "wslview")
_IN_TERMINALS = frozenset({"lynx", "w3m", "links", "links2", "elinks", "www-browser", "browsh"})


def browser_command(
    url: str,
    environ: Mapping[str, str],
    *,
    platform: str = sys.platform,
    which: Callable[[str], str | None] = shutil.which,
) -> list[str] | None:
    """The command that opens `url` in a window of its own; None where there is none.

    `BROWSER` is respected. Over SSH, and of an app that a browser shows, the window would open far
    away, or in the terminal.
    """
    if in_browser(environ) or environ.get("SSH_TTY") or environ.get("SSH_CONNECTION"):
        return None
    for wish in filter(None, environ.get("BROWSER", "").split(os.pathsep)):
        try:
            words = shlex.split(wish.rstrip("& "))
        except ValueError:
            continue
        if not words or os.path.basename(words[0]) in _IN_TERMINALS or not which(words[0]):  # noqa: PTH119
            continue
        return [word.replace("%s", url) for word in words] if "%s" in wish else [*words, url]
    if platform == "darwin":
        return ["open", url]
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")) and not which("wslview"):
        return None
    found = next((name for name in _OPENERS if which(name)), None)
    if found is None:
        return None
    return [found, "open", url] if found == "gio" else [found, url]


def open_page(url: str, environ: Mapping[str, str]) -> str:
    """Open `url`; "" where a browser has taken it, else why not, as a sentence. Blocks a moment."""
    command = browser_command(url, environ)
    if command is None:
        return _("There is no browser here that has a window of its own.")
    ended = launch(command, environ=environ)
    return f"{ended.problem}." if ended.problem else ""
