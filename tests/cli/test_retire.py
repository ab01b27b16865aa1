"""What is said on the command line of when models go, on a day that the test chooses."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from faults.proxy import Fault, FaultProxy, error_answer
from fttui.server import ManualClock, SandboxConfig, SandboxServer, fill_with_samples
from fttui.storage.archive.known import archive_folder
from fttui.storage.secrets import Secret
from sandbox_key import SANDBOX_KEY
from unit.training_data.training_samples import CHAT, many, write

TODAY = date(2026, 12, 20)
MODEL = "gpt-4.1-mini-2025-04-14"
CLOCKS = (
    "fttui.services.retirement_clock.local_today",
    "fttui.training_data.retirement.local_today",
)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    """A sandbox with the sample jobs and no others: jobs of one name have one another's models."""
    config = SandboxConfig(clock=ManualClock(time.time()), api_key=SANDBOX_KEY)
    with SandboxServer(config) as running:
        fill_with_samples(running)
        yield running


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    for clock in CLOCKS:
        monkeypatch.setattr(clock, lambda: TODAY)


@pytest.fixture
def proxy(server: SandboxServer, monkeypatch: pytest.MonkeyPatch, run: Run) -> Iterator[FaultProxy]:
    """Stands between the commands and the sandbox."""
    with FaultProxy(server.base_url) as proxy:
        monkeypatch.setenv("OPENAI_BASE_URL", proxy.base_url)
        yield proxy


def told(name: str, day: str) -> Fault:
    """The endpoint's list of models with one model that goes on `day`."""
    model = {"id": name, "object": "model", "created": 1, "owned_by": "x", "shutdown_date": day}
    body = json.dumps({"object": "list", "data": [model]}).encode()
    return Fault("answer", body=body)


def archive(server: SandboxServer, *ids: str) -> Path:
    """An archive of the sandbox's account that has these jobs."""
    host = server.base_url.split("/")[2]
    folder = archive_folder(host, Secret(server.api_key).fingerprint)
    (folder / "jobs").mkdir(parents=True, exist_ok=True)
    lines = []
    for number, one in enumerate(ids):
        (folder / f"jobs/job-{number}").mkdir(exist_ok=True)
        (folder / f"jobs/job-{number}/saved.json").write_text("{}")
        lines.append(json.dumps({"id": one, "folder": f"jobs/job-{number}", "record": {}}))
    (folder / "jobs.jsonl").write_text("\n".join(lines))
    (folder / "index.json").write_text('{\n"saved": "2026-12-01T13:00:00Z",\n')
    return folder


def test_what_goes_is_listed_soonest_first_with_what_made_it(run: Run) -> None:
    jobs = run("jobs", "--json").document
    found = run("retire", "--json").document
    days = [one["days_left"] for one in found["models"]]
    assert days == sorted(days)
    assert {one["days_left"] for one in found["models"] if MODEL in one["model"]} == {25}
    made = {job["fine_tuned_model"]: job for job in jobs if job["fine_tuned_model"]}
    assert made
    for one in found["models"]:
        if one["model"] in made:
            job = made[one["model"]]
            assert (one["jobs"], one["training_files"]) == ([job["id"]], [job["training_file"]])
            assert one["shutdown_date"] == job["shutdown_date"]
    assert found["archive"] is None
    assert {one["archived"] for one in found["models"] if one["jobs"]} == {False}


def test_it_begins_with_the_day_on_which_openai_takes_no_more_jobs(run: Run, monkeypatch) -> None:
    text = run("retire")
    assert text.status == 0
    assert text.out.startswith("OpenAI takes no new fine-tuning jobs from 2027-01-06, in 17 days.")
    assert "25 d" in text.out
    assert "`fttui archive` saves" in text.out
    monkeypatch.setattr(CLOCKS[0], lambda: date(2027, 1, 6))
    assert run("retire").out.startswith("OpenAI has taken no new fine-tuning jobs since 2027-01-06")


def test_an_endpoint_of_other_models_says_nothing_of_openai(run: Run, proxy: FaultProxy) -> None:
    proxy.always("GET /models", told("llama-3", "2027-03-01"))
    found = run("retire", "--json").document
    assert found["no_new_jobs_from"] is None
    assert "OpenAI" not in run("retire").out


