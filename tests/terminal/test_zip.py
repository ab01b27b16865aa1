"""From a zip file fttui looks and works as from a folder."""

import sys
import zipfile
from pathlib import Path

from tests.terminal.pty_harness import Terminal, plain_environment

import fttui

PACKAGE = Path(fttui.__file__).parent
MAIN = "from fttui.cli import main\nraise SystemExit(main())\n"


def test_the_demo_runs_from_a_zip_file(tmp_path: Path) -> None:
    app = tmp_path / "fttui.pyz"
    with zipfile.ZipFile(app, "w") as zipped:
        for path in sorted(PACKAGE.rglob("*")):
            if path.suffix in {".py", ".tcss"}:
                zipped.write(path, path.relative_to(PACKAGE.parent))
        zipped.writestr("__main__.py", MAIN)
    env = plain_environment(XDG_STATE_HOME=str(tmp_path), TMPDIR=str(tmp_path))
    with Terminal([sys.executable, str(app), "demo"], env=env, columns=120) as terminal:
        terminal.wait_for("Training file")
        assert "The terminal is too small" not in terminal.text  # the styles are there to hide it
        terminal.send("\x1bOR")
        terminal.wait_for("desk-v5")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
