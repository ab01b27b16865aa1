"""What travels to Ray with a job: the trainer, and the little program that starts it."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from . import EngineUnavailable

LAUNCHER = "launch.py"
_ALWAYS = (1980, 1, 1, 0, 0, 0)
"""The same bytes make the same package, which then need not be sent again."""


@dataclass(frozen=True)
class Package:
    """A zip file, under a name by what is in it."""

    name: str
    content: bytes

    @property
    def uri(self) -> str:
        """As a job's working_dir names it."""
        return f"gcs://{self.name}"


def make_package(trainer: Path) -> Package:
    """The trainer's folder and what starts it; raises EngineUnavailable if it is not there."""
    here = Path(__file__).parent
    files = {LAUNCHER: here / "ray_launch.py", "environment.py": here / "environment.py"}
    for path in sorted(trainer.rglob("*.py")):
        files[f"trainer/{path.relative_to(trainer).as_posix()}"] = path
    if not any(name.startswith("trainer/") for name in files):
        raise EngineUnavailable("The trainer is missing: install fttui again.")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            archive.writestr(zipfile.ZipInfo(name, _ALWAYS), path.read_bytes())
    content = target.getvalue()
    return Package(f"_ray_pkg_{hashlib.sha256(content).hexdigest()[:32]}.zip", content)
