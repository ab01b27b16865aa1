"""Keys: taken from the right place, verified, kept privately and never shown."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from tests.cli.conftest import FTTUI, Result, Run, without_waits
from tests.terminal.pty_harness import Terminal, plain_environment

from fttui.server import SandboxServer
from fttui.services.endpoint.address import resolve_endpoint
from fttui.services.known_jobs import owner_of
from fttui.storage.last_lists import read_list, save_list
from fttui.storage.settings import load_settings, settings_path


@pytest.fixture
def key(server, environment, monkeypatch) -> str:
    """The sandbox's key, which is not in the environment any more."""
    monkeypatch.delenv("OPENAI_API_KEY")
    return server.api_key


def key_files(home: Path) -> list[Path]:
    return list((home / "state" / "fttui" / "keys").glob("*"))


def shown(result: Result) -> str:
    return result.out + result.err


def test_a_key_on_stdin_is_verified_kept_and_used(
    spawn: Run, run: Run, key: str, fttui_home: Path
) -> None:
    result = spawn("login", "--where", "file", "--json", stdin=f"  {key}\n")
    assert result.status == 0
    assert result.document["verified"] is True
    assert result.document["key"] == f"sk-…{key[-4:]}"
    assert key not in shown(result)
    (path,) = key_files(fttui_home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("jobs", "--limit", "1").status == 0
    assert run("logout", "--json").document["removed_from"]
    assert key_files(fttui_home) == []
    assert run("jobs", "--limit", "1").status == 2


def test_logout_forgets_the_last_known_lists_of_its_server_alone(
    run: Run, key: str, server: SandboxServer
) -> None:
    owner = owner_of(resolve_endpoint(load_settings(settings_path()), os.environ), "0123abcd")
    assert owner.base_url == server.base_url
    other = replace(owner, server="other.example", base_url="https://other.example/v1")
    for each in (owner, other):
        save_list(each, [{"id": "ftjob-1"}], 1_790_000_000.0)
    assert run("logout").status == 0
    assert read_list(owner) is None and read_list(other) is not None


def test_logout_tells_of_a_list_that_it_could_not_remove(
    run: Run, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = owner_of(resolve_endpoint(load_settings(settings_path()), os.environ), "0123abcd")
    for each in (owner, replace(owner, account="4567abcd")):
        save_list(each, [{"id": "ftjob-1"}], 1_790_000_000.0)

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name.startswith("0123"):
            raise OSError(errno.EROFS, "read-only")
        os.unlink(path)

    monkeypatch.setattr(Path, "unlink", refuse)
    done = run("logout")
    assert done.status == 1
    assert done.err.count("a list of jobs, could not be removed. Delete it.") == 1
    assert read_list(owner) is not None


def test_a_wrong_key_is_not_kept(spawn: Run, key: str, fttui_home: Path) -> None:
    wrong = "sk-wrong-but-long-enough"
    result = spawn("login", "--where", "file", stdin=wrong)
    assert result.status == 1
    assert "not kept" in result.err
    assert wrong not in shown(result)
    assert key_files(fttui_home) == []


def test_a_key_that_could_not_be_verified_is_kept_and_said_to_be_unverified(
    spawn: Run, key: str, fttui_home: Path
) -> None:
    result = spawn(
        "login", "--where", "file", "--json", stdin=key, OPENAI_BASE_URL="http://127.0.0.1:1/v1"
    )
    assert result.status == 0
    assert result.document["verified"] is None
    assert len(key_files(fttui_home)) == 1


@pytest.mark.parametrize("text", ["", "   ", "sk-…", "two keys", "sk-admin-abcdefghijklmnop"])
def test_what_cannot_be_a_key_is_bad_usage(spawn: Run, key: str, text: str) -> None:
    result = spawn("login", "--where", "file", stdin=text)
    assert result.status == 2
    assert "key on stdin" in result.err


def test_a_typed_key_is_not_echoed(server, key: str, fttui_home: Path) -> None:
    env = plain_environment(
        OPENAI_BASE_URL=server.base_url,
        XDG_STATE_HOME=str(fttui_home / "state"),
        XDG_CONFIG_HOME=str(fttui_home / "config"),
    )
    with Terminal([FTTUI, "login", "--where", "file"], env=env) as terminal:
        terminal.wait_for("it is not shown")
        terminal.send(f"{key}\r")
        assert terminal.wait_exit() == 0
        assert key not in terminal.text
    assert len(key_files(fttui_home)) == 1


def test_a_key_file_is_taken_when_only_its_owner_can_read_it(
    run: Run, key: str, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    path.write_text(key)
    path.chmod(0o600)
    assert run("jobs", "--limit", "1", "--api-key-file", path).status == 0
    path.chmod(0o644)
    result = run("--api-key-file", path, "jobs")
    assert result.status == 2
    assert "chmod 600" in result.err


def test_a_key_that_the_endpoint_refuses_is_not_repeated(
    run: Run, environment, monkeypatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-but-long-enough")
    result = run("jobs", "--json")
    assert result.status == 1
    assert result.document["error"]["status"] == 401
    assert "wrong-but" not in shown(result)


def test_profiles_are_listed_shown_and_verified(
    run: Run, server, fttui_home: Path, monkeypatch
) -> None:
    settings = fttui_home / "config" / "fttui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        f'colour = 1\n[profiles.lab]\nbase_url = "{server.base_url}"\napi_key_env = "LAB_KEY"\n'
    )
    monkeypatch.setenv("LAB_KEY", server.api_key)
    result = run("profiles", "--json")
    assert "'colour'" in result.err
    assert [(p["name"], p["used"]) for p in result.document] == [("openai", True), ("lab", False)]
    assert "* openai" in run("profiles", "list").out
    assert "* lab" in run("profiles", "--profile", "lab").out

    told = run("profiles", "show", "lab", "--json").document
    assert (told["key"], told["base_url_from"]) == (f"sk-…{server.api_key[-4:]}", "profile lab")
    verified = run("profiles", "verify", "lab", "--json")
    assert (verified.status, verified.document["verified"]) == (0, True)
    monkeypatch.setenv("LAB_KEY", "sk-wrong-but-long-enough")
    wrong = run("profiles", "verify", "lab", "--json")
    assert (wrong.status, wrong.document["verified"]) == (1, False)
    assert run("jobs", "--profile", "nonesuch").status == 2


def test_settings_that_cannot_be_used_are_bad_configuration(run: Run, tmp_path: Path) -> None:
    broken = tmp_path / "config.toml"
    broken.write_text("profile = 3\n")
    assert run("jobs", "--config", tmp_path / "nonesuch").status == 2
    for arguments in (("jobs",), ("profiles",), ("login",)):
        result = run(*arguments, "--config", broken)
        assert result.status == 2
        assert "config.toml" in result.err


def test_the_doctor_finds_everything_well(run: Run, server) -> None:
    result = run("doctor", "--json")
    assert result.status == 0
    found = {finding["name"]: finding for finding in result.document["findings"]}
    assert {"versions", "terminal", "clipboard", "state", "journal", "endpoint", "key"} <= set(
        found
    )
    assert server.base_url.split("/")[2] in found["endpoint"]["message"]
    assert found["key"]["message"].startswith(f"sk-…{server.api_key[-4:]}")
    assert server.api_key not in result.out
    assert found["verified"]["state"] == "ok"


@pytest.mark.parametrize("spoil", ["a file in its place", "open to all", "full disk"])
def test_the_doctor_calls_a_state_folder_that_cannot_be_used_a_problem(
    run: Run, spawn: Run, fttui_home: Path, spoil: str
) -> None:
    assert run("doctor", "--offline").status == 0
    state = fttui_home / "state" / "fttui"
    if spoil == "a file in its place":
        shutil.rmtree(state)
        state.write_text("")
        result = run("doctor", "--offline", "--json")
    elif spoil == "open to all":
        state.chmod(0o777)
        result = run("doctor", "--offline", "--json")
    else:
        script = f"ulimit -f 0; exec {FTTUI} doctor --offline --json"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
        result = Result(done.returncode, done.stdout, without_waits(done.stderr))
    assert result.status == 1
    found = {finding["name"]: finding for finding in result.document["findings"]}
    assert found["state"]["state"] == "problem"
    assert "no job can be recorded" in found["state"]["message"]
    assert found["key"]["state"] == "ok"


class BrokenRing(KeyringBackend):
    """A keyring whose service has gone."""

    priority = 5.0  # type: ignore[assignment]

    def get_password(self, *_: str) -> str | None:
        raise RuntimeError

    set_password = delete_password = get_password  # type: ignore[assignment]


def test_a_keyring_that_fails_is_told_by_login_logout_and_all_that_need_a_key(
    run: Run, key: str, fttui_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "get_keyring", BrokenRing)
    result = run("jobs")
    assert result.status == 2
    assert "The keyring cannot be read: it answered RuntimeError" in result.err
    path = tmp_path / "key"
    path.write_text(key)
    path.chmod(0o600)
    kept = run("login", "--api-key-file", path, "--no-verify")
    assert kept.status == 0 and "The keyring cannot be used: it answered RuntimeError." in kept.err
    assert len(key_files(fttui_home)) == 1
    refused = run("login", "--api-key-file", path, "--no-verify", "--where", "keyring")
    assert refused.status == 1 and "`--where file` keeps it" in refused.err
    forgotten = run("logout", "--json")
    assert forgotten.status == 1 and "may still be in it" in forgotten.err
    assert len(forgotten.document["removed_from"]) == 1
    again = run("logout")
    assert again.status == 1 and "No key was kept" not in again.err


def test_the_doctor_names_what_is_wrong_and_looks_at_the_rest(
    run: Run, key: str, fttui_home: Path
) -> None:
    state = fttui_home / "state"
    state.mkdir(parents=True)
    (state / "fttui").write_text("a file where a folder should be")
    result = run("doctor", "--offline")
    assert result.status == 1
    assert "problem: none found" in result.err + result.out
    assert "fttui cannot be used" in result.out
    assert "clipboard" in result.out
