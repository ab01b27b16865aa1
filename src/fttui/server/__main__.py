"""`python -m fttui.server`: the server alone, for programs that want it as a process."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path

from . import ListenError, SandboxConfig, StartError, run
from .config import LIKES, reason, shown
from .gate import key_from


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m fttui.server",
        description="A server with OpenAI's fine-tuning API that trains nothing. FTTUI_SANDBOX_KEY "
        "fixes the key that it asks for.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port; 0 takes a free one")
    parser.add_argument("--data", help="folder to keep everything in")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster jobs pass")
    parser.add_argument("--seed", type=int, default=0, help="for ids and curves")
    parser.add_argument("--strict", action="store_true", help="only what OpenAI's document names")
    parser.add_argument("--like", choices=LIKES, help="in the shape of another server")
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


def _open_closed_streams() -> None:
    """Puts /dev/null where a standard stream is missing: else a record would get its number."""
    for fileno in range(3):
        try:
            os.fstat(fileno)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _refuse(why: str) -> int:
    with suppress(OSError):  # there is nobody to tell
        sys.stderr.write(f"The sandbox could not start: {why}\n")
        sys.stderr.flush()
    return 2


def main() -> int:
    """Returns 0 when a signal ended it, 2 when it could not start."""
    _open_closed_streams()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    options = _options()
    if sys.stdout is None:
        return _refuse("stdout is closed, so it cannot say where it listens.")
    try:
        config = SandboxConfig(
            host=options.host,
            port=options.port,
            data_dir=Path(options.data) if options.data else None,
            speed=options.speed,
            api_key=key_from(os.environ),
            seed=options.seed,
            strict=options.strict,
            like=options.like,
        )
        return run(config, json=options.json, out=sys.stdout, samples=options.samples)
    except StartError as error:
        return _refuse(str(error))
    except ListenError as error:
        return _refuse(
            f"it cannot listen on {shown(options.host)}:{options.port}: {reason(error)}."
        )
    except OSError as error:
        return _refuse(f"it cannot say on stdout where it listens: {reason(error)}.")
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
