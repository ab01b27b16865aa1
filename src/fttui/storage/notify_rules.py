"""What the settings say of telling that a job has ended: in which ways, and by which command."""

from __future__ import annotations

from fttui.terminal.language import _
from fttui.terminal.notify import KINDS
from fttui.terminal.text import safe

_MOST_WORDS = 100
_LONGEST_WORD = 4096


def read_kinds(value: object) -> tuple[str, ...]:
    """The ways that `notify` names: a list of them, true for all, false for none.

    Raises ValueError with what it must be, as the end of a sentence.
    """
    if isinstance(value, bool):
        return KINDS if value else ()
    wanted = _("true, false or a list of {kinds}", kinds=", ".join(f'"{kind}"' for kind in KINDS))
    if not isinstance(value, list):
        raise ValueError(wanted)  # noqa: TRY004 - of a file, not of a program
    if odd := [one for one in value if one not in KINDS]:
        shown = safe(str(odd[0]), maxlen=40)
        raise ValueError(_("{wanted}, not {shown!r}", wanted=wanted, shown=shown))
    return tuple(kind for kind in KINDS if kind in value)


def read_command(value: object) -> tuple[str, ...]:
    """The command of `on_finish`, with its arguments; no shell reads it. ValueError as above."""
    if value == []:
        return ()
    is_list = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not isinstance(value, list) or not is_list or not value[0].strip():
        raise ValueError(_('a list of texts, a command and its arguments, as in ["notify-send"]'))
    if len(value) > _MOST_WORDS or any(len(one) > _LONGEST_WORD or "\0" in one for one in value):
        raise ValueError(
            _("a list of at most {most} texts, none very long or with NUL", most=_MOST_WORDS)
        )
    return tuple(value)
