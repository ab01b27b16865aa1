"""What `fttui demo --train` trains: a small model, made once and kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.cli.demo_server import DemoFolder, write_files
from fttui.cli.output import Output
from fttui.cli.problems import CommandError, UsageError
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.server.engines.probe import Probe


def interpreter(python: str | None, output: Output) -> tuple[str, Probe]:
    """The program of the interpreter that trains, and what it has; UsageError where it cannot."""
    from fttui.server.engines.probe import ProbeError, checked_probe, program_of

    output.message(_("Looking at what there is to train with ..."))
    try:
        program = program_of(python or sys.executable)
        return program, checked_probe(program)
    except ProbeError as error:
        raise UsageError(safe(error.sentence), safe(error.hint)) from None


def put_model(folder: DemoFolder, python: str, found: Probe, output: Output) -> None:
    """Put the small model into the demo's folder: that of an earlier demo, or a new one.

    Raises CommandError where it cannot be made, and OSError for a disk that does not take it.
    """
    model = folder.models / "demo"
    if model.exists():
        return
    write_files(folder)
    draft = folder.models / "new"
    shutil.rmtree(draft, ignore_errors=True)
    folder.models.mkdir(mode=0o700, exist_ok=True)
    kept = _kept_place(folder.training_file, found)
    if kept is None or not _copied(kept, draft):
        _make(draft, folder.training_file, python, output)
        if kept is not None:
            _keep(draft, kept)
    draft.replace(model)


def _make(draft: Path, file: Path, python: str, output: Output) -> None:
    from fttui.server.engines import TRAINER
    from fttui.server.engines.environment import child_environment

    output.message(
        _(
            "Making a small model to train, once: ten to thirty seconds. Then the app opens; "
            "the next demo has the model at once."
        )
    )
    done = subprocess.run(  # noqa: S603 - the user's own interpreter
        [python, str(TRAINER), "--make-demo-model", str(draft), "--file", str(file)],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        check=False,
        env=child_environment(os.environ),
    )
    if done.returncode:
        raise CommandError(
            _("The small model could not be made (status {status}).", status=done.returncode),
            _("What the interpreter said is above."),
        )


def _kept_place(file: Path, found: Probe) -> Path | None:
    """Where the model for this file and these versions is kept; None where nothing can be."""
    from fttui.server.engines import TRAINER
    from fttui.storage.folders import FolderRefused, cache_folder, private_folder

    parts = (
        file.read_bytes(),
        (TRAINER / "demo_model.py").read_bytes(),
        found.versions.get("transformers", "").encode(),
    )
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
    try:
        return private_folder(cache_folder()) / f"demo-model-{digest}"
    except (FolderRefused, OSError):
        return None


def _copied(kept: Path, draft: Path) -> bool:
    """Whether the kept model now stands in `draft` too."""
    if kept.is_symlink() or not kept.is_dir():
        return False
    try:
        shutil.copytree(kept, draft, symlinks=True)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        return False
    return True


def _keep(draft: Path, kept: Path) -> None:
    """Keep the model for the next demo, whole or not at all."""
    making = kept.with_name(f"{kept.name}.{os.getpid()}")
    with suppress(OSError):
        shutil.copytree(draft, making)
        making.replace(kept)
    shutil.rmtree(making, ignore_errors=True)
