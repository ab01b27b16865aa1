"""`fttui create` on a server of one's own: its model where none is named, its price, its log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.service.serve.conftest import make_interpreter, make_model

from fttui.server import SandboxConfig, SandboxServer
from fttui.server.config import ServeConfig
from sandbox_key import SANDBOX_KEY
from waiting import wait_until


@pytest.fixture
def create(training_file: Path) -> tuple[object, ...]:
    """The arguments of a job without a model."""
    return ("create", "--training-file", training_file, "--yes", "--detach")


@contextmanager
def serving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *models: str, python: str = ""
) -> Iterator[SandboxServer]:
    (tmp_path / "models").mkdir(exist_ok=True)
    for name in models:
        make_model(tmp_path / "models", name)
    program = python or str(make_interpreter(tmp_path))
    config = SandboxConfig(
        data_dir=tmp_path / "data",
        api_key=SANDBOX_KEY,
        serve=ServeConfig(tmp_path / "models", program, tick=None),
    )
    with SandboxServer(config) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", SANDBOX_KEY)
        yield server


def test_the_only_model_of_a_server_is_taken_where_none_is_named_and_costs_nothing(
    run: Run, create, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path, monkeypatch, "lab/llama") as server:
        told = run(*create)
        assert (told.status, run("jobs", "--json").document[0]["model"]) == (0, "lab/llama")
        assert "nothing" in next(line for line in told.err.splitlines() if "Cost" in line)
        job = run("jobs", "--json").document[0]["id"]
        wait_until(
            lambda: server.turn() or run("show", job, "--json").document["status"] == "succeeded",
            "it was not trained",
        )
        # What was made of it is no second one to choose from.
        assert run(*create).status == 0
        assert run("jobs", "--json").document[0]["model"] == "lab/llama"


def test_of_several_models_none_is_taken_and_all_are_named(
    run: Run, create, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"m{number:02}" for number in range(22)]
    with serving(tmp_path, monkeypatch, *names):
        told = run(*create)
        assert told.status == 2
        assert "No model is named, and 127.0.0.1" in told.err
        assert "has 22." in told.err
        assert "Name one with --model: m00, m01," in told.err
        assert "m19 and 2 more." in told.err
        assert run("jobs", "--json").document == []
        assert run(*create, "--model", "m07").status == 0
        assert run("jobs", "--json").document[0]["model"] == "m07"


def test_a_default_that_the_server_has_goes_before_the_others(
    run: Run, create, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path, monkeypatch, "a", "gpt-3.5-turbo"):
        assert run(*create).status == 0
        assert run("jobs", "--json").document[0]["model"] == "gpt-3.5-turbo"


def test_a_price_of_ones_own_goes_before_the_servers_word(
    run: Run, create, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "fttui").mkdir()
    (tmp_path / "fttui" / "config.toml").write_text('[prices]\nas_of = "2026-11-22"\ntiny = 25\n')
    with serving(tmp_path, monkeypatch, "tiny"):
        told = run(*create)
    assert told.status == 0
    cost = next(line for line in told.err.splitlines() if "Cost" in line)
    assert "$" in cost and "nothing" not in cost


def test_a_server_that_is_not_there_is_told_and_not_the_model_that_it_would_have_named(
    run: Run, create, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "fttui").mkdir()
    (tmp_path / "fttui" / "config.toml").write_text(
        '[profiles.mine]\nbase_url = "http://127.0.0.1:9/v1"\ndefault_model = ""\n'
        'api_key = "none"\n'
    )
    told = run("--profile", "mine", *create)
    assert told.status == 1
    assert "127.0.0.1:9" in told.err
    assert "--model" not in told.err


def test_a_run_that_died_names_its_log(
    run: Run, create, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path, monkeypatch, "llama", python="/bin/false") as server:
        assert run(*create).status == 0
        job = run("jobs", "--json").document[0]["id"]
        wait_until(
            lambda: server.turn() or run("show", job, "--json").document["status"] == "failed",
            "it did not fail",
        )
        shown = " ".join(run("show", job).out.split())
        assert f"{tmp_path}/data/runs/{job}/log.txt" in shown.replace(" ", "")
        assert "support" not in shown.lower()
