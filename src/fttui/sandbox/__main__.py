"""`python -m fttui.sandbox`: the server alone, for programs that want it as a process."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from . import DataInUseError, SandboxConfig, run


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m fttui.sandbox",
        description="A server with OpenAI's fine-tuning API that trains nothing.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port; 0 takes a free one")
    parser.add_argument("--data", type=Path, help="folder to keep everything in")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster jobs pass")
    parser.add_argument("--seed", type=int, default=0, help="for ids and curves")
    parser.add_argument("--samples", action="store_true", help="start with sample jobs")
    parser.add_argument("--json", action="store_true", help="say where it listens as JSON")
    options = parser.parse_args()
    if not options.speed > 0:
        parser.error("--speed must be greater than 0")
    return options


def main() -> int:
    """Returns 0 when a signal ended it, 2 when it could not start."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    options = _options()
    config = SandboxConfig(
        host=options.host,
        port=options.port,
        data_dir=options.data,
        speed=options.speed,
        seed=options.seed,
    )
    try:
        return run(config, json=options.json, out=sys.stdout, samples=options.samples)
    except (OSError, DataInUseError) as error:
        sys.stderr.write(f"The sandbox could not start: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
