"""Pictures what a browser shows of an archive: `python screenshots/archive_page.py` with Chromium.

The archive is that of the sandbox's samples, saved by the real `fttui archive`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fttui.server import ManualClock, SandboxConfig, SandboxServer, fill_with_samples

HERE = Path(__file__).parent
KEY = "sk-of-the-pictures"
THREE_DAYS = 3 * 86_400


def save(folder: Path) -> None:
    """Save the samples of a sandbox whose jobs ended days ago."""
    clock = ManualClock(start=time.time() - THREE_DAYS)
    with SandboxServer(SandboxConfig(clock=clock, api_key=KEY)) as server:
        fill_with_samples(server)
        clock.advance(THREE_DAYS)
        environ = {
            **os.environ,
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": server.base_url,
            "XDG_STATE_HOME": str(folder.parent / "state"),
            "XDG_CONFIG_HOME": str(folder.parent / "config"),
        }
        command = [sys.executable, "-m", "fttui", "archive", "--to", str(folder)]
        subprocess.run(command, env=environ, check=True, capture_output=True)


def picture(page: Path, target: Path, size: str) -> None:
    """Have headless Chromium picture a page from the disk."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("There is no Chromium here. On Debian: apt-get install chromium")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += [f"--window-size={size}", f"--screenshot={target}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    """Write both pictures."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "archive"
        save(folder)
        picture(folder / "index.html", HERE / "archive_page.png", "1300,900")
        pages = sorted(folder.glob("jobs/*/index.html"), key=lambda page: page.stat().st_size)
        picture(pages[-1], HERE / "archive_job_page.png", "1100,1750")


if __name__ == "__main__":
    main()
