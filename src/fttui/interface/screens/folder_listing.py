"""What is in a folder, read without Textual so that it can run in a thread of its own."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fttui.disk.reading import why
from fttui.terminal.language import _
from fttui.terminal.text import safe_path
from fttui.training_data.files import FileRefused, as_meant

WANTED = ".jsonl"
CONVERTED = (".json", ".csv", ".tsv", ".xlsx", ".parquet")
"""Endings of files of which a copy can be made that is a training file."""
_REASONS = {errno.ENOENT: _("there is no such folder"), errno.ENOTDIR: _("it is not a folder")}


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A file or folder; `shown` is safe to print, `size` and `modified` are None if unknown.

    `modified` is in seconds of the Unix clock. `label` is what the list shows, `shown` unless
    the entry lies in another folder.
    """

    path: Path
    shown: str
    is_folder: bool = False
    size: int | None = None
    modified: float | None = None
    label: str = ""

    @property
    def is_hidden(self) -> bool:
        """True for names that begin with a dot."""
        return self.shown.startswith(".")

    @property
    def is_wanted(self) -> bool:
        """True for a file that is named as training files are."""
        return not self.is_folder and self.shown.lower().endswith(WANTED)

    @property
    def is_usable(self) -> bool:
        """True for a file that is named as training files are, or as one that becomes one."""
        return not self.is_folder and self.shown.lower().endswith((WANTED, *CONVERTED))


@dataclass(frozen=True, slots=True)
class Listing:
    """The entries of a folder in the order to show them, or a sentence why there are none.

    `stamp` changes when an entry comes or goes; 0 where the folder cannot be looked at.
    """

    folder: Path
    entries: tuple[FolderEntry, ...] = ()
    problem: str = ""
    stamp: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """What of a listing is shown: names that hold `needle`, hidden ones, files of any kind."""

    needle: str = ""
    hidden: bool = False
    every_kind: bool = True

    def of(self, entries: Iterable[FolderEntry]) -> list[FolderEntry]:
        """The entries that are shown; a needle with a leading dot finds hidden ones too."""
        needle = self.needle.casefold()
        hidden = self.hidden or needle.startswith(".")
        return [
            entry
            for entry in entries
            if needle in entry.shown.casefold()
            and (hidden or not entry.is_hidden)
            and (self.every_kind or entry.is_folder or entry.is_usable)
        ]


def list_folder(folder: Path) -> Listing:
    """Read a folder: `.jsonl` files first, then those to convert, folders, the rest; by name.

    Links are followed; what cannot be looked at is listed without size and age.
    """
    stamp = _stamp(folder)
    try:
        with os.scandir(folder) as found:
            entries = [_entry(folder, each) for each in found]
    except (OSError, ValueError) as problem:
        return Listing(folder, problem=_sentence(folder, problem), stamp=stamp)
    entries.sort(key=_order)
    return Listing(folder, tuple(entries), stamp=stamp)


def listed_anew(before: Listing) -> Listing | None:
    """The same folder read once more; None while no entry has come or gone."""
    return None if _stamp(before.folder) == before.stamp else list_folder(before.folder)


def _stamp(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


def describe(paths: Sequence[Path]) -> list[FolderEntry]:
    """Entries for files of other folders, labelled with where they lie."""
    described = []
    for path in paths:
        try:
            status = path.stat()
        except (OSError, ValueError):
            continue
        name = safe_path(path.name)
        # The name last: where there is little room the head of a path is what is left out.
        label = f"{shown_folder(path.parent).removesuffix(os.sep)}{os.sep}{name}"
        described.append(FolderEntry(path, name, False, status.st_size, status.st_mtime, label))
    return described


def shown_folder(folder: Path) -> str:
    """A folder's path for the screen, with `~` for the home folder."""
    try:
        home = Path.home()
    except RuntimeError:
        return safe_path(folder)
    if folder == home:
        return "~"
    if home in folder.parents:
        return f"~{os.sep}{safe_path(folder.relative_to(home))}"
    return safe_path(folder)


def is_path(text: str) -> bool:
    """Tell whether a typed text names a place rather than a part of a name."""
    return "/" in text or os.sep in text or text.lstrip("'\"").startswith("~")


def typed_place(text: str, base: Path) -> tuple[Path, str]:
    """The folder that a typed path leads to, seen from `base`, and the name begun after it."""
    if not is_path(text):
        return base, text
    try:
        meant = base / as_meant(text)
    except FileRefused:
        return base, ""
    ends_open = text.rstrip("'\" ").endswith(("/", os.sep)) or meant.name in {"", "~"}
    return (meant, "") if ends_open else (meant.parent, meant.name)


def completion(needle: str, entries: Iterable[FolderEntry]) -> str:
    """What Tab makes of a begun name: as much as all names that begin so have in common.

    A folder that is the only one left ends with `/`. Upper and lower case count unless nothing
    fits otherwise.
    """
    candidates = list(entries)
    fitting = [entry for entry in candidates if entry.shown.startswith(needle)]
    if not fitting:
        folded = needle.casefold()
        fitting = [entry for entry in candidates if entry.shown.casefold().startswith(folded)]
    if not fitting:
        return needle
    common = _common_start([entry.shown for entry in fitting])
    if len(fitting) == 1 and fitting[0].is_folder:
        return common + "/"
    return common if len(common) >= len(needle) else needle


def _common_start(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    agreed = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return first[:agreed]


def _entry(folder: Path, found: os.DirEntry[str]) -> FolderEntry:
    path, shown = folder / found.name, safe_path(found.name)
    try:
        status = found.stat()
    except OSError:
        return FolderEntry(path, shown)
    if stat.S_ISDIR(status.st_mode):
        return FolderEntry(path, shown, is_folder=True, modified=status.st_mtime)
    return FolderEntry(path, shown, False, status.st_size, status.st_mtime)


def _order(entry: FolderEntry) -> tuple[int, str, str]:
    ranks = (entry.is_wanted, entry.is_usable, entry.is_folder, True)
    return ranks.index(True), entry.shown.casefold(), entry.shown


def _sentence(folder: Path, problem: OSError | ValueError) -> str:
    return _(
        "{shown_folder} cannot be listed: {why}.",
        shown_folder=shown_folder(folder),
        why=why(problem, _REASONS),
    )
