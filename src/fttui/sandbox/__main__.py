"""`python -m fttui.sandbox`: the server alone, for programs that want it as a process."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from . import SandboxConfig, StartError, run
from .keys import key_from


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m fttui.sandbox",
        description="A server with OpenAI's fine-tuning API that trains nothing. FTTUI_SANDBOX_KEY "
        "fixes the key that it asks for.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port; 0 takes a free one")
    parser.add_argument("--data", help="folder to keep everything in")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster jobs pass")
    parser.add_argument("--seed", type=int, default=0, help="for ids and curves")
    parser.add_argument("--samples", action="store_true", help="start with sample jobs")
    parser.add_argument("--json", action="store_true", help="say where it listens as JSON")
    options = parser.parse_args()
    if not 0 < options.speed < 1e9:
        parser.error("--speed must be greater than 0")
    if not 0 <= options.port <= 65535:
        parser.error("--port must be from 0 to 65535")
    if not options.host.strip():
        parser.error("--host is empty")
    if options.data is not None and not options.data.strip():
        parser.error("--data is empty")
    return options


def main() -> int:
    """Returns 0 when a signal ended it, 2 when it could not start."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    options = _options()
    try:
        config = SandboxConfig(
            host=options.host,
            port=options.port,
            data_dir=Path(options.data) if options.data else None,
            speed=options.speed,
            api_key=key_from(os.environ),
            seed=options.seed,
        )
        return run(config, json=options.json, out=sys.stdout, samples=options.samples)
    except (OSError, StartError) as error:
        sys.stderr.write(f"The sandbox could not start: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
