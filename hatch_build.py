"""Compiles the catalogues of `src/fttui/locale`, for wheels and for editable installs alike.

What is handed on gets the manual page too, which is made from the help of the commands.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledCatalogues(BuildHookInterface):  # type: ignore[type-arg]
    """Puts a `fttui.mo` beside each `fttui.po`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before files are collected."""
        for path in Path(self.root).glob("src/fttui/locale/*/LC_MESSAGES/fttui.po"):
            compile_catalogue(path, path.with_suffix(".mo"))
        if version == "standard":
            page = Path(self.root, "man", "fttui.1")
            write_manual(Path(self.root, "src"), page)
            if self.target_name == "wheel":
                build_data["shared_data"][str(page)] = "share/man/man1/fttui.1"


def write_manual(sources: Path, target: Path) -> None:
    """Write the manual page in English, as `fttui man` prints it."""
    code = "import sys; from fttui.cli.man import manual_page; sys.stdout.write(manual_page())"
    environ = {**os.environ, "PYTHONPATH": str(sources), "LC_ALL": "C", "FTTUI_LANGUAGE": "en"}
    command = [sys.executable, "-X", "utf8", "-c", code]
    page = subprocess.run(command, env=environ, check=True, capture_output=True).stdout  # noqa: S603
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(page)


def compile_catalogue(source: Path, target: Path) -> None:
    """Write the catalogue `source` in the form that is read at run time."""
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parts[-3])
    part = target.with_suffix(".part")
    with part.open("wb") as file:
        write_mo(file, catalogue)
    part.replace(target)  # a program that runs reads the old one or the new one
