"""The demo's sandbox, in a process of its own that ends with the one that started it.

`python -m fttui.cli.demo_server LISTENER FOLDER SPEED [--samples] [--keep] [--train PYTHON]`,
started as `embedded` says.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fttui.cli.embedded import end_with_parent

_PRIVATE = ("config", "state", "cache", "data")
_RATE = 6e-3
"""Much more than usual, for a model of so few weights: the loss falls within the first minute."""
_FOREIGN = ("OPENAI_", "AZURE_OPENAI_", "FTTUI_PROFILE")


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """A folder for one demo; without `keep` it goes away with the demo."""

    path: Path
    keep: bool = False

    @property
    def files(self) -> Path:
        """The folder that the file picker opens in."""
        return self.path / "files"

    @property
    def training_file(self) -> Path:
        """The sample training file."""
        return self.files / "support-desk-train.jsonl"

    @property
    def validation_file(self) -> Path:
        """The sample validation file."""
        return self.files / "support-desk-validation.jsonl"

    @property
    def broken_file(self) -> Path:
        """A sample that no endpoint takes, to see what the check finds."""
        return self.files / "support-desk-broken.jsonl"

    @property
    def sandbox(self) -> Path:
        """The sandbox's data."""
        return self.path / "sandbox"

    @property
    def training(self) -> Path:
        """The data of a server that trains."""
        return self.path / "serve"

    @property
    def models(self) -> Path:
        """The folder with the model that is made to be trained."""
        return self.path / "models"

    def make(self) -> None:
        """Make the folders that must be there from the start.

        Raises OSError, and StartError for a folder that is neither new, empty nor a demo's.
        """
        from fttui.server.data_folder import claim_folder, holds_our_records

        claim_folder(
            self.path,
            marker=".fttui-demo",
            is_ours=lambda path: holds_our_records(path / "sandbox"),
        )
        private = self.path / "fttui"
        for folder in (self.files, private, *(private / name for name in _PRIVATE)):
            folder.mkdir(mode=0o700, exist_ok=True)

    def check_sandbox(self) -> None:
        """Raises StartError if a sandbox could not start on the data, or another one has it."""
        from fttui.server.data_folder import DATABASE, claim_folder
        from fttui.server.database import Database

        claim_folder(self.sandbox)
        # Where there is none, the sandbox makes it, and knows then that it is new.
        if (self.sandbox / DATABASE).exists():
            Database(self.sandbox / DATABASE, durable=True).close()

    def remove(self) -> None:
        """Remove everything, unless it is to be kept; a second call does nothing."""
        if not self.keep:
            self._end_runs()
            shutil.rmtree(self.path, ignore_errors=True)

    def _end_runs(self) -> None:
        """What trains outlives its server, and would write on where nothing is any more."""
        if not self.training.is_dir():
            return
        from fttui.server.engines.local import LocalEngine

        engine = LocalEngine(self.training / "runs", "")
        for process in self.training.glob("runs/*/process.json"):
            engine.kill(process.parent.name)

    def environment(self, environ: Mapping[str, str], base_url: str, key: str) -> dict[str, str]:
        """`environ` without anything of the user's endpoints, pointing at the sandbox."""
        kept = {name: value for name, value in environ.items() if not name.startswith(_FOREIGN)}
        private = str(self.path / "fttui")
        return kept | {
            "OPENAI_API_KEY": key,
            "OPENAI_BASE_URL": base_url,
            **{f"XDG_{name.upper()}_HOME": f"{private}/{name}" for name in _PRIVATE},
        }


def main(arguments: list[str]) -> int:
    """Serve until stdin ends."""
    os.umask(0o077)  # the samples too are the user's alone
    folder = DemoFolder(Path(arguments[1]), keep="--keep" in arguments)
    # The process that started this one may be killed; then nobody else clears up.
    end_with_parent(folder.remove)
    python = arguments[arguments.index("--train") + 1] if "--train" in arguments else None
    return _serve(folder, int(arguments[0]), float(arguments[2]), "--samples" in arguments, python)


def write_files(folder: DemoFolder) -> None:
    """Write the sample files that are not there yet."""
    from fttui.server import write_sample_broken_file as write_broken
    from fttui.server import write_sample_training_file as write_training
    from fttui.server import write_sample_validation_file as write_validation

    for path, write in (
        (folder.training_file, write_training),
        (folder.validation_file, write_validation),
        (folder.broken_file, write_broken),
    ):
        if not path.exists():
            write(path)


def _serve(
    folder: DemoFolder, listener: int, speed: float, samples: bool, python: str | None
) -> int:
    from fttui.server import SandboxConfig, run
    from fttui.server.gate import key_from

    # First, since the file picker may be opened at once; the server answers a moment later.
    write_files(folder)
    # Without a folder of its own the sandbox takes a temporary one (in TMPDIR), and never waits
    # for the disk.
    data = folder.sandbox if folder.keep else None
    key = key_from(os.environ)
    config = SandboxConfig(data_dir=data, speed=speed, api_key=key, listener=listener)
    if python is not None:
        from fttui.server.config import ServeConfig

        training = ServeConfig(folder.models, python, tick=0.5, recipe={"base_rate": _RATE})
        config = replace(config, data_dir=folder.training, serve=training)
    return run(config, json=True, out=sys.stdout, samples=samples)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
