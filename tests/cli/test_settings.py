"""A settings file that is none, or not the user's alone, is told by whatever reads it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from unit.training_data.training_samples import CHAT, many, write

COMMANDS = [("jobs",), ("profiles",), ("logout",), ("check", "train.jsonl", "--no-tokens")]


@pytest.fixture
def config(fttui_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of the settings, in a folder of the user's own; a training file beside."""
    folder = fttui_home / "config" / "fttui"
    folder.mkdir(mode=0o700, parents=True)
    write(tmp_path, many(CHAT))
    monkeypatch.chdir(tmp_path)
    return folder / "config.toml"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipe_in_the_place_of_the_settings_hangs_nothing(
    run: Run, config: Path, command: tuple[str, ...]
) -> None:
    os.mkfifo(config)
    for named in ((), ("--config", config)):
        result = run(*command, *named)
        assert (result.status, result.out) == (2, "")
        assert f"{config} cannot be read: it is a named pipe" in result.err


@pytest.mark.parametrize("command", COMMANDS)
def test_a_price_that_is_none_is_told(run: Run, config: Path, command: tuple[str, ...]) -> None:
    config.write_text("[prices]\nm = nan\n")
    result = run(*command)
    assert (result.status, "prices.m must be a number" in result.err) == (2, True)


@pytest.mark.parametrize("command", COMMANDS[:3])
def test_settings_that_others_can_change_are_warned_of_where_a_key_is_used(
    run: Run, config: Path, command: tuple[str, ...]
) -> None:
    config.write_text("")
    config.chmod(0o666)
    result = run(*command)
    assert result.status == 0
    assert result.err.count("Warning: ") == 1
    assert f"chmod go-w {config}" in result.err


def test_doctor_tells_of_settings_that_others_can_change(run: Run, config: Path) -> None:
    config.write_text("")
    config.chmod(0o666)
    found = run("doctor", "--offline", "--json").document
    assert "can be changed by other users" in str(found)
