"""What programs read is the same in every language; what people read is in theirs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fttui.server import SandboxServer, write_sample_training_file
from waiting import PATIENCE

# One process for a language, and a child of it for a command: nothing of fttui but its first
# function is there when a command begins, as when a person types it.
_RUN = """
import json, os, sys
from fttui.cli import main
said = []
for command in json.loads(sys.argv[1]):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, 1)
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(1 if "--json" not in command else 0, 2)
        os.close(reading), os.close(writing)
        status = main(command)
        sys.stdout.flush()
        os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        out = pipe.read().decode()
    said.append([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), out])
print(json.dumps(said))
"""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z?|[0-9a-f]{64}|req_\w+")


@pytest.fixture
def train(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    write_sample_training_file(path, 20)
    path.write_text(path.read_text() + '{"messages": []}\n')
    return path


def said(
    language: str, commands: list[list[str]], sandbox: SandboxServer, home: Path
) -> list[tuple[int, str]]:
    folders = {f"XDG_{kind}_HOME": str(home / kind) for kind in ("CONFIG", "STATE", "CACHE")}
    done = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps(commands)],
        capture_output=True,
        text=True,
        timeout=PATIENCE * len(commands),
        env={
            **os.environ,
            **folders,
            "XDG_DATA_HOME": str(home / "data"),
            "OPENAI_BASE_URL": sandbox.base_url,
            "OPENAI_API_KEY": sandbox.api_key,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTHONIOENCODING": "utf-8",
            "FTTUI_LANGUAGE": language,
            "COLUMNS": "80",
        },
    )
    assert done.returncode == 0, done.stderr
    return [(status, out) for status, out in json.loads(done.stdout)]


def test_json_and_archives_are_english_in_french(
    server: SandboxServer, train: Path, tmp_path: Path
) -> None:
    commands = [
        ["jobs", "--json"],
        ["files", "--json"],
        ["models", "--json"],
        ["models", "bases", "--json"],
        ["retire", "--json"],
        ["check", str(train), "--json"],
        ["explain", "invalid_training_file", "--json"],
        ["profiles", "--json"],
        ["show", "ftjob-none", "--json"],
        ["create", "none.jsonl", "--json"],
        ["jobs", "--status", "none", "--json"],
    ]
    english, french = (
        said(language, commands, server, tmp_path / language) for language in ("en", "fr")
    )
    for command, one, other in zip(commands, english, french, strict=True):
        assert _MOMENT.sub("", other[1]) == _MOMENT.sub("", one[1]).replace(
            str(tmp_path / "en"), str(tmp_path / "fr")
        ), command
        assert other[0] == one[0], command


def test_an_archive_is_english_and_what_is_said_of_it_french(
    server: SandboxServer, tmp_path: Path
) -> None:
    pages = {}
    for language in ("en", "fr"):
        place = tmp_path / f"{language}-archive"
        ((status, told),) = said(
            language, [["archive", "--to", str(place)]], server, tmp_path / language
        )
        assert status == 0, told
        names = ("index.html", "index.json", "jobs/*/index.html", "files/*/saved.json")
        found = sorted(path for name in names for path in place.glob(name))
        pages[language] = {
            path.relative_to(place): _MOMENT.sub("", path.read_text()) for path in found
        }
        assert ("est enregistré" in told) is (language == "fr"), told
    assert len(pages["en"]) > 20
    assert pages["fr"] == pages["en"]


def test_people_read_their_language(server: SandboxServer, train: Path, tmp_path: Path) -> None:
    commands = [
        ["jobs"],
        ["check", str(train)],
        ["--help"],
        ["show", "ftjob-none"],
        ["jobs", "--none"],
    ]
    jobs, checked, helped, none, wrong = (
        out for _status, out in said("fr", commands, server, tmp_path)
    )
    assert "STATUT" in jobs and "✓ réussi" in jobs
    assert "1 erreur" in checked and "Correction" in checked
    assert "usage\u00a0: fttui" in helped and "Sans commande" in helped.replace("\n", " ")
    assert "ne le connaît pas" in none
    assert "n'a pas d'option --none" in wrong
