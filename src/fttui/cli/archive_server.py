"""The server of an archive that is opened, in a process of its own.

`python -m fttui.cli.archive_server LISTENER FOLDER`, started as `embedded` says.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from fttui.cli.embedded import end_with_parent


def main(arguments: list[str]) -> int:
    """Serve until stdin ends."""
    end_with_parent()
    from fttui.server import SandboxConfig, StartError, run
    from fttui.server.gate import key_from

    config = SandboxConfig(
        api_key=key_from(os.environ), listener=int(arguments[0]), archive=Path(arguments[1])
    )
    try:
        return run(config, json=True, out=sys.stdout)
    except StartError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
