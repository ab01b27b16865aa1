"""The recipes of the README do what they say, pasted as they stand into bash."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.cli.conftest import FTTUI

from fttui.server import SandboxConfig, SandboxServer
from sandbox_key import SANDBOX_KEY
from waiting import PATIENCE

README = (Path(__file__).parents[2] / "README.md").read_text()
PAGE = README.partition("### Cookbook")[2].partition("\n## ")[0]
RECIPES = {
    part.partition("**")[0]: re.findall(r"```sh\n(.*?)```", part, re.S)[0]
    for part in re.split(r"^\*\*", PAGE, flags=re.M)[1:]
}


def paste(recipe: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a recipe's lines and return what they wrote, all of it."""
    done = subprocess.run(
        ["bash", "-c", RECIPES[recipe]],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=4 * PATIENCE,
    )
    assert done.returncode == 0, (recipe, done.stdout)
    assert "Traceback" not in done.stdout
    return done.stdout


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, the commands on the path, and no endpoint yet."""
    path = f"{Path(FTTUI).parent}:{os.environ['PATH']}"
    return {**os.environ, "HOME": str(tmp_path), "PATH": path, "OPENAI_API_KEY": SANDBOX_KEY}


def test_the_recipes_run_one_after_the_other(tmp_path: Path, environment) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    other_key = "sk-of-the-endpoint-elsewhere"
    with (
        SandboxServer(SandboxConfig(api_key=SANDBOX_KEY, speed=3000)) as server,
        SandboxServer(SandboxConfig(api_key=other_key, speed=3000)) as other,
    ):
        environment |= {"OPENAI_BASE_URL": server.base_url}
        made = paste("Create a job in CI", folder, environment)
        assert "nothing was sent" in made and "ftjob-" in made.splitlines()[-1]
        asked = paste("Wait for it in a script", folder, environment)
        assert "succeeded" in asked
        paste("Export the metrics", folder, environment)
        (csv,) = (folder / "metrics").glob("*.csv")
        assert csv.read_text().startswith("step,")
        paste("Archive every night", folder, environment)
        assert (tmp_path / "fttui-archive/index.html").exists()
        assert paste("Cancel all that has not ended", folder, environment) == ""
        environment |= {
            "ELSEWHERE_BASE_URL": other.base_url,
            "ELSEWHERE_API_KEY": other.api_key,
        }
        assert "created" in paste("Move to another endpoint", folder, environment)


def test_what_goes_on_is_cancelled_and_nothing_else(tmp_path: Path, environment) -> None:
    with SandboxServer(SandboxConfig(api_key=SANDBOX_KEY, speed=0.001)) as server:
        environment |= {"OPENAI_BASE_URL": server.base_url}
        paste("Create a job in CI", tmp_path, environment)
        done = paste("Cancel all that has not ended", tmp_path, environment)
    assert done.count("- cancelled") == 1


def test_a_recipe_fails_where_the_list_that_it_begins_with_cannot_be_read(
    tmp_path: Path, environment
) -> None:
    environment |= {"OPENAI_BASE_URL": "http://nowhere.invalid/v1"}  # refused before any call
    for recipe in ("Cancel all that has not ended", "Export the metrics"):
        with pytest.raises(AssertionError, match="http"):
            paste(recipe, tmp_path, environment)


def test_the_night_has_none_of_the_variables_of_a_shell(tmp_path: Path) -> None:
    command = RECIPES["Archive every night"].partition("&&")[0].replace("archive", "--version #")
    (tmp_path / ".local/bin").mkdir(parents=True)
    (tmp_path / ".local/bin/fttui").symlink_to(FTTUI)
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
    found = subprocess.run(
        ["/bin/sh", "-c", command], env=environment, capture_output=True, timeout=PATIENCE
    )
    assert found.stdout.startswith(b"fttui ")


def test_every_recipe_is_tried() -> None:
    assert len(RECIPES) == PAGE.count("```sh")
