"""`fttui move`, and `fttui create --from JOB --to PROFILE`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.conftest import MODEL, Run

from faults.harness import write_rows
from faults.proxy import FaultProxy, error_answer
from fttui.server import SandboxConfig, SandboxServer
from fttui.services.moving.moves import Moves
from fttui.services.session import Session
from fttui.storage.folders import config_folder, state_folder
from fttui.storage.moved_files import MovedFiles
from move_bench import settings_of, write_profiles
from recording_endpoint import recording_endpoint
from sandbox_key import SANDBOX_KEY

OLD_KEY = "sk-of-the-old-endpoint"
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxServer]:
    """The user's endpoint, and a profile `there` of one like Nebius; each has its own key."""
    with (
        SandboxServer(SandboxConfig(api_key=OLD_KEY, speed=1e7)) as first,
        SandboxServer(SandboxConfig(api_key=SANDBOX_KEY, like="nebius", speed=1e7)) as second,
    ):
        there = {"base_url": second.base_url, "api_key_env": "THERE_KEY", **settings_of("nebius")}
        write_profiles(config_folder() / "config.toml", {"there": there})
        monkeypatch.setenv("OPENAI_BASE_URL", first.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", OLD_KEY)
        monkeypatch.setenv("THERE_KEY", SANDBOX_KEY)
        yield first


@pytest.fixture
def make(run: Run, old: SandboxServer, tmp_path: Path) -> Callable[..., str]:
    """Make a job at the old endpoint from a file of its own."""

    def make_one(name: str, *options: object) -> str:
        path = write_rows(tmp_path / f"{name}.jsonl", mark=name)
        base = ("--training-file", path, "--model", MODEL, "--yes", "--detach")
        result = run("create", *base, *options)
        assert result.status == 0, result.err
        return result.out.split()[0]

    return make_one


def test_a_plan_is_one_document_that_sends_nothing_and_the_move_one_more(
    run: Run, make: Callable[..., str], tmp_path: Path
) -> None:
    first = make("one", "--epochs", 2, "--metadata", "team=desk")
    second = make("two")
    planned = tmp_path / "plan.json"
    plan = run("move", "--to", "there", "--all", "--dry-run", "--json", "--report", planned)
    assert json.loads(planned.read_text()) == plan.document
    assert plan.status == 0 and not plan.document["done"]
    assert plan.document["counts"] == {"new": 2} and plan.document["cost"]["not_known"] == 2
    settings = config_folder() / "config.toml"
    settings.write_text(f'[prices]\n"{LLAMA}" = 9000.0\n' + settings.read_text())
    priced = run("move", "--to", "there", "--all", "--dry-run")
    assert "Cost of 2 jobs in all: ≈ $" in priced.out
    row = plan.document["rows"][0]
    assert (row["job_id"], row["old_model"], row["model"]) == (first, MODEL, LLAMA)
    assert any("team=desk" in text for text in row["left_out"])
    assert run("--profile", "there", "jobs", "--json").document == []
    refused = run("move", "--to", "there", "--all")
    assert refused.status == 2 and "--yes" in refused.err and refused.out == ""
    report = tmp_path / "report.json"
    moved = run("move", "--to", "there", "--all", "--yes", "--json", "--report", report)
    assert moved.status == 0, moved.err
    assert moved.document["counts"] == {"created": 2}
    made = {row["job_id"]: row["new_job_id"] for row in moved.document["rows"]}
    jobs = run("--profile", "there", "jobs", "--json").document
    assert sorted(job["id"] for job in jobs) == sorted(made.values()) and second in made
    assert json.loads(report.read_text()) == moved.document
    assert report.stat().st_mode & 0o777 == 0o600
    again = run("move", "--to", "there", "--all", "--yes", "--report", report)
    assert again.status == 0 and "nothing to move" in again.err
    assert json.loads((tmp_path / "report-2.json").read_text())["counts"] == {"made": 2}
    assert run("--profile", "there", "recover", "--json").document == []
    assert not (state_folder() / "moving").exists()


def test_what_cannot_go_is_told_with_the_reason_and_the_rest_goes(
    run: Run, make: Callable[..., str]
) -> None:
    gone, stays = make("one"), make("two")
    file_id = run("show", gone, "--json").document["training_file"]
    (Path(state_folder()) / "journal.db").unlink()  # another machine: it has not sent the file
    assert run("files", "delete", file_id, "--yes").status == 0
    moved = run("move", "--to", "there", "--jobs", gone, stays, "ftjob-none", "--yes", "--json")
    assert moved.status == 1
    states = {row["job_id"]: row["state"] for row in moved.document["rows"]}
    assert states == {gone: "refused", stays: "created", "ftjob-none": "refused"}
    assert "no more" in moved.document["rows"][0]["reason"]


def test_a_model_that_nobody_knows_is_refused_until_one_is_given(
    run: Run, make: Callable[..., str]
) -> None:
    make("one")
    with recording_endpoint() as place:  # which lists no models
        there = {"base_url": place.base_url, "api_key_env": "THERE_KEY"}
        write_profiles(config_folder() / "config.toml", {"there": there})
        refused = run("move", "--to", "there", "--all", "--yes", "--json")
        assert refused.status == 1 and "--map" in refused.document["rows"][0]["reason"]
        chosen = ("--map", f"{MODEL}=mine/m-1")
        plan = run("move", "--to", "there", "--all", "--dry-run", *chosen)
        assert plan.status == 0 and "mine/m-1" in plan.out and "your choice" in plan.out
        assert place.of("POST files") == []
    for wrong in (("--all", "--map", "x"), (), ("--all", "--jobs", "a")):
        assert run("move", "--to", "there", *wrong).status == 2
    assert run("move", "--to", "none", "--all").status == 2


def test_each_key_goes_to_its_own_endpoint_alone(
    run: Run, make: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make("one")
    with recording_endpoint() as place:
        there = {"base_url": place.base_url, "api_key_env": "THERE_KEY"}
        write_profiles(config_folder() / "config.toml", {"there": there})
        result = run("move", "--to", "there", "--all", "--yes", "--map", f"{MODEL}=m-1", "--json")
        assert result.status == 0, result.err
        assert place.of("POST fine_tuning/jobs") and place.of("POST files")
        assert not any(request.holds(OLD_KEY) for request in place.requests)
        assert all(SANDBOX_KEY in one.headers["authorization"] for one in place.requests)
        (sent,) = place.of("POST fine_tuning/jobs")
        assert sent.json["model"] == "m-1"
    same = run("move", "--to", "openai", "--all")
    assert same.status == 2 and "key" in same.err.lower()


def test_an_archive_is_moved_without_the_endpoint_that_it_was_saved_from(
    run: Run, make: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make("one", "--epochs", 2)
    run("note", job, "the good one")
    assert run("archive", "--to", tmp_path / "saved").status == 0
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    (tmp_path / "one.jsonl").unlink()
    moved = run(
        "--archive", tmp_path / "saved", "move", "--to", "there", "--all", "--yes", "--json"
    )
    assert moved.status == 0, moved.err
    (made,) = run("--profile", "there", "jobs", "--json").document
    assert made["hyperparameters"]["n_epochs"] == 2 and "the good one" in made["notes"]
    assert moved.document["rows"][0]["new_job_id"] == made["id"]


def test_what_an_archive_has_no_more_comes_from_the_endpoint_where_that_can_be_asked(
    run: Run, make: Callable[..., str], tmp_path: Path
) -> None:
    jobs = [make(name) for name in ("one", "two")]
    assert run("archive", "--to", tmp_path / "saved").status == 0
    (Path(state_folder()) / "journal.db").unlink()  # another machine: it has not sent the files
    first, second = sorted((tmp_path / "saved" / "contents").glob("*.jsonl"))
    first.unlink()
    second.write_bytes(b"edited\n")
    of_it = ("--archive", tmp_path / "saved", "move", "--to", "there", "--all", "--yes", "--json")
    alone = run(*of_it).document["rows"]
    assert sorted("cannot be read" in row["reason"] for row in alone) == [False, True]
    moved = run("move", "--to", "there", "--jobs", *jobs, "--yes", "--json")
    assert moved.status == 0 and moved.document["counts"] == {"created": 2}


def test_one_account_under_two_addresses_is_no_other_endpoint(
    run: Run, make: Callable[..., str], old: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make("one")
    there = {"base_url": old.base_url.replace("127.0.0.1", "localhost"), "api_key_env": "THERE_KEY"}
    write_profiles(config_folder() / "config.toml", {"there": there})
    monkeypatch.setenv("THERE_KEY", OLD_KEY)
    for which in (("--all",), ("--jobs", job)):
        same = run("move", "--to", "there", *which, "--yes")
        assert same.status == 2 and "already" in same.err
    assert len(run("jobs", "--json").document) == 1


def test_jobs_that_cannot_all_be_listed_are_no_whole_move(
    run: Run, make: Callable[..., str]
) -> None:
    make("one")
    with recording_endpoint() as place:
        rows = [{"id": "x1", "status": "failed", "model": MODEL, "training_file": "f"}]
        place.answers["GET fine_tuning/jobs"] = (200, {"data": rows, "has_more": True})
        away = {"base_url": place.base_url, "api_key_env": "THERE_KEY"}
        profiles = {"away": away, "there": {"base_url": _there(), "api_key_env": "THERE_KEY"}}
        write_profiles(config_folder() / "config.toml", profiles)
        moved = run("--profile", "away", "move", "--to", "there", "--all", "--yes", "--json")
    assert moved.status == 1 and moved.document["whole"] is False
    assert "There may be more jobs" in moved.err


def test_one_job_is_created_at_another_endpoint_with_its_file_and_its_note(
    run: Run, make: Callable[..., str]
) -> None:
    job = make("one", "--epochs", 2, "--seed", 7)
    run("note", job, "the good one")
    dry = run("create", "--from", job[-6:], "--to", "there", "--dry-run", "--json")
    assert (dry.status, dry.document["model"], "seed" in dry.document) == (0, LLAMA, True)
    assert run("--profile", "there", "jobs", "--json").document == []
    command = ("create", "--from", job, "--to", "there", "--yes", "--detach")
    result = run(*command, "--epochs", 4, "--json")
    assert result.status == 0, result.err
    assert result.document["model"] == LLAMA and result.document["seed"] == 7
    assert result.document["hyperparameters"]["n_epochs"] == 4
    assert f"{LLAMA} is trained in the place of {MODEL}" in result.err
    (told,) = run("--profile", "there", "jobs", "--json").document
    assert told["notes"].startswith("the good one")
    assert list((state_folder() / "moving").rglob("*.jsonl")) == []
    sweep = run(*command, "--epochs", "5,6", "--json")
    assert sweep.status == 0 and len(sweep.document["outcomes"]) == 2
    refused = run(*command, "--method", "dpo", "--model", "mine", "--validation-file", "none.jsonl")
    assert refused.status != 0
    assert run("create", "--to", "there", "--training-file", "x").status == 2


def test_a_move_that_stops_is_gone_on_with_by_recover(
    run: Run, make: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [make("one"), make("two"), make("three")]
    with FaultProxy(_there()) as proxy:
        _put_before(proxy.base_url)
        proxy.script("POST /fine_tuning/jobs$", None, error_answer(401, commit=False))
        stopped = run("move", "--to", "there", "--all", "--yes", "--json")
        assert stopped.status == 1
        assert stopped.document["counts"] == {"created": 1, "refused": 1, "new": 1}
        assert "2 jobs not moved" in stopped.err  # one was not even tried
        item, _untried = run("--profile", "there", "recover", "--json").document
        label = item["message"].rpartition("recover ")[2].split()[0]
        assert label.startswith("move-")
        single = ("--profile", "there", "recover", item["submission_id"], "create", "--yes")
        job = run(*single, "--json").document["job"]["id"]
        told = run("--profile", "there", "show", job, "--json").document
        assert told["labels"] == [label] and told["notes"].startswith("Moved from")
        command = ("--profile", "there", "recover", label, "create", "--yes", "--json")
        with _another_move() as fetched:
            busy = run(*command)
            assert (busy.status, fetched.exists()) == (1, True), busy.err
        done = run(*command)
        assert done.status == 0, done.err
        asked = [one["asked"].split()[0] for one in done.document["outcomes"]]
        assert asked == jobs and not fetched.exists()
        assert proxy.seen["POST /fine_tuning/jobs"] == 4
        assert run("--profile", "there", "recover", "--json").document == []
        assert run("move", "--to", "there", "--all", "--yes").status == 0


@contextmanager
def _another_move() -> Iterator[Path]:
    """One to the same place that is under way, and has fetched a file that it has yet to note."""
    session = Session.open(profile="there", environ=os.environ)
    try:
        with Moves(session).alone():
            receiving = MovedFiles.of(session.account).receiving("mark", "file-1", "a.jsonl")
            with receiving as (coming, keep):
                coming.write(b"{}\n")
                path = keep()
            yield path
    finally:
        session.close()


def _there() -> str:
    text = (config_folder() / "config.toml").read_text()
    return text.split('base_url = "')[1].split('"')[0]


def _put_before(base_url: str) -> None:
    path = config_folder() / "config.toml"
    path.write_text(path.read_text().replace(_there(), base_url))
