"""Runs the trainer from the path of its folder, wherever that is: see the package's docstring."""

import importlib.util
import sys
from pathlib import Path


def _main() -> int:
    folder = Path(__file__).resolve().parent
    # The interpreter put this folder first: its modules would be found before those of others.
    sys.path[:] = [entry for entry in sys.path if not entry or Path(entry).resolve() != folder]
    spec = importlib.util.spec_from_file_location(
        "trainer", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"no trainer in {folder}")
    package = importlib.util.module_from_spec(spec)
    sys.modules["trainer"] = package
    spec.loader.exec_module(package)
    command = importlib.import_module("trainer.command")
    return int(command.main(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(_main())
