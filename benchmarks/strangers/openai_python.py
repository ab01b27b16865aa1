"""openai-python's own tests of this API against `fttui sandbox --strict`.

    python openai_python.py FOLDER [FTTUI]

FOLDER is where `fetch.sh` has put things; FTTUI is the program, by default the one on PATH. The
tests get real ids in the place of theirs (`real_ids.py`); what failed is printed, then the sums.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from real_ids import Makes, serve

TESTS = ("fine_tuning", "test_files.py", "test_uploads.py", "uploads", "test_models.py")


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    fttui = sys.argv[2] if len(sys.argv) > 2 else "fttui"
    source = next((folder / "src").glob("openai-*/"))
    sandbox = subprocess.Popen(
        [fttui, "sandbox", "--json", "--strict", "--speed", "2"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert sandbox.stdout is not None
        told = json.loads(sandbox.stdout.readline())
        makes = Makes(told["base_url"], told["api_key"])
        return _run(folder, source, serve(makes))
    finally:
        sandbox.terminate()
        sandbox.wait()


def _run(folder: Path, source: Path, base_url: str) -> int:
    """Prints pytest's own words for what did not pass, then its sums."""
    done = subprocess.run(
        [folder / "sdk/bin/python", "-m", "pytest", "-n0", "-q", "--durations=0", "-rf",
         "-p", "no:cacheprovider", *(f"tests/api_resources/{name}" for name in TESTS)],
        cwd=source, env=os.environ | {"TEST_API_BASE_URL": base_url}, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    print("\n".join(line for line in lines if line.startswith(("FAILED", "ERROR"))))
    print(next((line for line in reversed(lines) if re.search(r"\d+ (passed|failed)", line)), ""))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
