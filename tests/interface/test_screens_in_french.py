"""The app in French at 80x24: every screen, with all that is there in English, and no English."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from translations.update import FOLDER

from waiting import PATIENCE

HERE = Path(__file__).parent
STORED = HERE / "__snapshots__" / "screens_in_french.txt"
CUT_IN_ENGLISH = STORED.with_name("cut_in_english.json")
NOT_KEPT = ("help", "palette", "answer")
"""Screens that list all the keys that there are, or that an answer may still come to."""
TOLD_BY_THE_ENDPOINT = {"training loss", "validation loss"}
_CUT = re.compile(r"\w…")


def screens(language: str, home: Path) -> dict[str, list[str]]:
    """The lines of every screen in a language."""
    folders = {f"XDG_{kind}_HOME": str(home / kind) for kind in ("CONFIG", "STATE", "CACHE")}
    done = subprocess.run(
        [sys.executable, HERE / "all_screens.py", "80", "24"],
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,  # all screens, beside whatever else is at work
        env={
            **os.environ,
            **folders,
            "FTTUI_LANGUAGE": language,
            "NO_COLOR": "",
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTHONIOENCODING": "utf-8",
        },
    )
    assert done.returncode == 0, done.stderr
    shown: dict[str, list[str]] = json.loads(done.stdout)
    return shown


def written(shown: dict[str, list[str]]) -> str:
    """The screens as they are stored."""
    kept = {name: lines for name, lines in shown.items() if not name.endswith(NOT_KEPT)}
    pages = {name: "\n".join(lines).rstrip() for name, lines in kept.items()}
    return "".join(f"=== {name}\n{page}\n" for name, page in pages.items())


def cuts(lines: list[str]) -> int:
    """How many texts are cut on a screen."""
    return sum(len(_CUT.findall(line)) for line in lines)


@cache
def english_texts() -> set[str]:
    """The texts of several words that are others in French, each in one line."""
    with (FOLDER / "fr" / "LC_MESSAGES" / "fttui.po").open("rb") as file:
        texts = [one for one in read_po(file, locale="fr") if one.id and isinstance(one.id, str)]
    several = (one for one in texts if "{" not in one.id and len(one.id.split()) > 1)
    found = {" ".join(one.id.split()) for one in several if one.id != one.string}
    return found - TOLD_BY_THE_ENDPOINT


def is_in(text: str, painted: str) -> bool:
    if text not in painted:  # seldom is one: no pattern is made of the others
        return False
    return re.search(rf"(?<![\w-]){re.escape(text)}(?![\w-]|\.\w)", painted) is not None


@pytest.fixture(scope="module")
def french(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    return screens("fr", tmp_path_factory.mktemp("french"))


def test_every_screen_looks_in_french_as_it_did(
    french: dict[str, list[str]], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if request.config.getoption("--snapshot-update"):
        STORED.parent.mkdir(exist_ok=True)
        STORED.write_text(written(french), encoding="utf-8")
        english = {name: cuts(lines) for name, lines in screens("en", tmp_path).items()}
        CUT_IN_ENGLISH.write_text(json.dumps(english, indent=1) + "\n")
    assert written(french) == STORED.read_text(encoding="utf-8")


def test_no_more_is_cut_in_french_than_in_english(french: dict[str, list[str]]) -> None:
    english = json.loads(CUT_IN_ENGLISH.read_text())
    cut = {name: (cuts(lines), english[name]) for name, lines in french.items()}
    assert {name: both for name, both in cut.items() if both[0] > both[1]} == {}


def test_no_english_is_left_on_a_french_screen(french: dict[str, list[str]]) -> None:
    for name, lines in french.items():
        painted = " ".join(re.sub(r"[│╭╰─╮╯┃▌]", " ", "\n".join(lines)).split())
        left = [text for text in english_texts() if is_in(text, painted)]
        assert left == [], name
