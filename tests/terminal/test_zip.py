"""From a zip file fttui looks and works as from a folder."""

import sys
import zipfile
from pathlib import Path

from tests.terminal.pty_harness import Terminal, plain_environment

import fttui

PACKAGE = Path(fttui.__file__).parent
MARK = "import os\nopen(os.environ['SERVED_FROM'], 'w').write(__file__)\n"
MAIN = "from fttui.cli import main\nraise SystemExit(main())\n"


def test_the_demo_runs_from_a_zip_file(tmp_path: Path) -> None:
    app = tmp_path / "fttui.pyz"
    with zipfile.ZipFile(app, "w") as zipped:
        for path in sorted(PACKAGE.rglob("*")):
            if path.suffix in {".py", ".tcss", ".toml"}:
                text = path.read_text()
                if path.name == "demo_server.py":  # or another fttui that is installed would do
                    text = text.replace("import os\n", MARK, 1)
                zipped.writestr(str(path.relative_to(PACKAGE.parent)), text)
        zipped.writestr("__main__.py", MAIN)
    served_from = tmp_path / "served-from"
    env = plain_environment(
        XDG_STATE_HOME=str(tmp_path), TMPDIR=str(tmp_path), SERVED_FROM=str(served_from)
    )
    with Terminal([sys.executable, str(app), "demo"], env=env, columns=120) as terminal:
        terminal.wait_for("Training file")
        assert "The terminal is too small" not in terminal.text  # the styles are there to hide it
        terminal.send("\x1bOR")
        terminal.wait_for("desk-v5")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    assert served_from.read_text().startswith(str(app))
