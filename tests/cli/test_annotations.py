"""Notes, labels and hidden jobs on the command line, and the filter's words."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run

from fttui.storage.folders import state_folder
from fttui.storage.journal_file import NAME


def _some(run: Run, count: int = 2) -> list[str]:
    return [job["id"] for job in run("jobs", "--json", "status:succeeded").document[:count]]


def test_a_note_and_labels_are_written_shown_and_taken_away(run: Run) -> None:
    first, second = _some(run)
    assert run("note", first).err == f"{first} has no note.\n"
    assert run("note", first, "asks B").out == "asks B\n"
    assert run("label", first, second, "--add", "desk", "--add", "v5").out.splitlines() == [
        f"{first}  desk v5",
        f"{second}  desk v5",
    ]
    assert run("label", first, "--remove", "v5", "--json").document == {
        "id": first,
        "notes": "asks B",
        "labels": ["desk"],
        "hidden": False,
    }
    assert len(run("label", first, second, "--json").document) == 2
    shown = run("show", first, "--json").document
    assert (shown["notes"], shown["labels"], shown["hidden"]) == ("asks B", ["desk"], False)
    assert "asks B" in run("show", first).out
    found = {job["id"]: job["labels"] for job in run("jobs", "label:desk", "--json").document}
    assert found == {first: ["desk"], second: ["desk", "v5"]}
    assert [one["id"] for one in run("jobs", "note:asks", "--json").document] == [first]
    run("note", first, "")
    assert run("note", first, "--json").document["notes"] is None


def test_hidden_jobs_are_left_out_counted_and_shown_when_asked_for(run: Run) -> None:
    first, second = _some(run)
    count = len(run("jobs", "--json").document)
    assert run("hide", first, second).out.splitlines() == [f"{first}  hidden", f"{second}  hidden"]
    left = run("jobs", "--json")
    assert len(left.document) == count - 2
    assert left.err == "2 hidden jobs left out; --hidden shows hidden jobs too.\n"
    every = run("jobs", "--hidden", "--json").document
    assert len(every) == count and sum(job["hidden"] for job in every) == 2
    assert {job["id"] for job in run("jobs", "is:hidden", "--json").document} == {first, second}
    assert run("hide", first, "--undo").out == f"{first}  shown\n"
    assert len(run("jobs", "--json").document) == count - 1


def test_words_can_be_given_together_apart_and_inverted(run: Run) -> None:
    every = run("jobs", "--json").document
    running = [job["id"] for job in every if job["status"] == "running"]
    assert [job["id"] for job in run("jobs", "status:running since:999w", "--json").document] == (
        running
    )
    apart = run("jobs", "status:running", "since:999w", "--json").document
    assert [job["id"] for job in apart] == running
    others = len(every) - len(running)
    assert len(run("jobs", "!status:running", "--json").document) == others
    assert len(run("jobs", "--json", "--", "-status:running").document) == others


@pytest.mark.parametrize(
    ("word", "told"),
    [("stauts:running", "“stauts:” is no word"), ("since:soon", "since: takes"), ("is:x", "is:")],
)
def test_a_word_that_says_nothing_is_wrong_usage(run: Run, word: str, told: str) -> None:
    result = run("jobs", word)
    assert result.status == 2 and result.out == ""
    assert result.err.startswith(told) and "between double quotes" in result.err


def test_what_cannot_be_kept_is_refused_with_its_reason(run: Run) -> None:
    (first,) = _some(run, 1)
    assert run("label", first, "--add", "two words").status == 1
    refused = run("note", first, "x" * 1001)
    assert refused.status == 1 and "at most 1,000 characters" in refused.err
    assert run("note", "../x", "a").status == 2


def test_a_list_makes_no_journal_and_one_that_cannot_be_written_keeps_nothing(run: Run) -> None:
    journal = state_folder() / NAME
    (first,) = _some(run, 1)
    assert not journal.exists()
    journal.mkdir(parents=True)
    refused = run("note", first, "x")
    assert refused.status == 1 and refused.err.startswith("Nothing was kept. The journal cannot")
    assert run("jobs", "--json").status == 0


def test_an_archive_has_them_on_its_page_and_shows_them_but_keeps_no_change(
    run: Run, tmp_path: Path
) -> None:
    first, second = _some(run)
    run("note", first, "asks <B>")
    run("label", first, second, "--add", "desk")
    run("hide", second)
    folder = tmp_path / "saved"
    assert run("archive", "--to", folder, "--no-files").status == 0
    assert run("archive", "verify", folder).status == 0
    page = (folder / "index.html").read_text()
    assert "asks &lt;B&gt;" in page and "desk (hidden)" in page
    found = {job["id"]: job for job in run("--archive", folder, "jobs", "--json").document}
    assert second not in found
    assert (found[first]["notes"], found[first]["labels"]) == ("asks <B>", ["desk"])
    assert run("--archive", folder, "label", second).out == f"{second}  desk\n"
    refused = run("--archive", folder, "note", first, "other")
    assert refused.status == 1 and "archive" in refused.err
    run("note", first, "")
    run("hide", second, "--undo")
    run("label", second, "--remove", "desk")
    assert run("archive", "--to", folder, "--no-files").status == 0
    kept = {job["id"]: job for job in run("--archive", folder, "jobs", "--json").document}
    assert kept[first]["notes"] is None and kept[second]["hidden"] is False
    assert kept[second]["labels"] == []
    run("label", first, "--remove", "desk")  # where nothing is kept any more, the archive's stays
    assert run("archive", "--to", folder, "--no-files").status == 0
    assert run("--archive", folder, "label", first).out == f"{first}  desk\n"


def test_a_label_that_one_job_cannot_take_is_told_of_that_job_and_put_on_the_others(
    run: Run,
) -> None:
    first, full, last = _some(run, 3)
    many = [word for number in range(20) for word in ("--add", f"l{number}")]
    assert run("label", full, *many).status == 0
    done = run("label", first, full, last, "--add", "desk")
    assert done.status == 1
    assert done.out.splitlines() == [f"{first}  desk", f"{last}  desk"]
    assert done.err == f"{full}: A job has at most 20 labels.\n"
    told = run("label", first, full, "--add", "v5", "--json").document
    assert told[0]["labels"] == ["desk", "v5"]
    assert told[1] == {"id": full, "error": {"message": "A job has at most 20 labels."}}
    assert run("label", full, "--add", "more", "--json").document["error"]
