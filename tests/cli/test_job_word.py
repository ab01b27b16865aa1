"""JOB on the command line: an id, the end of one that is alone in ending so, or `@last`."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from tests.cli.conftest import MODEL, Run

from faults.proxy import FaultProxy
from fttui.server import SandboxServer
from fttui.services.job_ids import JobNotNamed, SeveralJobs, named_jobs
from fttui.services.session import Session
from fttui.storage.last_lists import ListOwner, save_list
from scripted_endpoint import ScriptedEndpoint, scripted_endpoint


@pytest.fixture
def proxy(sandbox: SandboxServer, fault_proxy: FaultProxy, monkeypatch, run: Run) -> FaultProxy:
    """Counts what the commands ask of a sandbox whose time stands still."""
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    return fault_proxy


def make(run: Run, training_file, *more: str) -> str:
    made = run(
        *("create", "--training-file", training_file, "--model", MODEL, "--yes", "--detach"),
        *("--json", *more),
    )
    assert made.status == 0, made.err
    return made.document["id"]


def lists(proxy: FaultProxy) -> int:
    return proxy.seen["GET /fine_tuning/jobs"]


def test_an_ending_is_taken_by_all_commands_and_told_on_stderr(
    run: Run, proxy: FaultProxy, training_file
) -> None:
    job = make(run, training_file, "--suffix", "desk")
    end = job[-6:]
    for command in (
        ("show", end, "--json"),
        ("events", end, "--json"),
        ("checkpoints", end, "--json"),
        ("metrics", end, "--json"),
        ("note", end, "first", "--json"),
        ("label", f"…{end}", "--add", "desk", "--json"),
        ("hide", end, "--json"),
        ("pause", "@last", "--json"),
        ("create", "--from", end, "--dry-run", "--json"),
        ("cancel", end, "--yes", "--json"),
    ):
        result = run(*command)
        assert result.status in (0, 1) and "Traceback" not in result.err, (command, result.err)
        assert f"{job}" in result.err.splitlines()[0], (command, result.err)
    assert run("show", job, "--json").document["labels"] == ["desk"]
    assert run("show", job, "--json").document["status"] == "cancelled"


def test_a_whole_id_costs_no_list_and_no_call_more(
    run: Run, proxy: FaultProxy, training_file
) -> None:
    job = make(run, training_file)
    proxy.calm()
    assert run("show", job, "--json").status == 0
    assert run("note", job, "x").status == 0
    assert run("cancel", job, "--yes").status == 0
    assert lists(proxy) == 0
    assert proxy.seen[f"GET /fine_tuning/jobs/{job}"] == 1


def test_last_is_the_newest_that_was_made_here_and_counts_on(
    run: Run, proxy: FaultProxy, training_file
) -> None:
    first, second = make(run, training_file), make(run, training_file, "--suffix", "b")
    assert run("show", "@last", "--json").document["id"] == second
    assert run("show", "@last:2", "--json").document["id"] == first
    none = run("show", "@last:3", "--json")
    assert (none.status, "fttui has made 2 jobs" in none.err) == (1, True)
    for wrong in ("@first", "@last:0", "@last:x"):
        assert run("show", wrong).status == 2


def test_where_none_was_made_here_last_is_the_newest_of_the_list(run: Run, job_ids) -> None:
    newest = run("jobs", "--limit", "3", "--json").document
    assert run("show", "@last:3", "--json").document["id"] == newest[2]["id"]


def test_no_sweep_begins_with_a_word_that_will_be_another_job(
    run: Run, proxy: FaultProxy, training_file
) -> None:
    job = make(run, training_file)
    swept = run("create", "--from", "@last", "--epochs", "2,3", "--yes")
    assert swept.status == 2 and f"--from {job}" in swept.err
    assert proxy.seen["POST /fine_tuning/jobs"] == 1


def told(name: str, created_at: int = 1_760_000_000) -> dict[str, object]:
    return {"id": name, "status": "running", "model": MODEL, "created_at": created_at}


@pytest.fixture
def stranger() -> Iterator[ScriptedEndpoint]:
    """An endpoint whose ids are numbers and words."""
    with scripted_endpoint() as endpoint:
        yield endpoint


def find(session: Session, *words: str, surely: bool = False) -> list[str]:
    found = session.thread.wait(named_jobs(session, words, surely=surely))
    return [one.raw_id for one in found]


def test_the_ids_of_strangers_are_whole_though_others_end_so(
    stranger: ScriptedEndpoint, open_session
) -> None:
    stranger.jobs = [told("51234"), told("not-my-job")]
    stranger.answers = {"1234": told("1234"), "my-job": told("my-job")}
    session = open_session(stranger.base_url)
    assert find(session, "LV", "job/7:x", "00000000-0000-0000-0000-000000001234") == [
        "LV",
        "job/7:x",
        "00000000-0000-0000-0000-000000001234",
    ]
    assert stranger.requests == []
    assert find(session, "1234", "my-job") == ["1234", "my-job"]


def test_an_ending_of_several_is_refused_with_the_candidates(
    stranger: ScriptedEndpoint, open_session
) -> None:
    stranger.jobs = [told("a-AbC9"), told("b-AbC9"), told("\x1b]0;x-AbC9")]
    session = open_session(stranger.base_url)
    with pytest.raises(SeveralJobs, match=r"AbC9 is the end of 3 ids.*a-AbC9.*b-AbC9") as refused:
        find(session, "AbC9")
    assert "\x1b" not in str(refused.value)
    with pytest.raises(JobNotNamed, match="no job whose id is abc9, or ends so") as other_case:
        find(session, "abc9")
    assert "Did you mean `a-AbC9` or `b-AbC9` or" in other_case.value.hint
    assert "\x1b" not in other_case.value.hint


def keep(session: Session, *names: str) -> None:
    """Keep a list of these jobs, as the app does."""
    assert session.list_owner is not None
    save_list(session.list_owner, map(told, names), time.time())


def test_what_is_kept_here_answers_without_a_call_but_not_for_what_costs(
    stranger: ScriptedEndpoint, open_session
) -> None:
    session = open_session(stranger.base_url)
    keep(session, "job-AbC9", "7")
    assert find(session, "AbC9") == ["job-AbC9"]
    assert stranger.requests == []
    stranger.jobs = [told("new-AbC9"), told("job-AbC9")]
    with pytest.raises(SeveralJobs):
        find(session, "AbC9", surely=True)


def test_the_list_is_read_to_its_end_once_for_all_words(
    stranger: ScriptedEndpoint, open_session
) -> None:
    stranger.jobs = [told(f"job-{number:05}") for number in range(250)]
    session = open_session(stranger.base_url)
    assert find(session, "…00249", "…00001", surely=True) == ["job-00249", "job-00001"]
    assert len(stranger.requests) == 3


def test_last_is_the_newest_whichever_way_the_list_is_told(
    stranger: ScriptedEndpoint, open_session
) -> None:
    stranger.jobs = [told(f"job-{n:05}", 1_760_000_000 + n) for n in range(150)]
    session = open_session(stranger.base_url)
    assert find(session, "@last", "@last:2") == ["job-00149", "job-00148"]
    stranger.jobs.reverse()
    stranger.requests.clear()
    assert find(open_session(stranger.base_url), "@last") == ["job-00149"]
    assert len(stranger.requests) == 1


def test_no_id_that_another_command_could_take_for_an_option_is_printed_for_it(
    stranger: ScriptedEndpoint, run: Run, monkeypatch
) -> None:
    names = ("--profile=other", "7", "x y", "$(id)", "a/cancel", "@last", "../x", "my-job:1")
    stranger.jobs = [told(name) for name in names]
    monkeypatch.setenv("OPENAI_BASE_URL", stranger.base_url)
    listed = run("jobs", "--ids")
    assert listed.out.split() == ["7", "my-job:1"]
    assert "6 jobs left out" in listed.err


def test_a_job_that_another_profile_is_known_to_have_is_told_with_that_profile(
    run: Run, proxy: FaultProxy, fttui_home
) -> None:
    settings = fttui_home / "config" / "fttui" / "config.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('[profiles.lab]\nbase_url = "http://127.0.0.1:9/v1"\napi_key = "none"\n')
    owner = ListOwner("http://127.0.0.1:9/v1", "http://127.0.0.1:9", "key")
    save_list(owner, [told("ftjob-OfTheLab")], time.time())
    for command in (
        ("show", "ftjob-OfTheLab"),
        ("show", "TheLab"),
        ("watch", "ftjob-OfTheLab"),
        ("pause", "ftjob-OfTheLab"),
        ("create", "--from", "ftjob-OfTheLab", "--dry-run"),
    ):
        result = run(*command)
        assert result.status == 1, command
        assert "Profile lab knows it: `--profile lab` goes there." in result.err, command
    assert "Profile lab" not in run("show", "ftjob-nobodys").err
