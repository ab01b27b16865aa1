"""How ends of jobs are told, and the title that says how far the running ones are."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fttui.services.endpoint.models import Job
from fttui.services.endpoint.status import Status
from fttui.services.finished import Ends, Finished, RunningJobs, ended_text
from fttui.services.session import Session, SessionOptions


def job(name: str, status: str, step: int | None = None, total: int | None = 100) -> Job:
    return Job(
        id=f"ftjob-{name}",
        raw_id=f"ftjob-{name}",
        status=Status.read(status, has_ended=False),
        suffix=name,
        step=step,
        total_steps=total,
    )


def test_the_title_counts_and_tells_of_the_furthest_or_the_one_in_view() -> None:
    running = RunningJobs()
    assert running.title == ""
    running.see([job("a", "running", 20), job("desk-v5", "running", 81), job("q", "queued")])
    assert running.title == "fttui: 2 running, desk-v5 81 %"
    running.in_view = "ftjob-a"
    assert running.title == "fttui: 2 running, a 20 %"
    running.see([job("a", "succeeded"), job("desk-v5", "running")])
    assert running.title == "fttui: 1 running, desk-v5 81 %"  # what is known of its steps stays
    running.drop("ftjob-desk-v5")
    assert running.title == "fttui: 1 waiting"
    running.see([job("q", "failed")])
    assert running.title == ""


def test_the_title_says_no_more_than_is_known() -> None:
    running = RunningJobs()
    running.see([job("a", "running"), job("p", "paused")])
    assert running.title == "fttui: 1 running"


def test_one_end_is_a_sentence_and_several_are_counted() -> None:
    assert ended_text([job("a", "succeeded")]) == "a has succeeded."
    many = [job(name, "failed") for name in "abcde"]
    assert ended_text(many) == (
        "5 jobs have ended: a (failed), b (failed), c (failed), and 2 more."
    )


@pytest.fixture
def without_journal(tmp_path: Path) -> Iterator[Session]:
    """A session whose journal can only live in memory, and that has a command to run."""
    (tmp_path / "journal.db").mkdir()
    environ = {"OPENAI_API_KEY": "sk-of-the-test-1234", "OPENAI_BASE_URL": "https://h.example/v1"}
    session = Session.open(environ=environ, options=SessionOptions(journal_folder=tmp_path))
    command = ("/bin/sh", "-c", f"touch {tmp_path / 'ran'}")
    session.settings = replace(session.settings, on_finish=command)
    yield session
    session.close()


def test_without_a_journal_an_end_is_told_here_and_no_command_runs(
    without_journal: Session, tmp_path: Path
) -> None:
    finished = Finished(without_journal)
    assert finished.see([job("a", "running")]) == Ends()
    ends = finished.see([job("a", "succeeded")])
    assert [one.raw_id for one in ends.to_tell] == ["ftjob-a"]
    hook = finished.start_command(ends.to_run)
    assert hook is not None
    (problem,) = hook.problems()
    assert problem.startswith("it was not run") and not (tmp_path / "ran").exists()


def test_a_job_without_an_id_has_no_end_to_tell(without_journal: Session) -> None:
    finished = Finished(without_journal)
    finished.see([replace(job("a", "running"), raw_id="")])
    assert finished.see([replace(job("b", "succeeded"), raw_id="")]) == Ends()
