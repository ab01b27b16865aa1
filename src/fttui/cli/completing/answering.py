"""`fttui __complete`: the answer to a shell, a line for what may stand there, then one for each.

The first line has `files`, `folders` and `begun` (no blank is to follow), as they are true.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

_CPU_SECONDS = 2.0
# A busy machine makes an answer late and is no reason to give none; a file that blocks is one.
_SECONDS = 15.0


def answer(arguments: Sequence[str]) -> int:
    """Print what may come next; nothing at all where anything goes wrong. The status is 0.

    Arguments are the shell and the words up to the cursor, without the program's name; for bash
    the line up to the cursor, and the signs that end a word.
    """
    with suppress(Exception):
        signal.signal(signal.SIGPROF, _give_up)
        signal.signal(signal.SIGALRM, _give_up)
        signal.setitimer(signal.ITIMER_PROF, _CPU_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, _SECONDS)
        text = "".join(f"{line}\n" for line in _lines(*arguments))
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.flush()
    return 0


def _give_up(_number: int, _frame: FrameType | None) -> None:
    os._exit(0)


def _lines(shell: str, *words: str) -> list[str]:
    from fttui.cli.completing.candidates import answer_for

    if shell == "bash":
        from fttui.cli.completing.bash_line import BashLine

        line = BashLine.read(*words)
        found = answer_for(line.words, line.typed)
        shown = [line.insertion(one.word) for one in found.candidates]
    else:
        found = answer_for(words[:-1], words[-1] if words else "")
        shown = [f"{one.word}\t{one.text}" for one in found.candidates]
    flags = [name for name in ("files", "folders") if getattr(found, name)]
    if found.candidates and all(one.is_begun for one in found.candidates):
        flags.append("begun")
    return [" ".join(flags), *shown]
