"""`fttui --archive DIR`: commands that read work with the endpoint gone, others are refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import FTTUI, Run
from tests.terminal.pty_harness import Terminal, plain_environment

from archive_folder import HOST, LABEL, RESULT, job, write_archive, write_head
from waiting import wait_until

READ_ONLY = "This is an archive: it can be read, not changed.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "archive")


@pytest.fixture(autouse=True)
def gone(environment: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The endpoint is gone, but everything is still set for it."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-the-users-own-key-000000")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-the-users")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: the-users")


def test_jobs_and_what_is_known_of_them_are_read(run: Run, folder: Path, tmp_path: Path) -> None:
    def read(*arguments: object) -> str:
        result = run("--archive", folder, *arguments)
        assert (result.status, result.err) == (0, "")
        return result.out

    ids = [one["id"] for one in json.loads(read("jobs", "--json"))]
    assert ids == ["ftjob-0003", "ftjob-0002", "ftjob-0001"]
    assert "ft:gpt-4.1-mini:org:desk1:x" in read("show", "ftjob-0001")
    assert "Step 5/5" in read("events", "ftjob-0001")
    assert "step-2" in read("checkpoints", "ftjob-0001")
    assert read("metrics", "--csv", "ftjob-0001").startswith("step,")
    assert "file-train.jsonl" in read("files")
    assert "file-result.csv" in read("files", "show", "file-result")
    assert "ft:gpt-4.1-mini" in read("models")
    assert "Nothing is left open" in run("--archive", folder, "recover").err
    target = tmp_path / "copy.csv"
    assert run("--archive", folder, "files", "download", "file-result", "-o", target).status == 0
    assert target.read_text() == RESULT


def test_a_profile_may_be_an_archive_whatever_is_set_for_endpoints(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'profile = "old"\n[profiles.old]\narchive = "{folder}"\n')
    assert len(run("--config", config, "jobs", "--json").document) == 3
    assert run("--config", config, "--profile", "openai", "jobs").status != 0
    shown = run("--config", config, "profiles")
    assert f"* old     {LABEL}" in shown.out
    document = run("--config", config, "profiles", "show", "--json").document
    assert (document["archive"], document["connection"]) == (str(folder), [LABEL])
    assert document["key"] is document["base_url"] is document["organization"] is None
    login = run("--config", config, "login")
    assert (login.status, login.err) == (2, "Profile old is an archive, which takes no key.\n")


def test_doctor_names_the_archive_in_the_place_of_the_endpoint(run: Run, folder: Path) -> None:
    (folder / "jobs.jsonl").write_text((folder / "jobs.jsonl").read_text() + "broken\n")
    result = run("--archive", folder, "doctor")
    assert f"{LABEL} (from the folder {folder})" in result.out.replace("\n", "")
    assert "1 line of jobs.jsonl in this archive cannot be read." in result.out
    assert "The archive can be read." in result.out
    assert "127.0.0.1" not in result.out
    assert "the-users" not in result.out


def test_the_archive_that_is_read_is_the_one_that_is_told_of(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    link = tmp_path / "by-another-name"
    link.symlink_to(folder)
    elsewhere = json.loads(run("--archive", link, "retire", "--json").out)
    assert elsewhere["models"] == []  # dates of OpenAI's are none of another host's
    index = folder / "index.json"
    index.write_text(index.read_text().replace(HOST, "api.openai.com"))
    found = json.loads(run("--archive", link, "retire", "--json").out)
    assert found["archive"] == {"folder": str(folder), "saved": "2026-11-26"}
    assert {one["archived"] for one in found["models"] if one["jobs"]} == {True}
    text = " ".join(run("--archive", folder, "doctor").out.split())
    assert f"archive {folder}, saved 2026-11-26" in text
    (folder / "index.json").unlink()
    text = " ".join(run("--archive", folder, "doctor").out.split())
    assert f"archive {folder}, not finished" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "--training-file", "nothing.jsonl"),
        ("cancel", "ftjob-0003"),
        ("pause", "ftjob-0003"),
        ("resume", "ftjob-0003"),
        ("files", "upload", "nothing.jsonl"),
        ("files", "delete", "file-train"),
        ("recover", "abc", "resume"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_a_change_is_refused_before_anything_else(
    run: Run, folder: Path, fttui_home: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str]
) -> None:
    monkeypatch.setattr("fttui.cli.opened_archive.served_archive", None)
    result = run("--archive", folder, *arguments)
    assert (result.status, result.out, result.err) == (1, "", READ_ONLY)
    assert not list(fttui_home.rglob("journal*"))


def test_watching_a_job_that_ran_when_it_was_saved_ends_with_a_sentence(
    run: Run, folder: Path
) -> None:
    result = run("--archive", folder, "watch", "ftjob-0003", "ftjob-0001", "nope")
    assert result.status == 1
    assert "ftjob-0003 was running when it was saved." in result.err
    assert "nope is no longer watched." in result.err
    assert "succeeded" in result.out
    assert run("--archive", folder, "watch", "ftjob-0001").status == 0
    followed = run("--archive", folder, "events", "--follow", "ftjob-0003")
    assert (followed.status, len(followed.out.splitlines())) == (0, 5)
    assert "was running when it was saved." in followed.err


def test_a_failure_names_the_archive_and_the_reason(run: Run, folder: Path) -> None:
    result = run("--archive", folder, "files", "download", "file-gone")
    assert result.status == 1
    assert result.err.startswith(f"{LABEL}: The archive does not have the content of file-gone: It")


def test_what_is_not_sound_is_told(run: Run, folder: Path) -> None:
    write_head(folder, version=7)
    (folder / "files.jsonl").write_text("[]\n7\n")
    (folder / "models.jsonl").unlink()
    (folder / "unfinished.json").write_text("{}")
    with (folder / "jobs/ftjob-0001/events.jsonl").open("a") as target:
        target.write("broken")
    result = run("--archive", folder, "events", "ftjob-0001")
    assert (result.status, len(result.out.splitlines())) == (0, 5)
    assert "This archive is of version 7, but this fttui knows version 1" in result.err
    assert "2 lines of files.jsonl in this archive cannot be read." in result.err
    assert "has not ended, so some of it may be missing" in result.err
    assert "models.jsonl is missing" not in result.err  # as long as a run has not ended
    assert "Warning: 1 of the lines of jobs/ftjob-0001/events.jsonl could not be" in result.err
    (folder / "unfinished.json").unlink()
    (folder / "index.json").write_text("{")
    result = run("--archive", folder, "jobs")
    assert "models.jsonl is missing from this archive." in result.err
    assert "index.json of this archive is missing, or is not that of an archive." in result.err


def test_a_folder_that_is_no_archive_is_refused(run: Run, tmp_path: Path) -> None:
    result = run("--archive", tmp_path, "jobs")
    assert (result.status, result.out) == (2, "")
    sentence = f"{tmp_path} is not an archive: it has no index.json.\n"
    assert result.err.startswith(sentence)
    assert run("archive", "verify", tmp_path).err == result.err
    assert run("--archive", tmp_path / "nothing", "jobs").status == 2


@pytest.mark.parametrize(
    "arguments",
    [("--profile", "openai", "jobs"), ("--api-key-file", "k", "jobs"), ("login",), ("logout",)],
)
def test_an_archive_is_named_beside_nothing_that_is_an_endpoints(
    run: Run, folder: Path, arguments: tuple[str]
) -> None:
    result = run("--archive", folder, *arguments)
    assert (result.status, result.out) == (2, "")
    assert "archive" in result.err


@pytest.mark.parametrize(
    "command",
    [
        "demo",
        "sandbox",
        "serve",
        "check",
        "login",
        "logout",
        "archive verify",
        "profiles",
        "profiles show",
    ],
)
def test_an_archive_is_not_named_where_it_would_mean_nothing(
    run: Run, folder: Path, tmp_path: Path, command: str
) -> None:
    rest = [tmp_path] if command in ("check", "archive verify") else []
    rest = ["--models", tmp_path] if command == "serve" else rest
    for arguments in (
        ["--archive", folder, *command.split(), *rest],
        [*command.split(), *rest, "--archive", folder],
    ):
        result = run(*arguments)
        assert (result.status, result.out) == (2, "")
        assert f"`{command.removesuffix(' show')}`" in result.err
        assert "--archive" in result.err
    assert run("--archive", folder, *command.split(), "--help").status == 0


def test_nothing_of_the_folder_it_is_started_in_is_run(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("uvicorn", "starlette", "orjson", "sitecustomize"):
        (folder / f"{name}.py").write_text("open('was-run', 'w')\nraise SystemExit")
    monkeypatch.chdir(folder)
    assert len(run("--archive", ".", "jobs", "--json").document) == 3
    assert not (folder / "was-run").exists()


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_the_app_opens_on_the_jobs_and_its_server_ends_when_it_is_killed(
    folder: Path, tmp_path: Path
) -> None:
    env = plain_environment(XDG_STATE_HOME=str(tmp_path / "s"), XDG_CONFIG_HOME=str(tmp_path / "c"))
    with Terminal([FTTUI, "--archive", str(folder)], env=env, columns=120) as terminal:
        terminal.wait_for("ftjob-0003")
        terminal.wait_for(LABEL)
        assert "127.0.0.1" not in terminal.text
        (child,) = children_of(terminal.process.pid)
        assert runs(child)
        os.kill(terminal.process.pid, signal.SIGKILL)
        terminal.wait_exit()
    wait_until(lambda: not runs(child), "the server outlived the app")


def test_a_server_that_had_ended_early_is_told(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = subprocess.Popen

    def ended(command: list[str], **options: object) -> subprocess.Popen[bytes]:
        process = real([sys.executable, "-c", "import sys; sys.exit('out of order')"], **options)  # type: ignore[call-overload]
        process.wait()
        return process  # type: ignore[no-any-return]

    monkeypatch.setattr("fttui.cli.embedded.subprocess.Popen", ended)
    result = run("--archive", folder, "jobs")
    assert result.status == 1
    assert "The server of the archive had ended early (status 1): out of order" in result.err


def test_a_decoded_content_that_is_smaller_than_the_endpoints_is_written(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    entries = [json.loads(line) for line in (folder / "files.jsonl").read_text().splitlines()]
    entries[0]["record"]["bytes"] = 4000
    (folder / "files.jsonl").write_text("".join(json.dumps(one) + "\n" for one in entries))
    result = run("--archive", folder, "files", "download", "file-result", "-o", tmp_path / "copy")
    assert result.status == 0
    assert (tmp_path / "copy").read_text() == RESULT
    assert job(1)["result_files"] == ["file-result"]
