"""The README in French shows commands that the English one shows, where they are tried."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def commands(name: str) -> set[str]:
    """The lines of the shell's blocks, without their comments."""
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
    lines = (
        re.sub(r"\s+# .*", "", line).rstrip() for block in blocks for line in block.splitlines()
    )
    return {line for line in lines if line}


def test_every_command_of_the_french_readme_stands_in_the_english_one() -> None:
    french = commands("README.fr.md")
    assert len(french) > 40
    assert french - commands("README.md") == set()


def test_the_readmes_lead_to_each_other() -> None:
    assert "(README.md)" in (ROOT / "README.fr.md").read_text(encoding="utf-8")
    assert "(README.fr.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
