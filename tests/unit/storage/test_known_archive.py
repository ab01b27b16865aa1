"""Whether there is an archive, and what is whole in it: whatever somebody has put there."""

import json
import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from fttui.storage.archive.folder import ArchiveFolder, ArchiveRefused
from fttui.storage.archive.head import Head
from fttui.storage.archive.index import Totals, write_index
from fttui.storage.archive.known import archive_folder, archived_jobs, find_archive
from fttui.storage.archive.remembered import remember_archive, remembered_archive
from fttui.storage.offers import is_first_offer


@pytest.fixture
def folder(fttui_home: Path) -> Path:
    path = archive_folder("API.example.com:8443", "1a2b3c4d")
    path.mkdir(parents=True)
    return path


def save(folder: Path, *ids: str) -> None:
    """Put jobs into an archive, as a run does."""
    lines = [json.dumps({"id": one, "folder": f"jobs/{one}", "record": {}}) for one in ids]
    (folder / "jobs.jsonl").write_text("".join(f"{line}\n" for line in lines))
    for one in ids:
        (folder / "jobs" / one).mkdir(parents=True)
        (folder / "jobs" / one / "saved.json").write_text("{}")


def test_its_place_is_named_after_host_and_account(folder: Path, fttui_home: Path) -> None:
    assert folder == fttui_home / "data/fttui/archive/api.example.com_8443-1a2b3c4d"
    assert archive_folder("../../x", "1") == fttui_home / "data/fttui/archive/.._.._x-1"


def test_without_a_folder_there_is_none(fttui_home: Path) -> None:
    assert find_archive("host", "1a2b3c4d") is None
    assert archived_jobs(archive_folder("host", "1a2b3c4d")) == frozenset()


def test_a_finished_one_has_its_day_and_a_begun_one_has_none(folder: Path) -> None:
    assert find_archive("api.example.com:8443", "1a2b3c4d") is None
    (folder / "unfinished.json").write_text("{}")
    begun = find_archive("api.example.com:8443", "1a2b3c4d")
    assert begun is not None
    assert (begun.folder, begun.saved) == (folder, "")
    (folder / "index.json").write_text('{\n"version": 1,\n"saved": "2026-11-26T13:00:00Z",\n')
    done = find_archive("api.example.com:8443", "1a2b3c4d")
    assert done is not None
    assert done.saved == "2026-11-26"


@pytest.mark.parametrize("saved", ['"soon"', "7", '"2026-11-26T13:00:00Z\x1b[31m"', "null"])
def test_a_day_that_is_none_is_not_told(folder: Path, saved: str) -> None:
    (folder / "index.json").write_text(f'{{\n"saved": {saved},\n')
    found = find_archive("api.example.com:8443", "1a2b3c4d")
    assert found is not None
    assert found.saved == ""


def test_a_job_is_archived_when_it_is_listed_and_saved(folder: Path) -> None:
    save(folder, "ftjob-a", "ftjob-b")
    (folder / "jobs/ftjob-b/saved.json").unlink()
    (folder / "jobs/ftjob-c").mkdir()
    (folder / "jobs/ftjob-c/saved.json").write_text("{}")
    assert archived_jobs(folder) == {"ftjob-a"}


def test_lines_that_are_none_hide_no_other(folder: Path) -> None:
    save(folder, "ftjob-a")
    lines = folder / "jobs.jsonl"
    bad = ["", "{", "[]", "7", '{"id": 1, "folder": "jobs/ftjob-a"}', '{"id": "x"}', "[" * 99_999]
    bad += [
        json.dumps({"id": "y", "folder": place})
        for place in ("jobs/../jobs/ftjob-a", "jobs/ftjob-a/x", "x", 3)
    ]
    lines.write_text("\n".join([*bad, lines.read_text()]))
    assert archived_jobs(folder) == {"ftjob-a"}


def test_no_link_is_followed(folder: Path, tmp_path: Path) -> None:
    save(folder, "ftjob-a", "ftjob-b", "ftjob-c")
    real = tmp_path / "real"
    (folder / "jobs/ftjob-a").rename(real)
    (folder / "jobs/ftjob-a").symlink_to(real)
    (folder / "jobs/ftjob-b/saved.json").unlink()
    (folder / "jobs/ftjob-b/saved.json").symlink_to(real / "saved.json")
    assert archived_jobs(folder) == {"ftjob-c"}
    (folder / "jobs.jsonl").rename(tmp_path / "jobs.jsonl")
    (folder / "jobs.jsonl").symlink_to(tmp_path / "jobs.jsonl")
    assert archived_jobs(folder) == frozenset()
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    assert find_archive("api.example.com:8443", "1a2b3c4d") is None


@pytest.mark.parametrize("name", ["index.json", "jobs.jsonl"])
def test_a_pipe_hangs_nothing(folder: Path, name: str) -> None:
    os.mkfifo(folder / name)
    assert find_archive("api.example.com:8443", "1a2b3c4d") is None
    assert archived_jobs(folder) == frozenset()


