"""The demo's sandbox, in a process of its own that ends with the one that started it.

`python -m fttui.cli.demo_server FOLDER LISTENER SPEED [--samples]` serves on the inherited socket
LISTENER. Its stdin is a pipe from the demo: when that process ends, however it ends, the pipe
closes, and so does the sandbox.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from fttui.cli.demo_folder import DemoFolder


def main(arguments: list[str]) -> int:
    """Serve until stdin ends."""
    os.umask(0o077)  # the samples too are the user's alone
    folder = DemoFolder(Path(arguments[0]), keep="--keep" in arguments)
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    return _serve(folder, int(arguments[1]), float(arguments[2]), "--samples" in arguments)


def _serve(folder: DemoFolder, listener: int, speed: float, samples: bool) -> int:
    from fttui.sandbox import SandboxConfig, run
    from fttui.sandbox import write_sample_training_file as write_training
    from fttui.sandbox import write_sample_validation_file as write_validation
    from fttui.sandbox.keys import key_from

    # First, since the file picker may be opened at once; the server answers a moment later.
    for path, write in (
        (folder.training_file, write_training),
        (folder.validation_file, write_validation),
    ):
        if samples and not path.exists():
            write(path)
    # Without a folder of its own the sandbox takes a temporary one (in TMPDIR), and never waits
    # for the disk.
    data = folder.sandbox if folder.keep else None
    key = key_from(os.environ)
    config = SandboxConfig(data_dir=data, speed=speed, api_key=key, listener=listener)
    return run(config, json=True, out=sys.stdout, samples=samples)


def _end_with_parent(folder: DemoFolder) -> None:
    while os.read(0, 4096):
        pass
    # The process that started this one may have been killed; then nobody else clears up.
    folder.remove()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