def test_within_leaves_out_what_goes_later(run: Run) -> None:
    near = run("retire", "--within", "24", "--json").document["models"]
    assert all(one["days_left"] <= 24 for one in near)
    more = run("retire", "--within", "25", "--json").document["models"]
    assert {one["days_left"] for one in more} - {one["days_left"] for one in near} == {25}
    assert run("retire", "--within", "0").status == 2


def test_it_tells_what_is_archived(run: Run, server: SandboxServer) -> None:
    jobs = run("jobs", "--json").document
    models = [job["model"] for job in jobs]
    one = next(job for job in jobs if job["fine_tuned_model"] and models.count(job["model"]) > 1)
    folder = archive(server, one["id"])
    found = run("retire", "--json").document
    assert found["archive"] == {"folder": str(folder), "saved": "2026-12-01"}
    by_name = {each["model"]: each for each in found["models"]}
    assert by_name[one["fine_tuned_model"]]["archived"] is True
    assert by_name[one["model"]]["archived"] is False
    jobs_of = [job for job in jobs if job["model"] == one["model"]]
    text = run("retire").out
    assert f"begun with it  {len(jobs_of)} jobs, 1 archived\n" in text
    for block in (block_of(text, name) for name in by_name if name.startswith("ft:")):
        assert block.endswith("archived       yes") is (one["id"] in block)
    archive(server, *(job["id"] for job in jobs))
    text = run("retire").out
    assert f"All these jobs are archived in {folder}." in " ".join(text.split())
    assert "`fttui archive`" not in text


def test_what_to_use_instead_is_said_once_for_a_base_and_all_that_was_made_from_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CLOCKS[0], lambda: date(2026, 11, 14))
    text = " ".join(run("retire").out.split("What to do next")[1].split())
    models = {one["model"] for one in run("retire", "--json").document["models"]}
    assert sum(one.startswith("ft:gpt-3.5-turbo-0125:") for one in models) > 1
    assert text.count("gpt-3.5-turbo-0125: use ") == 1
    assert "ft:" not in text


def test_what_itself_goes_within_sixty_days_is_not_advised(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CLOCKS[0], lambda: date(2026, 11, 15))
    text = " ".join(run("retire").out.split("What to do next")[1].split())
    assert ": use " not in text
    assert "In place of gpt-3.5-turbo-0125, " in text
    assert "at another endpoint" in text
    models = run("retire", "--json").document["models"]
    assert {one["replacement"] for one in models} == {None}


def test_the_text_tells_all_of_each_model_soonest_first(run: Run) -> None:
    found = run("retire", "--json").document["models"]
    text = run("retire").out
    heads = [line for line in text.splitlines() if line.startswith("20")]
    assert [head.split()[-1] for head in heads] == [one["model"] for one in found]
    for head, one in zip(heads, found, strict=True):
        assert head.startswith(one["shutdown_date"])
        days = f" {one['days_left']} d  " if one["days_left"] >= 0 else " shut down  "
        assert days in head
        block = block_of(text, one["model"])
        if one["model"].startswith("ft:"):
            assert one["jobs"]
            assert f"job            {', '.join(one['jobs'])}\n" in block
            assert f"training file  {', '.join(one['training_files'])}\n" in block
    assert any("ckpt-step" in head for head in heads)


def block_of(text: str, model: str) -> str:
    """The lines that tell of one model."""
    after = text.split(f"  {model}\n", 1)[1].splitlines()
    count = next(at for at, line in enumerate(after) if not line.startswith("  "))
    return "\n".join(after[:count])


def test_without_a_list_of_models_no_date_of_openai_stands_for_another_host(
    run: Run, proxy: FaultProxy
) -> None:
    proxy.always("GET /models", error_answer(404, commit=False))
    found = run("retire", "--json")
    assert found.status == 0
    assert found.document["models"] == []
    assert "The models could not be listed" in found.err


