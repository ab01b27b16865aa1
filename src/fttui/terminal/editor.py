"""The user's editor, opened at a line of a file: which it is, and how it is told the place.

No shell reads what is set. An editor that is not known gets the file alone: to some of them `+12`
is another file.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fttui.terminal.language import _
from fttui.terminal.text import safe

VARIABLES: Final = ("VISUAL", "EDITOR")
FALLBACKS: Final = ("sensible-editor", "editor", "nano", "vim", "vi", "micro", "emacs")
"""What is taken, the first that is there, where nothing is set."""

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A place in a file, all from 1: editors count a column in characters, bytes or cells.

    The byte is 0 where it is not known, as in a line that is not UTF-8.
    """

    path: Path
    line: int = 1
    column: int = 1
    byte: int = 1
    cell: int = 1


@dataclass(frozen=True, slots=True)
class EditorCommand:
    """What to run; `note` is a sentence where the user has set no editor."""

    words: tuple[str, ...]
    note: str = ""

    @property
    def name(self) -> str:
        """What the editor is called, safe to show."""
        return safe(_base(self.words[0]), maxlen=_LONGEST)


class NoEditor(Exception):  # noqa: N818 - reads as what happened
    """There is no editor to open; the text is a sentence with the remedy."""


_PLUS_LINE = ("+{line}", "{path}")
_WAITS = ("-w", "--wait", "-b", "--block", "-f", "--nofork")
_ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("vim", "nvim", "vimx"), ("+{vim}", "{path}")),
    **dict.fromkeys(("gvim", "mvim"), ("--nofork", "+{vim}", "{path}")),
    **dict.fromkeys(("nano", "rnano", "ne"), ("+{line},{cell}", "{path}")),
    **dict.fromkeys(("emacs", "emacsclient"), ("+{line}:{cell}", "{path}")),
    "micro": ("+{line}:{column}", "{path}"),
    "kak": ("+{line}:{byte}", "{path}"),
    **dict.fromkeys(("hx", "helix"), ("{path}:{line}:{column}",)),
    **dict.fromkeys(
        ("code", "code-insiders", "codium", "vscodium", "cursor", "windsurf"),
        ("--wait", "--goto", "{path}:{line}:{column}"),
    ),
    **dict.fromkeys(("subl", "zed", "zeditor"), ("--wait", "{path}:{line}:{column}")),
    "gedit": ("--wait", "+{line}:{column}", "{path}"),
    "gnome-text-editor": ("--standalone", "{path}"),
    "kate": ("--block", "--line", "{line}", "--column", "{column}", "{path}"),
    **dict.fromkeys(
        (
            *("vi", "view", "ex", "nvi", "elvis", "vis", "pico", "mg", "zile", "jmacs", "joe"),
            *("jstar", "jpico", "rjoe", "mcedit", "dte", "e3", "sensible-editor", "editor"),
        ),
        _PLUS_LINE,
    ),
}


def editor_command(
    place: FilePlace,
    environ: Mapping[str, str],
    setting: str = "",
    *,
    which: Callable[[str], str | None] = shutil.which,
) -> EditorCommand:
    """What opens at `place`: the `setting`, else $VISUAL, else $EDITOR, else one that is there.

    Raises NoEditor.
    """
    for source, wish in (
        (_("the setting `editor`"), setting),
        *((f"${name}", environ.get(name, "")) for name in VARIABLES),
    ):
        if wish.strip():
            return EditorCommand(_at_place(_words(source, wish, which), place, which))
    found = next((name for name in FALLBACKS if which(name)), None)
    if found is None:
        raise NoEditor(
            _("No editor is set, and none is found here. Set EDITOR to one, such as nano.")
        )
    note = _("$EDITOR is not set, so {found} was opened.", found=found)
    return EditorCommand(_at_place([found], place, which), note)


def _words(source: str, wish: str, which: Callable[[str], str | None]) -> list[str]:
    """The command that is set, as words; a `~` that it begins with is the home folder."""
    try:
        words = shlex.split(wish)
        words[0] = os.path.expanduser(words[0])  # noqa: PTH111 - a relative name stays one
        is_there = which(words[0]) is not None
    except (ValueError, IndexError):
        words, is_there = [wish], False
    if not is_there:
        raise NoEditor(
            _(
                "{source} names {wish}, which is no command here. Set it to an editor.",
                source=source,
                wish=repr(safe(wish, maxlen=_LONGEST)),
            )
        )
    return words


def _at_place(
    words: list[str], place: FilePlace, which: Callable[[str], str | None]
) -> tuple[str, ...]:
    """The words and what the editor is told behind them."""
    forms = _ARGUMENTS.get(_kind(words[0], which), ("{path}",))
    values = {
        "path": str(place.path.absolute()),
        "line": place.line,
        "column": place.column,
        "byte": place.byte or place.column,
        "cell": place.cell,
        "vim": _for_vim(place),
    }
    given = [form.format_map(values) for form in forms]
    # An option that keeps the editor in front may be set already, by another name.
    has_wait = not set(words[1:]).isdisjoint(_WAITS)
    return (*words, *(one for one in given if not (has_wait and one in _WAITS)))


def _for_vim(place: FilePlace) -> str:
    """How vim goes to a place: by bytes; else by characters, a letter and its marks being one."""
    if place.byte:
        return f"call cursor({place.line},{place.byte})"
    return f"normal! {place.line}G0{place.column - 1}l"


def _kind(command: str, which: Callable[[str], str | None]) -> str:
    """The name by which an editor is known: its own, else that of the file behind a link."""
    name = _base(command)
    if name in _ARGUMENTS and name != "editor":
        return name
    target = which(command)
    behind = _base(os.path.realpath(target)) if target else ""
    known, _dot, build = behind.partition(".")  # such as vim.basic
    if build == "tiny":
        return "vi"
    return known if known in _ARGUMENTS else name


def _base(command: str) -> str:
    return os.path.basename(command)  # noqa: PTH119 - of a word, which may be no path
