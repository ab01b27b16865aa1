"""The folder of a run: what the trainer is given, and whether there is space for what it makes."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..weights import weight_bytes
from .course import KEPT_CHECKPOINTS

if TYPE_CHECKING:
    from ..blobs import BlobStore

TRAIN, VALID = "train.jsonl", "valid.jsonl"
_SPEC = "spec.json"
_DRAFT = ".new-"
_ADAPTER_SHARE = 0.1
"""What a checkpoint takes of the weights' space, with its optimiser: much, for a LoRA."""
_LEAST_SPACE = 64 << 20


class RunFolders:
    """The folder with the folders of all runs."""

    def __init__(self, root: Path) -> None:
        """Forgets what a crash has left of jobs that never were."""
        self.root = root
        for draft in root.glob(f"{_DRAFT}*"):
            shutil.rmtree(draft, ignore_errors=True)

    def path(self, job_id: str) -> Path:
        """The folder of a job's run."""
        return self.root / job_id

    def draft(self, blobs: BlobStore, files: Mapping[str, Sequence[str]]) -> Path:
        """Makes a folder with these files, from their pieces, for a job that has no id yet.

        Raises OSError, and then keeps nothing; FileNotFoundError for pieces that are gone.
        """
        folder = self.root / f"{_DRAFT}{secrets.token_hex(8)}"
        folder.mkdir(mode=0o700)
        try:
            for name, pieces in files.items():
                _put(blobs, pieces, folder / name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return folder

    def space_problem(self, model: Path) -> str | None:
        """Why the disk has no place for what a run of this model makes; None if it has."""
        share = int(weight_bytes(model) * _ADAPTER_SHARE)
        needed = _LEAST_SPACE + (KEPT_CHECKPOINTS + 2) * share
        free = free_bytes(self.root)
        if free >= needed:
            return None
        return (
            f"The disk is too full to start: about {needed / 1e6:.0f} MB are needed for "
            f"checkpoints, {free / 1e6:.0f} MB are free. The job waits until there is space."
        )


def free_bytes(folder: Path) -> int:
    """How much may still be written there."""
    return shutil.disk_usage(folder).free


def _put(blobs: BlobStore, pieces: Sequence[str], path: Path) -> None:
    """The same bytes under another name where that is possible, else a copy."""
    if len(pieces) == 1:
        with suppress(OSError):
            path.hardlink_to(blobs.path(pieces[0]))
            return
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with blobs.open(pieces) as source, open(descriptor, "wb") as target:  # noqa: PTH123
        shutil.copyfileobj(source, target, 1 << 20)


def write_spec(folder: Path, spec: Mapping[str, Any]) -> None:
    """Writes what the trainer is to do, whole or not at all."""
    draft = folder / f"{_SPEC}.new"
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as target:  # noqa: PTH123
        json.dump(spec, target, indent=1)
        target.write("\n")
        target.flush()
        os.fsync(target.fileno())
    draft.replace(folder / _SPEC)
