"""The same on a true Ray cluster, where one can be started out of everybody's reach."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

_NAMED = os.environ.get("FTTUI_RAY")  # before the tests' own environment hides it
ROOT = Path(__file__).parents[3]
# Processes too: what Ray leaves behind ends with the namespace.
APART = ["unshare", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"]
if hasattr(os, "getuid") and os.getuid():
    APART.insert(1, "--map-root-user")


def _ray() -> str:
    """The program `ray`: FTTUI_RAY names it, else it is on the path."""
    program = shutil.which(_NAMED or "ray")
    if program is None:
        pytest.skip("there is no ray here; FTTUI_RAY may name its program")
    if shutil.which("unshare") is None or subprocess.run(
        [*APART, "true"], capture_output=True, check=False
    ).returncode:  # fmt: skip
        pytest.skip("no network namespace can be made here, and Ray is started in no other place")
    return program


@pytest.mark.ray
def test_jobs_train_on_a_true_ray_cluster() -> None:
    program = _ray()
    # Not under pytest's folder: Ray puts sockets there, whose paths must be short.
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        done = subprocess.run(
            [*APART, sys.executable, Path(__file__).with_name("real_ray.py"), program, folder],
            capture_output=True, text=True, check=False, timeout=600,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    print(json.dumps(seen, indent=1))
    assert seen["second_waits"] == ["queued", "PENDING"]
    assert seen["steps"] == seen["resumed_steps"] == [1, 2, 3, 4, 5, 6]
    assert seen["secrets"] == []
    assert seen["paused_in_ray"] == "paused"
    assert seen["cancelled"] == "STOPPED"
    assert "failed with exit code" in seen["death"] or "exit code" in seen["death"]
    assert seen["after_restart"] == "running"
    assert seen["ray_away"][0] == "running"
    assert "Ray cannot be reached" in seen["ray_away"][1]
    assert "Ray does not know the run any more" in seen["forgotten"]
    assert seen["after_ray_restart"] == "succeeded"
