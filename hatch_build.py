"""Compiles the catalogues of `src/fttui/locale`, for wheels and for editable installs alike."""

from __future__ import annotations

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


def compile_catalogue(source: Path, target: Path) -> None:
    """Write the catalogue `source` in the form that is read at run time."""
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parts[-3])
    part = target.with_suffix(".part")
    with part.open("wb") as file:
        write_mo(file, catalogue)
    part.replace(target)  # a program that runs reads the old one or the new one
