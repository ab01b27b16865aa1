"""The split of `fttui check`: its options, and the two files beside the one that is named."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.cli.problems import CommandError
from fttui.cli.progress import waiting_for
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.training_data.files import CheckedFile
    from fttui.training_data.split import SplitReport


def share_of(text: str) -> float:
    """The share for validation, between 0 and 1. Raises ArgumentTypeError."""
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(_("{text!r} is not a number between 0 and 1", text=text))
    return share


def seed_of(text: str) -> int:
    """The seed of a split. Raises ArgumentTypeError."""
    from fttui.training_data.split import MOST_SEED

    try:
        seed = int(text)
    except ValueError:
        seed = MOST_SEED
    if not -MOST_SEED <= seed < MOST_SEED:
        raise argparse.ArgumentTypeError(
            _("{text!r} is not a whole number of at most 18 digits", text=text[:40])
        )
    return seed


def require_free_names(source: Path | str) -> None:
    """Refuse a split of `source` whose names are taken: a check before that may take minutes.

    Raises CommandError, and FileRefused for no name.
    """
    from fttui.disk.writing import is_free
    from fttui.training_data.files import as_meant
    from fttui.training_data.split import split_names

    for path in split_names(as_meant(source)):
        if not is_free(path):
            raise CommandError(
                _("{shown} exists already, and is not overwritten.", shown=safe_path(path)),
                _("Move it away, or split a copy of the file with another name."),
            )


def write_parts(args: argparse.Namespace, source: str | Path | CheckedFile) -> SplitReport:
    """Split what was checked, by the share and seed that are given. Raises CommandError."""
    from fttui.training_data.files import CheckedFile, open_checked
    from fttui.training_data.split import RepairRefused, split, split_names

    with nullcontext(source) if isinstance(source, CheckedFile) else open_checked(source) as file:
        training, validation = split_names(file.path)
        try:
            with waiting_for(_("Writing the two files ...")):
                return split(file, training, validation, share=args.split, seed=args.seed)
        except RepairRefused as refused:
            raise CommandError(str(refused)) from None
