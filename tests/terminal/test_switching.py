"""Going to another profile on a real terminal: it stays the app's own from one to the other."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.terminal.pty_harness import Terminal
from tests.terminal.test_hostile_data import environment

from faults.proxy import FaultProxy
from fttui.server import SandboxServer, fill_with_samples

LEAVES, ENTERS = b"\x1b[?1049l", b"\x1b[?1049h"


def test_the_terminal_is_not_given_back_between_two_profiles_and_no_key_is_lost(
    sandbox: SandboxServer, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    count = fill_with_samples(sandbox)
    settings = tmp_path / "fttui" / "config.toml"
    settings.parent.mkdir()
    settings.write_text(
        f'[profiles.lab]\nbase_url = "{fault_proxy.base_url}"\napi_key_env = "LAB_KEY"\n'
    )
    env = environment(tmp_path, sandbox.base_url)
    env |= {"OPENAI_API_KEY": sandbox.api_key, "LAB_KEY": sandbox.api_key}
    with Terminal([sys.executable, "-m", "fttui"], env=env, cwd=tmp_path) as terminal:
        terminal.press("f1")  # help is there when the app takes keys
        terminal.wait_for("OPENAI_API_KEY -> ")
        terminal.press("escape")
        terminal.send(b"\x1bOR")
        terminal.wait_for(f"Jobs {count}")
        terminal.press("P")
        terminal.wait_for("lab")
        terminal.press("down", "down", "enter", "1", "x", "y", "z")
        terminal.wait_for("LAB_KEY -> ")
        terminal.wait_for("xyz")
        assert terminal.raw.count(LEAVES) == 0
        assert terminal.raw.count(ENTERS) <= 2  # the first frame, and the app
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        assert terminal.raw.count(LEAVES) == 1
        assert terminal.left_behind() == []
