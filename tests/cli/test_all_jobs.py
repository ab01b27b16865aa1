"""`fttui jobs --all-profiles`: one list, whatever becomes of one of the endpoints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from endpoints import keys_of, sandboxes, write_profiles
from faults.proxy import HTML, Fault, FaultProxy, error_answer
from fttui.cli import all_jobs, main

LIST = "GET /fine_tuning/jobs"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """The profiles "one", and "two" behind the proxy."""
    for name, key in keys_of(["one", "two"]).items():
        monkeypatch.setenv(name, key)
    with ExitStack() as stack:
        servers = stack.enter_context(sandboxes("one", "two"))
        proxy = stack.enter_context(FaultProxy(servers["two"].base_url))
        folder = tmp_path / "home" / "config" / "fttui"
        folder.mkdir(parents=True)
        urls = {"one": servers["one"].base_url, "two": proxy.base_url}
        write_profiles(folder / "config.toml", urls)
        yield proxy


def run(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    status = main(["jobs", "--all-profiles", *options])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_all_jobs_stand_in_one_list_each_with_its_endpoint(
    places: FaultProxy, capsys: pytest.CaptureFixture[str]
):
    status, out, _err = run(capsys, "--json")
    assert status == 0
    jobs = json.loads(out)
    assert {job["profile"] for job in jobs} == {"one", "two"}
    assert {job["base_url"] for job in jobs if job["profile"] == "two"} == {places.base_url}
    ids = [job["id"] for job in jobs]
    assert len(ids) == 2 * len(set(ids)), "the same id at two endpoints is two jobs"
    times = [job["created_at"] for job in jobs]
    assert times == sorted(times, reverse=True)
    status, out, _err = run(capsys, "endpoint:two", "--limit", "3", "--color", "never")
    assert "ENDPOINT" in out.splitlines()[0]
    assert [line.split()[2] for line in out.splitlines()[1:]] == ["two"] * 3


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("reset", commit=False), "two: "),
        (error_answer(401, commit=False, message="wrong key"), "two: "),
        (Fault("answer", False, 200, HTML, (("content-type", "text/html"),)), "two: "),
        (Fault("hang", commit=False), "has told nothing for"),
        (Fault("hang", commit=False), "has not ended within"),
    ],
    ids=["dead", "401", "html", "silent", "endless"],
)
def test_an_endpoint_in_trouble_is_told_and_hides_no_other(
    places: FaultProxy,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    said: str,
):
    monkeypatch.setattr(all_jobs, "PATIENCE", 1.5)
    monkeypatch.setattr(all_jobs, "LONGEST", 1.5 if "ended" in said else 300.0)
    places.always("GET /", fault)
    status, out, err = run(capsys, "--json")
    assert status == 1
    jobs = json.loads(out)
    assert jobs and {job["profile"] for job in jobs} == {"one"}
    assert said in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--all-profiles", "files"], "works at one endpoint"),
        (["jobs", "--all-profiles", "--ids"], "of one endpoint"),
        (["jobs", "--all-profiles", "--archive", "x"], "names one archive"),
    ],
)
def test_what_works_at_one_endpoint_alone_says_so(
    places: FaultProxy, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
):
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
