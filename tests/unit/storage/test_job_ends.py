"""The end of a job is claimed by one run of fttui alone, of a job that was seen going on."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fttui.storage.job_ends import BELL, COMMAND, JobEnds
from fttui.storage.journal import Account, Journal

MINE = Account("api.example.com", "f1", "https://api.example.com/v1")
BOTH = COMMAND | BELL
OTHERS = Account("api.example.com", "f2", "https://api.example.com/v1")


def test_an_end_is_claimed_once_over_runs_and_restarts(tmp_path: Path) -> None:
    one, other = Journal.open(tmp_path), Journal.open(tmp_path)
    assert JobEnds(one, MINE).see(["a", "b"], []) == {}
    assert JobEnds(other, MINE).see([], ["b", "a", "c"]) == {"b": BOTH, "a": BOTH}
    assert JobEnds(one, MINE).see([], ["a", "b"]) == {}
    one.close()
    assert JobEnds(Journal.open(tmp_path), MINE).see(["a"], ["a"]) == {}


def test_a_job_that_nobody_saw_going_on_has_no_end_to_tell(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    assert JobEnds(journal, MINE).see([], ["a"]) == {}
    JobEnds(journal, OTHERS).see(["a"], [])
    assert JobEnds(journal, MINE).see([], ["a"]) == {}
    assert JobEnds(journal, OTHERS).see([], ["a"]) == {"a": BOTH}


def test_of_many_runs_at_one_time_one_claims(tmp_path: Path) -> None:
    JobEnds(Journal.open(tmp_path), MINE).see(["a"], [])
    runs = [JobEnds(Journal.open(tmp_path), MINE) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        claimed = list(threads.map(lambda run: run.see([], ["a"]), runs))
    assert sorted(map(len, claimed)) == [0] * 7 + [1]


def test_who_has_no_terminal_leaves_the_bell_to_another(tmp_path: Path) -> None:
    ends = JobEnds(Journal.open(tmp_path), MINE)
    ends.see(["a"], [])
    assert ends.see([], ["a"], COMMAND) == {"a": COMMAND}
    assert ends.see([], ["a"], COMMAND) == {}
    assert ends.see([], ["a"]) == {"a": BELL}
    assert ends.see([], ["a"]) == {}
