"""What is handed out: the sources, the wheel made of them, and what is installed from it."""

from __future__ import annotations

import email
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import fttui
from terminal.pty_harness import Terminal, plain_environment
from unit.training_data.training_samples import CHAT, many, write
from waiting import PATIENCE

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "fttui"
NOT_IN_WHEEL = {".py", ".pyc", ".po", ".mo"}


def build(kind: str, folder: Path, target: Path) -> Path:
    """Build as any frontend does, but with what is installed here, so without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=PATIENCE)
    return next(target.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of sources."""
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made of the archive alone."""
    folder = tmp_path_factory.mktemp("sources")
    with tarfile.open(sources) as archive:
        archive.extractall(folder, filter="data")
    return build("wheel", folder / f"fttui-{fttui.__version__}", folder)


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """`fttui`, installed from the wheel into an environment that sees this one's packages."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True, with_pip=False)
    python = folder / "bin" / "python"
    library = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    here = sysconfig.get_path("purelib")
    (library / "others.pth").write_text(
        f"{here}\n"
    )  # its .pth files, ours among them, are not read
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(library)
    entry = "from fttui.cli import main\nraise SystemExit(main())\n"
    script = folder / "bin" / "fttui"
    script.write_text(f"#!{python}\n{entry}")
    script.chmod(0o755)
    yield script
    shutil.rmtree(folder)


def ran(command: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """One command outside the checkout."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | environ
    return subprocess.run(
        [str(command), *arguments],
        cwd=command.parents[1],
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_the_wheel_holds_the_program_its_data_and_its_licence_and_nothing_else(wheel: Path) -> None:
    info = f"fttui-{fttui.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        told = email.message_from_bytes(packed.read(f"{info}/METADATA"))
        assert packed.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
        assert b"fttui = fttui.cli:main" in packed.read(f"{info}/entry_points.txt")
    paths = [path for path in PACKAGE.rglob("*") if path.is_file()]
    data = {path for path in paths if path.suffix not in NOT_IN_WHEEL}
    catalogues = {path.with_suffix(".mo") for path in PACKAGE.rglob("*.po")}
    programs = {path for path in paths if path.suffix == ".py"}
    wanted = {path.relative_to(ROOT / "src").as_posix() for path in data | catalogues | programs}
    assert {name for name in names if name.startswith("fttui/")} == wanted
    manual = f"fttui-{fttui.__version__}.data/data/share/man/man1/fttui.1"
    assert {name for name in names if not name.startswith(("fttui/", info))} == {manual}
    assert told["Version"] == fttui.__version__ and told["License-Expression"] == "MIT"
    assert "Development Status :: 5 - Production/Stable" in told.get_all("Classifier")
    assert "Project-URL" not in told and "# fttui" in str(told.get_payload())


def test_the_sources_hold_what_is_needed_to_build_and_to_test(sources: Path) -> None:
    with tarfile.open(sources) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml", "hatch_build.py"} <= names
    assert {"tests/test_release.py", "CONTRIBUTING.md", "translations/update.py"} <= names
    assert not any(name.startswith(("screenshots/", ".venv", ".git/")) for name in names)


def test_the_installed_program_checks_serves_lists_and_speaks_french(
    command: Path, tmp_path: Path
) -> None:
    assert ran(command, "--version").stdout == f"fttui {fttui.__version__}\n"
    assert "affiche" in ran(command, "--help", LANGUAGE="fr").stdout
    path = write(tmp_path, many(CHAT, 12))
    report = json.loads(ran(command, "check", str(path), "--json").stdout)
    assert report["ok"] and report["tokens"]["total"] > 0
    served = subprocess.Popen(
        [str(command), "sandbox", "--json"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    try:
        assert served.stdout is not None
        place = json.loads(served.stdout.readline())
        at = {"OPENAI_BASE_URL": place["base_url"], "OPENAI_API_KEY": place["api_key"]}
        listed = ran(command, "jobs", "--json", **at)
        assert (listed.stdout.strip(), listed.stderr) == ("[]", "")
        model = json.loads(ran(command, "models", "--base", "--json", **at).stdout)
        assert model
    finally:
        served.send_signal(signal.SIGTERM)
        assert served.wait(PATIENCE) == 0
        served.stdout.close()  # type: ignore[union-attr]


def test_the_installed_demo_opens_and_is_left(command: Path, tmp_path: Path) -> None:
    env = plain_environment(XDG_STATE_HOME=str(tmp_path), TMPDIR=str(tmp_path))
    with Terminal([str(command), "demo"], env=env) as terminal:
        terminal.wait_for("Training file")
        terminal.send("\x1bOR")
        terminal.wait_for("desk-v5")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