def test_an_offer_is_made_once_for_each_account(fttui_home: Path) -> None:
    assert is_first_offer("host", "1")
    assert not is_first_offer("host", "1")
    assert is_first_offer("host", "2")
    assert is_first_offer("other", "1")
    assert not is_first_offer("host", "1")
    assert not is_first_offer("host", "1", "https://host/v1")  # which was asked by its host
    assert is_first_offer("new", "1", "https://new/one/v1")
    assert is_first_offer("new", "1", "https://new/two/v1")
    assert not is_first_offer("new", "1", "https://new/one/v1")
    kept = fttui_home / "state/fttui/offered.json"
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "{}", "[1, null]", "[" * 99_999])
def test_a_list_of_offers_that_is_none_is_begun_anew(fttui_home: Path, content: str) -> None:
    assert is_first_offer("host", "1")
    (fttui_home / "state/fttui/offered.json").write_text(content)
    assert is_first_offer("host", "1")
    assert not is_first_offer("host", "1")


SERVER = "api.example.com:8443"
ACCOUNT = "1a2b3c4d"
NAME = "api.example.com_8443-1a2b3c4d"


def index(folder: Path, saved: str, host: str = SERVER) -> Path:
    """The first lines of an archive's index."""
    folder.mkdir(parents=True, exist_ok=True)
    head = f'{{\n"host": "{host}",\n"saved": "{saved}",\n'
    (folder / "index.json").write_text(head)
    return folder


def found_in() -> Path | None:
    found = find_archive(SERVER, ACCOUNT)
    return found and found.folder


def test_an_archive_elsewhere_is_known_by_its_last_run(fttui_home: Path, tmp_path: Path) -> None:
    place = index(tmp_path / "mine", "2026-11-26T13:00:00Z")
    assert found_in() is None
    remember_archive(NAME, place)
    assert found_in() == place
    assert find_archive(SERVER, "other") is None
    kept = fttui_home / "state/fttui/archives.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    remember_archive("other-1", tmp_path)
    assert remembered_archive(NAME) == place
    remember_archive(NAME, tmp_path / "next")
    assert remembered_archive(NAME) == tmp_path / "next"


def test_of_two_places_the_newer_archive_counts(folder: Path, tmp_path: Path) -> None:
    place = index(tmp_path / "mine", "2026-11-26T13:00:01Z")
    remember_archive(NAME, place)
    index(folder, "2026-11-26T13:00:00Z")
    assert found_in() == place
    index(folder, "2026-11-26T13:00:02Z")
    assert found_in() == folder


def test_what_is_remembered_counts_only_while_it_is_an_archive_of_that_host(
    fttui_home: Path, tmp_path: Path
) -> None:
    place = index(tmp_path / "mine", "2026-11-26T13:00:00Z")
    remember_archive(NAME, place)
    index(place, "2026-11-26T13:00:00Z", "other.example.com")
    assert found_in() is None
    index(place, "soon")
    assert found_in() is None
    (place / "index.json").unlink()
    os.mkfifo(place / "index.json")
    assert found_in() is None
    place.rename(tmp_path / "moved")
    assert found_in() is None


@pytest.mark.parametrize(
    "content",
    ["", "[]", "7", '{"%s": 7}', '{"%s": "relative"}', '{"%s": "/x\\u0000"}', "[" * 99_999],
)
def test_a_memory_that_is_none_is_begun_anew(
    fttui_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.chdir(tmp_path)
    index(tmp_path / "relative", "2026-11-26T13:00:00Z")
    remember_archive("other", tmp_path)
    kept = fttui_home / "state/fttui/archives.json"
    kept.write_text(content.replace("%s", NAME))
    assert found_in() is None
    remember_archive(NAME, index(tmp_path / "mine", "2026-11-26T13:00:00Z"))
    assert found_in() == tmp_path / "mine"


def test_paths_of_one_host_have_archives_of_their_own(fttui_home: Path) -> None:
    one, two = "https://gw.example/one/v1", "https://gw.example/two/v1"
    plain = fttui_home / "data/fttui/archive/gw.example-1"
    assert archive_folder("gw.example", "1", one) == plain
    with closing(ArchiveFolder.open(plain, Head("gw.example", one, "1"))) as folder:
        folder.begin()
        begun = archive_folder("gw.example", "1", two)
        assert begun.name == "gw.example_two_v1-1"
        assert archive_folder("gw.example", "1", f"{one}/") == plain
        write_index(folder, (), Totals(), "2026-11-26T12:00:00Z")
        folder.mark_finished()
    assert archive_folder("gw.example", "1", two) == begun
    assert find_archive("gw.example", "1", two) is None
    found = find_archive("gw.example", "1", one)
    assert found is not None and found.folder == plain
    with pytest.raises(ArchiveRefused, match="/one/v1, not of"):
        ArchiveFolder.open(plain, Head("gw.example", two, "1"))
    with closing(ArchiveFolder.open(begun, Head("gw.example", two, "1"))) as folder:
        folder.begin()
        write_index(folder, (), Totals(), "2026-11-26T13:00:00Z")
        folder.mark_finished()
    found = find_archive("gw.example", "1", two)
    assert found is not None and found.folder == begun
    found = find_archive("gw.example", "1", one)
    assert found is not None and found.folder == plain
    shutil.rmtree(plain)
    found = find_archive("gw.example", "1", two)
    assert found is not None and found.folder == begun


def test_an_archive_of_before_is_its_base_url_s_wherever_that_leads(fttui_home: Path) -> None:
    url = "https://lab.example/openai/v1"
    old = archive_folder("lab.example", "1")
    with closing(ArchiveFolder.open(old, Head("lab.example", url, "1"))) as folder:
        folder.begin()
        write_index(folder, (), Totals(), "2026-11-26T12:00:00Z")
    assert archive_folder("lab.example", "1", url) == old
    found = find_archive("lab.example", "1", url)
    assert found is not None and found.folder == old
