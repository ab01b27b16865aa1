"""Asking for a file of a new name, and writing it; nothing that is there is ever overwritten."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.disk.new_names import free_name, name_problem
from fttui.disk.writing import NotWritten, new_files, target_of
from fttui.interface.screens.folder_listing import shown_folder
from fttui.interface.screens.prompt import Prompt
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.interface.host import Host

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 60

Makers = dict[str, Callable[[], str]]
"""What makes the text of a file, on a thread of its own, by the ending that its name has."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """What is asked for: a title, the name to offer, one for when that has no letter left, makers.

    The first of the makers' endings is offered. `hint` is said below the line.
    """

    title: str
    name: str
    fallback: str
    makers: Makers
    hint: str = ""

    @property
    def endings(self) -> str:
        """What the name must end in, as a sentence."""
        return _("A name that ends in {endings}.", endings=_(" or ").join(self.makers))

    def problem(self, text: str) -> str:
        """Why no file of this name is written; "" for a good one."""
        refusal = name_problem(text)
        if refusal:
            return refusal
        return "" if target_of(text).suffix in self.makers else self.endings

    @property
    def file_name(self) -> str:
        """The name to offer, with the first ending."""
        stem = _NOT_IN_A_NAME.sub("-", self.name)[:_LONGEST_NAME].strip(".-") or self.fallback
        return stem + next(iter(self.makers))


def offered_folder(host: Host, beside: Path | None = None) -> Path:
    """Where new files go unless another place is named.

    That is beside the file `beside`, else the folder that was chosen last, else the one that fttui
    runs in; not one that cannot be written to, nor the demo's own, which goes when it ends.
    """
    wanted = (beside and beside.absolute().parent, host.chosen_folder)
    good = (folder for folder in wanted if folder and _is_offered(host, folder))
    return next(good, Path.home() if host.demo else Path.cwd())


def _is_offered(host: Host, folder: Path) -> bool:
    is_typed = safe_path(folder) == str(folder)  # as it is shown it leads there
    if not is_typed or not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return False
    return not (host.demo and folder.resolve().is_relative_to(Path.cwd().resolve()))


def offered_name(host: Host, name: str, beside: Path | None = None) -> str:
    """`name`, or one like it that nothing has yet, in the folder that is offered."""
    folder = offered_folder(host, beside)
    free = free_name(name, folder)
    is_here = not host.demo and folder == Path.cwd()
    return free if is_here else f"{shown_folder(folder).removesuffix('/')}/{free}"


def keep_folder(host: Host, path: Path) -> None:
    """A file is to be written to `path`: the next one is offered a place beside it."""
    host.chosen_folder = path.absolute().parent


def ask_for_new_file(host: Host, new: NewFile, written: Callable[[str], str]) -> None:
    """Ask where `new` is written, write it, and tell `written` of its path."""

    def answered(text: str | None) -> None:
        if text is not None:
            path = target_of(text)
            keep_folder(host, path)
            make = new.makers[path.suffix]
            host.start_worker(
                lambda: _write(host, path, make, written), group="new-file", waits_for=""
            )

    hint = " ".join(filter(None, (new.hint, new.endings)))
    name = offered_name(host, new.file_name)
    prompt = Prompt(new.title, _("File"), name, hint=hint, check=new.problem, yes=_("Save"))
    host.push_screen(prompt, answered)


async def _write(
    host: Host, path: Path, make: Callable[[], str], written: Callable[[str], str]
) -> None:
    def write() -> str:
        content = make().encode()
        with new_files(path) as (file,):
            file.write(content)
        return safe_path(path.absolute())

    try:
        shown = await asyncio.to_thread(write)
    except NotWritten as refused:
        host.notice(str(refused), severity="error")
    else:
        host.notice(written(shown))
