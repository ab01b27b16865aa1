"""`fttui archive`: what it says, where it saves, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from faults.proxy import FaultProxy, error_answer
from fttui.cli import archive
from fttui.server import SandboxServer, seed_many_jobs
from fttui.services.archive.plan import ArchiveProgress
from fttui.terminal.title import GIVE_BACK_TITLE, KEEP_TITLE, set_title


def test_the_usual_place_is_said_first_and_the_outcome_last(run: Run, tmp_path: Path) -> None:
    done = run("archive")
    assert done.status == 0
    place = tmp_path / "home/data/fttui/archive"
    (folder,) = place.iterdir()
    assert done.err.splitlines()[0].endswith(str(folder))
    assert done.out.startswith("All that the endpoint has is saved: ")
    assert str(folder / "index.html") in done.out


def test_json_tells_what_was_saved_and_what_was_asked(run: Run, tmp_path: Path) -> None:
    first = run("archive", "--to", tmp_path / "a", "--json").document
    again = run("archive", "--to", tmp_path / "a", "--json").document
    assert first["folder"] == str(tmp_path / "a")
    assert first["saved"] == first["things"] == again["saved"]
    assert again["requests"] < first["requests"] / 3


@pytest.mark.parametrize("narrowed", [["--no-files"], ["--max-file", "1"], ["--jobs"]])
def test_all_is_not_said_to_be_saved_where_options_leave_something_out(
    run: Run, tmp_path: Path, narrowed: list[str]
) -> None:
    ids = [run("jobs", "--json").document[0]["id"]] if narrowed == ["--jobs"] else []
    done = run("archive", "--to", tmp_path / "a", *narrowed, *ids)
    assert done.status == 0
    assert done.out.startswith("All that was asked for is saved. The archive lists ")
    assert run("archive", "--to", tmp_path / "a").out.startswith("All that the endpoint has is")


def test_what_could_not_be_had_is_named_and_exits_1(
    run: Run, sandbox: SandboxServer, fault_proxy: FaultProxy, monkeypatch, tmp_path: Path
) -> None:
    seed_many_jobs(sandbox, 2)
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    monkeypatch.setattr("fttui.services.archive.throttle.TRIES", 1)
    fault_proxy.always("/checkpoints", error_answer(500, commit=False))
    done = run("archive", "--to", tmp_path / "a")
    assert done.status == 1
    assert "the checkpoints of ftjob-" in done.err
    assert " things saved: 2 jobs" in done.out
    assert run("archive", "--to", tmp_path / "a", "--json").document["missing"] != []


def test_a_folder_that_is_no_archive_is_refused_before_anything_is_asked(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine")
    done = run("archive", "--to", tmp_path / "mine")
    assert done.status == 2
    assert "holds other files" in done.err
    assert os.listdir(tmp_path / "mine") == ["notes.txt"]


def test_a_folder_that_cannot_be_made_is_a_sentence_with_a_next_step(run: Run) -> None:
    done = run("archive", "--to", "/proc/x")
    assert done.status == 1
    assert "No archive can be made in /proc/x: No such file or directory.\n" in done.err
    assert done.err.endswith("Name a folder that you may write to with --to.\n")


def test_a_loop_of_links_is_a_sentence_with_a_next_step(run: Run, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    refused = run("archive", "--to", tmp_path / "loop")
    assert refused.status == 1
    assert "No archive can be made in" in refused.err
    assert "Name a folder that you may write to with --to." in refused.err


def test_interrupted_it_says_so_and_goes_on_the_next_time(
    spawn: Run, environment, sandbox: SandboxServer, tmp_path: Path
) -> None:
    assert json.loads(spawn("archive", "--to", tmp_path / "a", "--json").out)["saved"] > 0
    held = subprocess.Popen(["flock", tmp_path / "a/archive.lock", "sleep", "60"])
    try:
        done = spawn("archive", "--to", tmp_path / "a")
        while "Another fttui" not in done.err:  # flock has not begun yet
            done = spawn("archive", "--to", tmp_path / "a")
    finally:
        held.kill()
        held.wait()
    assert done.status == 2


def test_what_was_saved_is_found_sound_and_any_change_in_it_is_found(
    run: Run, tmp_path: Path
) -> None:
    run("archive", "--to", tmp_path / "a")
    assert run("archive", "verify", tmp_path / "a").status == 0
    (tmp_path / "a/.DS_Store").write_bytes(b"x")
    run("archive", "--to", tmp_path / "a")
    added = run("archive", "verify", tmp_path / "a", "--json")
    assert added.status == 1
    assert [one["kind"] for one in added.document["findings"]] == ["added"]
    (tmp_path / "a/.DS_Store").unlink()
    content = next(path for path in (tmp_path / "a/contents").iterdir())
    content.write_bytes(content.read_bytes()[:-1] + b"?")
    assert run("archive", "verify", tmp_path / "a").status == 1


def test_an_archive_is_not_archived_again(run: Run, tmp_path: Path) -> None:
    run("archive", "--to", tmp_path / "a")
    done = run("--archive", tmp_path / "a", "archive", "--to", tmp_path / "b")
    assert done.status == 2
    assert "This is an archive already: archive of " in done.err
    assert not (tmp_path / "b").exists()


def test_progress_is_one_line_that_changes_and_the_title_of_the_window(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    line = archive._ProgressLine()
    for done in range(101):
        line.show(ArchiveProgress("jobs", "", done, 100, seconds_left=100.0 - done))
    line.end()
    said = capsys.readouterr().err
    assert said.startswith(KEEP_TITLE)
    assert said.endswith(GIVE_BACK_TITLE)
    assert said.count(set_title("fttui: archive, jobs 50 %")) == 1
    assert "\r\x1b[KJobs: 50 of 100 · 50 s left" in said
    assert "\n" not in said


def test_a_terminal_shows_at_once_whom_it_asks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    line = archive._ProgressLine()
    line.begin("api.example.com")
    line.show(ArchiveProgress("listing", "models", 43))
    line.show(ArchiveProgress("jobs", done=1, total=2, size=988_000))
    line.end()
    said = capsys.readouterr().err
    shown = [each.partition("\x1b]")[0] for each in said.split("\r\x1b[K")[1:-1]]
    assert shown == [
        "Asking api.example.com ...",
        "Listing models: 43 so far",
        "Jobs: 1 of 2 · 988.0 kB received",
    ]
    assert (said.count(KEEP_TITLE), said.count(GIVE_BACK_TITLE)) == (1, 1)


def test_a_run_on_a_terminal_says_first_whom_it_asks(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    done = run("archive", "--to", tmp_path / "a")
    assert done.err.index("\r\x1b[KAsking 127.0.0.1") < done.err.index("Listing models")


def test_what_is_told_behind_the_end_leaves_line_and_title_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    line = archive._ProgressLine()
    line.begin("api.example.com")
    line.end()
    line.show(ArchiveProgress("jobs", done=1, total=2))
    assert capsys.readouterr().err.endswith(GIVE_BACK_TITLE)


def test_progress_in_a_log_is_a_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    line = archive._ProgressLine()
    for done in range(1001):
        line.show(ArchiveProgress("jobs", "", done, 1000))
    line.end()
    said = capsys.readouterr().err
    assert len(said.splitlines()) <= 6
    assert "\x1b" not in said
