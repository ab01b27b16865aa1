"""Names for files that are not there yet."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fttui.disk.writing import NotWritten, is_free, require_free, target_of

_MOST_TRIED = 10_000


def name_problem(text: str) -> str:
    """Why no new file can have this name, as a sentence; "" for a good one."""
    try:
        path = target_of(text)
        require_free(path, called=path.name)
    except NotWritten as refused:
        return str(refused)
    return ""


def free_name(name: str, folder: Path, taken: Iterable[str] = ()) -> str:
    """`name`, or the first of `name-2` and so on that nothing in `folder` has and none `taken`.

    Names that differ in case alone count as one: on some disks they are.
    """
    used = {one.casefold() for one in taken}
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (name, "")
    names = (f"{stem}{tail}{ending}" for tail in ("", *(f"-{n}" for n in range(2, _MOST_TRIED))))
    return next(
        (one for one in names if one.casefold() not in used and is_free(folder / one)), name
    )