def test_the_endpoints_own_date_is_shown_wherever_a_model_is(run: Run, proxy: FaultProxy) -> None:
    job = next(job for job in run("jobs", "--json").document if job["fine_tuned_model"])
    proxy.always("GET /models", told(job["fine_tuned_model"], "2026-12-24"))
    proxy.seen.clear()
    (own,) = (one for one in run("jobs", "--json").document if one["id"] == job["id"])
    assert own["shutdown_date"] == "2026-12-24"
    assert proxy.seen["GET /models"] == 1
    assert run("show", job["id"], "--json").document["shutdown_date"] == "2026-12-24"
    assert "2026-12-24, in 4 days" in run("show", job["id"]).out
    (line,) = (line for line in run("jobs").out.splitlines() if job["id"] in line)
    assert line.endswith(" 4 d")
    (served,) = (one for one in run("models", "--json").document if one["exists"])
    assert (served["shutdown_date"], served["days_left"]) == ("2026-12-24", 4)
    (row,) = (row for row in run("models").out.splitlines() if "✓ there" in row)
    assert row.split()[3:6] == ["2026-12-24", "4", "d"]
    (found,) = (
        one
        for one in run("retire", "--json").document["models"]
        if one["model"] == job["fine_tuned_model"]
    )
    assert (found["days_left"], found["source"]) == (4, "endpoint")


def test_jobs_are_listed_without_dates_of_openai_when_another_hosts_models_do_not_come(
    run: Run, proxy: FaultProxy
) -> None:
    proxy.always("GET /models", Fault("reset", commit=False))
    proxy.seen.clear()
    result = run("jobs")
    assert (result.status, result.err) == (0, "")
    assert proxy.seen["GET /models"] == 1
    assert " d\n" not in result.out and "shut down" not in result.out
    assert all(one["shutdown_date"] is None for one in run("jobs", "--json").document)
    proxy.calm()
    assert " 25 d" in run("jobs").out


def test_the_days_are_red_below_thirty_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[31m25 d\x1b[0m" in run("jobs", "--color", "always").out
    monkeypatch.setattr(CLOCKS[0], lambda: date(2026, 12, 15))
    painted = run("jobs", "--color", "always").out
    assert "30 d" in painted
    assert "\x1b[31m30 d" not in painted


def test_a_check_tells_when_its_model_goes(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, many(CHAT))
    args = ("check", path, "--no-tokens")
    assert f"{MODEL} shuts down on 2027-01-14, in 25 days" in run(*args, "--model", MODEL).out
    found = run(*args, "--model", MODEL, "--json").document
    assert (found["shutdown_date"], found["days_left"]) == ("2027-01-14", 25)
    assert run(*args, "--json").document["shutdown_date"] is None
    assert "shuts down" not in run(*args, "--model", "llama-3").out


def test_doctor_tells_of_the_archive(run: Run, server: SandboxServer) -> None:
    def finding() -> str:
        told = run("doctor", "--offline", "--json").document["findings"]
        return next(one["message"] for one in told if one["name"] == "archive")

    assert finding().startswith("none yet; `fttui archive`")
    folder = archive(server)
    assert finding() == f"{folder}, saved 2026-12-01"
    (folder / "index.json").unlink()
    assert "not finished" in finding()


def test_an_archive_that_was_saved_elsewhere_is_known(run: Run, tmp_path: Path) -> None:
    done = run("archive", "--to", tmp_path / "mine")
    assert done.status == 0
    found = run("retire", "--json").document
    assert found["archive"]["folder"] == str(tmp_path / "mine")
    assert {one["archived"] for one in found["models"] if one["jobs"]} == {True}
    told = run("doctor", "--offline", "--json").document["findings"]
    assert (
        str(tmp_path / "mine") in next(one for one in told if one["name"] == "archive")["message"]
    )


@pytest.mark.parametrize(("command", "ends"), [("models", ("2027-01-14", "25")), ("jobs", ("25",))])
def test_eighty_columns_show_the_days_that_are_left(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, ends: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run(command).out.splitlines()
    assert lines[0].endswith("DAYS LEFT")
    assert max(map(len, lines)) <= 80
    shown = [line for line in lines if "desk-v2:ga2TICc2" in line]
    assert [tuple(line.split()[-1 - len(ends) : -1]) for line in shown] == [ends]
