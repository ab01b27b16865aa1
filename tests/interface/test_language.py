"""All that is shown goes through one function, so that another language is one catalogue."""

from __future__ import annotations

import ast
import os
import re
import struct
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import fttui
from fttui.terminal import language
from fttui.terminal.catalogues import (
    find_catalogue,
    languages,
    read_catalogue,
    wanted_languages,
)
from fttui.terminal.format import count_text, dollars_text, number_text, size_text
from fttui.terminal.language import _, day_text, plural
from waiting import PATIENCE

HERE = Path(__file__).parent
DATA = {
    "fttui",
    "supervised",
    "reinforcement",
    "auto",
    "queued",
    "running",
    "paused",
    "cancelled",
    "succeeded",
    "failed",
    "space pgdn pgup",
    "home",
    "export",
    "tone",
    "desk",
    "nothing",
    "first",
    "vélo",
    "trains",
    "sandbox",
    "cheap",
    "space",
    "pgdn",
    "pgup",
    "mini",
    "more",
    "turbo",
    "validated",
    "moving",
    "state",
    "Files",
    "Created",
    "Validating",
    "training",
    "file",
    "fine",
    "tuning",
    "Français",
}
"""What the endpoint tells, and what is written so in every language."""


def unmarked(painted: str) -> set[str]:
    """The words outside of ⟦ and ⟧, without ids, names of keys and what is cut at an edge."""
    words: set[str] = set()
    for line in painted.splitlines():
        rest, depth = "", 0
        for letter in line:
            depth = 0 if letter == "│" else max(depth + {"⟦": 1, "⟧": -1}.get(letter, 0), 0)
            rest += letter if depth == 0 and letter != "⟧" else " "
        chunks = [chunk for chunk in rest.split() if not re.search(r"[\d_.…:/]\S", chunk)]
        words |= {word for chunk in chunks for word in re.findall(r"[^\W\d_]{4,}", chunk)}
    return words


def test_every_text_of_the_main_screens_comes_from_the_catalogue(fttui_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, HERE / "every_word.py"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    assert "⟦List Fine-Tuning Jobs⟧" in done.stdout
    assert "⟦No API key was found⟧" in done.stdout
    assert unmarked(done.stdout) - DATA == set()


def test_code_is_in_no_catalogue(fttui_home: Path) -> None:
    shown = """if True:
        from fttui.terminal import language
        language.translate = "⟦{}⟧".format
        from fttui.storage import journal_file
        from fttui.training_data import worker_start
        print(worker_start._START, journal_file._TABLES)
    """
    done = subprocess.run(
        [sys.executable, "-c", shown],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    assert "⟦" not in done.stdout


def test_a_catalogue_is_found_by_the_language_of_the_environment(tmp_path: Path) -> None:
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    folder.joinpath("fttui.mo").write_bytes(compiled({"Quit": "Quitter"}))
    for environ in ({"LANG": "fr_FR.UTF-8"}, {"LANG": "en_GB", "LANGUAGE": "fr:en"}):
        found = find_catalogue(environ, tmp_path)
        assert found is not None
        assert found.gettext("Quit") == "Quitter"
        assert found.gettext("Help") == "Help"


def test_plain_english_is_spoken_to_those_who_ask_for_no_language(tmp_path: Path) -> None:
    assert wanted_languages({"LANGUAGE": "fr:en", "LC_ALL": "C"}) == []
    assert wanted_languages({"LANGUAGE": "en:fr", "LANG": "fr_FR.UTF-8"}) == []
    assert wanted_languages({"LANGUAGE": "de:fr_CA:en"}) == ["de", "fr_CA"]
    assert read_catalogue(["../fr", "fr/LC_MESSAGES/../.."], tmp_path) is None


def test_a_catalogue_tells_how_numbers_and_dates_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_speech", "translate"):
        monkeypatch.setattr(language, name, getattr(language, name))
    folder = tmp_path / "xy" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    texts = {
        "1,234.5": "1 234,5",
        "${dollars:,.2f}": "{dollars:,.2f} $",
        "%Y-%m-%d": "%d %b %Y",
        "Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec": "a,b,c,d,e,f,g,h,i,j,k,l",
        "{count:,} of {x:.1f}": "{x:.1f} : {count:,}",
        "{gone}": "{other}",
        "GB": "Go",
    }
    folder.joinpath("fttui.mo").write_bytes(compiled(texts))
    assert languages(tmp_path) == ["en", "xy"]
    assert language.choose("xy", tmp_path)
    assert count_text(12_345) == "12 345"
    assert number_text(0.5) == "0,5000"
    assert dollars_text(1234.5) == "1 234,50 $"
    assert size_text(1_300_000_000) == "1,3 Go"
    assert day_text(date(2026, 11, 2)) == "02 k 2026"
    assert _("{count:,} of {x:.1f}", count=12_345, x=0.25) == "0,2 : 12 345"
    assert _("{gone}", gone=3) == "3"
    with language.in_english():
        assert _("{count:,} of {x:.1f}", count=12_345, x=0.25) == "12,345 of 0.2"
        assert (size_text(1_300_000_000), dollars_text(1234.5)) == ("1.3 GB", "$1,234.50")
    folder.joinpath("fttui.mo").write_bytes(b"no catalogue")
    assert not language.choose("xy", tmp_path)
    assert count_text(12_345) == "12 345"
    assert language.choose("en_GB", tmp_path)
    assert count_text(12_345) == "12,345"


@pytest.mark.parametrize("wanted", ["", "C.UTF-8", "POSIX", "en_US.UTF-8", "de_DE.UTF-8"])
def test_without_a_catalogue_for_it_the_language_is_english(tmp_path: Path, wanted: str) -> None:
    assert find_catalogue({"LANG": wanted}, tmp_path) is None


def test_values_are_put_in_where_they_are_named_and_braces_in_them_stay() -> None:
    assert _("Job {id} is created.", id="{x}") == "Job {x} is created."
    assert _("a {b} without values") == "a {b} without values"
    assert plural(1, "entry", "entries") == "entry"
    assert plural(2, "entry", "entries") == "entries"
    assert plural(0, "job") == "jobs"


def compiled(texts: dict[str, str]) -> bytes:
    """A catalogue as `msgfmt` writes it."""
    texts = {"": "Content-Type: text/plain; charset=UTF-8\n", **texts}
    pairs = [(key.encode(), texts[key].encode()) for key in sorted(texts)]
    count, start = len(pairs), 28 + 16 * len(pairs)
    tables: list[list[bytes]] = [[], []]
    blob = b""
    for column in (0, 1):
        for pair in pairs:
            tables[column].append(struct.pack("<II", len(pair[column]), start + len(blob)))
            blob += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0)
    return head + b"".join(tables[0]) + b"".join(tables[1]) + blob


def test_what_the_api_calls_an_organization_is_spelt_so_in_every_text() -> None:
    sources = [path.read_bytes() for path in Path(fttui.__file__).parent.rglob("*.py")]
    having = [source for source in sources if re.search(rb"organi[sz]ation", source, re.I)]
    nodes = [node for source in having for node in ast.walk(ast.parse(source))]
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    constants = [n for n in nodes if isinstance(n, ast.Constant) and id(n) not in docstrings]
    texts = {each.value for each in constants if isinstance(each.value, str)}
    assert "Organization" in texts
    assert [text for text in texts if "organisation" in text.lower()] == []
