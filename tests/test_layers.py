"""What each part of fttui pulls in, seen from inside a fresh interpreter and by a linter.

A linter does not see imports that are made while running; `sys.modules` does.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fttui.server import SandboxServer
from unit.training_data.training_samples import CHAT, many, write
from waiting import PATIENCE

ROOT = Path(__file__).parents[1]


def modules_after(code: str, **environ: str) -> set[str]:
    """The names in `sys.modules` after `code` has run in an interpreter of its own."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        check=True,
        timeout=PATIENCE,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def packages(names: set[str]) -> set[str]:
    """The top-level packages of `names`, and the parts of fttui among them."""
    parts = {".".join(name.split(".")[:2]) for name in names if name.startswith("fttui.")}
    return {name.partition(".")[0] for name in names} | parts


def command(*arguments: str) -> str:
    """Code that runs one command."""
    return f"from fttui.cli import main\nassert main({list(arguments)!r}) == 0"


def test_importing_fttui_imports_nothing_else() -> None:
    before = modules_after("")
    assert modules_after("import fttui") - before == {"fttui"}


def test_the_version_needs_no_other_part_of_fttui() -> None:
    loaded = modules_after(command("--version"))
    ours = {name for name in loaded if name.startswith("fttui")}
    guard = {"fttui.cli.guard", "fttui.cli.streams", "fttui.terminal", "fttui.terminal.signals"}
    guard |= {"fttui.terminal.language", "fttui.terminal.catalogues"}
    assert ours == {"fttui", "fttui.cli"} | guard
    assert not packages(loaded) & {"textual", "openai", "asyncio", "argparse"}


def test_help_loads_neither_textual_nor_openai_nor_the_sandbox() -> None:
    code = "from fttui.cli.program import build_parser\nbuild_parser().format_help()"
    loaded = packages(modules_after(code))
    assert not loaded & {"textual", "rich", "openai", "starlette", "sqlite3", "fttui.server"}


@pytest.mark.parametrize("arguments", [("jobs",), ("recover",)])
def test_a_command_that_asks_the_endpoint_loads_no_textual(
    arguments: tuple[str, ...], sandbox: SandboxServer
) -> None:
    loaded = packages(
        modules_after(
            command(*arguments), OPENAI_BASE_URL=sandbox.base_url, OPENAI_API_KEY=sandbox.api_key
        )
    )
    assert not loaded & {"textual", "rich", "pyperclip", "starlette", "uvicorn", "fttui.server"}
    # What decides is that the commands need not wait for what they do not use.
    assert ("httpx2" in loaded) == (arguments == ("jobs",))
    assert "openai" not in loaded


def test_opening_a_session_loads_no_openai_before_the_first_call() -> None:
    code = "from fttui.services.session import Session\nSession.open(environ={}).close()"
    assert not packages(modules_after(code)) & {"openai", "httpx2", "textual"}


def test_importing_the_app_loads_no_openai() -> None:
    loaded = packages(modules_after("import fttui.interface.app, fttui.interface.app"))
    assert "textual" in loaded
    assert not loaded & {"openai", "httpx2", "fttui.server", "fttui.cli"}


LATER = {
    *("fttui.interface.jobs", "fttui.interface.screens", "fttui.interface.actions.job_feed"),
    *("fttui.services.submission", "fttui.services.watching", "fttui.services.endpoint.transport"),
    *("fttui.services.endpoint.models", "fttui.training_data.models", "fttui.storage.journal"),
    *("fttui.terminal.clipboard", "urllib.request", "http", "email", "sqlite3", "openai"),
}
"""What the first screen shows nothing of."""


def test_before_the_first_screen_nothing_is_loaded_that_it_does_not_show() -> None:
    code = """
import asyncio, os
from fttui.services.session import Session
from fttui.interface.app import OpenAIInterfaceFT
session = Session.open(environ=os.environ)
app = OpenAIInterfaceFT(session)
app._begin = app.exit
asyncio.run(app.run_async(headless=True, size=(80, 24)))
session.close()
"""
    environ = {"OPENAI_API_KEY": "sk-test-0123456789", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    loaded = modules_after(code, **environ)
    assert "fttui.interface.create.pane" in loaded
    early = {name for name in loaded if any(f"{name}.".startswith(f"{each}.") for each in LATER)}
    assert not early


def test_the_first_frame_is_there_before_textual() -> None:
    loaded = packages(modules_after("import fttui.interface.first_frame, fttui.cli.app"))
    assert not loaded & {"textual", "rich", "openai"}


def test_the_sandbox_loads_no_other_part_of_fttui() -> None:
    code = "import fttui.server.server, fttui.server.samples.jobs"
    loaded = {name for name in modules_after(code) if name.startswith("fttui.")}
    assert loaded
    assert all(name.startswith("fttui.server") for name in loaded)


def test_checking_a_file_loads_no_openai_and_no_textual() -> None:
    loaded = packages(modules_after("import fttui.training_data.check"))
    assert not loaded & {"openai", "textual", "fttui.services", "fttui.storage"}


def test_a_good_file_is_checked_without_what_tells_faults_and_foreign_formats(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, many(CHAT))
    loaded = modules_after(command("check", str(path), "--no-tokens"))
    assert "fttui.training_data.block" in loaded
    late = ("faults.diagnosis", "foreign.recogniser", "tables", "containers", "exact")
    assert not {f"fttui.training_data.{name}" for name in late} & loaded


def test_the_contracts_of_the_layers_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter belongs to the dependency group `lint`")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_only_one_place_moves_the_focus() -> None:
    """`focus()` acts when other keys may have come, `blur()` lets Textual choose."""
    for path in sorted((ROOT / "src/fttui/interface").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in {"focus", "blur"}, f"{path.name}:{node.lineno}"
