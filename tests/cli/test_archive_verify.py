"""`fttui archive verify`: a line for each difference, and what scripts decide by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archives import write_archive
from fttui.cli.archive_verify import add_verify
from fttui.cli.parser import GLOBAL_DEFAULTS, CommandParser
from fttui.cli.problems import UsageError


def run(*arguments: object) -> int:
    parser = CommandParser(prog="fttui")
    parser.set_defaults(**GLOBAL_DEFAULTS)
    add_verify(parser.add_subparsers())
    args = parser.parse_args(["verify", *map(str, arguments)])
    status: int = args.run(args)
    return status


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "archive", 1)


def test_a_sound_archive_ends_with_0(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(archive) == 0
    assert capsys.readouterr() == (f"{archive} is sound: 13 files checked.\n", "")


def test_each_difference_is_a_line_and_ends_with_1(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (archive / "jobs.jsonl").write_bytes(b"")
    (archive / "notes").touch()
    assert run(archive) == 1
    out, err = capsys.readouterr()
    changed, added = out.splitlines()
    assert changed.startswith("changed  jobs.jsonl: It has 0 bytes; ")
    assert added == "added    notes: It is a file that is no part of the archive."
    assert err == f"{archive} is not as it was written: 2 differences, 13 files checked.\n"


def test_one_that_is_sound_so_far_is_said_to_be_not_finished(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (archive / "unfinished.json").write_text("{}")
    assert run(archive) == 1
    out, err = capsys.readouterr()
    assert out.startswith("unfinished  unfinished.json: The archive is not finished.")
    assert err == f"{archive} is not finished: 13 files checked.\n"
    (archive / "notes").touch()
    assert run(archive) == 1
    assert "is not as it was written: 2 differences" in capsys.readouterr().err


def test_json_tells_the_same(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(archive, "--json") == 0
    sound = {"folder": str(archive), "sound": True, "checked": 13, "findings": []}
    assert json.loads(capsys.readouterr().out) == sound
    (archive / "index.html").unlink()
    assert run(archive, "--json") == 1
    out, err = capsys.readouterr()
    finding = {"path": "index.html", "kind": "missing", "sentence": "It is gone."}
    assert json.loads(out) == {**sound, "sound": False, "findings": [finding]}
    assert err == ""


def test_another_folder_is_refused_with_2(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        run(tmp_path)
    assert refused.value.exit_status == 2
    assert refused.value.sentence.endswith(" is not an archive: it has no index.json.")
    (tmp_path / "index.json").write_text("{}")
    with pytest.raises(UsageError, match=r"its index\.json was written by another program"):
        run(tmp_path)


def test_on_a_terminal_progress_is_one_line_that_goes_away(
    archive: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert run(archive) == 0
    err = capsys.readouterr().err
    assert "\x1b[KChecking: 7 % of 13 files" in err
    assert err.endswith("Checking: 100 % of 13 files\r\x1b[K")
