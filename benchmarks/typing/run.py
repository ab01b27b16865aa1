"""The whole main job typed into the real app on a pseudo-terminal, alone and on a busy machine.

    python benchmarks/typing/run.py [--rounds 25] [--delays 0,20,100,300] [--busy 0,4] [--only N]

One round: F3, F2, Ctrl+O, a path, Enter, Ctrl+S; when the confirmation is painted and awake, Tab,
50 ms, Enter; when the new job's row is there, Enter, Esc, y, x, Esc. Sizes and accounts take turns.
A round is right when the confirmation opened, exactly one job was made and its row selected, its
details opened and closed, its id was copied, the question before Cancel opened and was left, and
the app ended with status 0 on Ctrl+Q. `--busy N` runs beside N processes that only count.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from tests.terminal.pty_harness import Terminal, plain_environment  # noqa: E402

from fttui.server import SandboxConfig, SandboxServer, fill_with_samples  # noqa: E402

SIZES = ((80, 24), (120, 40))
AWAKE_SECONDS = 0.45
EXAMPLE = {
    "messages": [
        {"role": "user", "content": "Where is shelf %d?"},
        {"role": "assistant", "content": "On floor %d."},
    ]
}


class Wrong(Exception):  # noqa: N818 - a round that is wrong, not an error of this program
    """What was not as it should be, and the screen that showed it."""


class Round:
    """One app on one terminal with one sandbox."""

    def __init__(self, folder: Path, number: int, delay: float) -> None:
        self.delay = delay
        self.columns, self.rows = SIZES[number % 2]
        self.is_full = number // 2 % 2 == 1
        self.file = folder / "t.jsonl"
        text = json.dumps(EXAMPLE) + "\n"
        self.file.write_text("".join(text.replace("%d", str(n)) for n in range(40)))
        self.state = folder / "state"
        self.environ = plain_environment(
            HOME=str(folder), FTTUI_CLIPBOARD="file", PYTHONDONTWRITEBYTECODE="1"
        )
        for kind in ("config", "state", "cache", "data"):
            self.environ[f"XDG_{kind.upper()}_HOME"] = str(folder / kind)

    def run(self) -> None:
        """Type it all; raises Wrong."""
        with SandboxServer(SandboxConfig()) as server:
            if self.is_full:
                fill_with_samples(server)
            self.server = server
            before = self.jobs()
            environ = self.environ | {
                "OPENAI_BASE_URL": server.base_url,
                "OPENAI_API_KEY": server.api_key,
            }
            command = [sys.executable, "-m", "fttui"]
            with Terminal(command, rows=self.rows, columns=self.columns, env=environ) as terminal:
                self.terminal = terminal
                self._type_all(before)
                terminal.press("ctrl+q")
                status = terminal.wait_exit(60)
                if status != 0:
                    raise Wrong(f"it ended with {status}")
            made = self.jobs() - before
            if len(made) != 1:
                raise Wrong(f"{len(made)} jobs")

    def _type_all(self, before: set[str]) -> None:
        self.see("Create Fine-Tuning Job")
        self.keys(b"\x1bOR", b"\x1bOQ", b"\x0f", *(bytes([c]) for c in os.fsencode(self.file)))
        self.keys(b"\r", b"\x13")
        self.see("Upload the file and create this job?", "Create the job")
        time.sleep(AWAKE_SECONDS)
        self.terminal.send(b"\t")
        time.sleep(0.05)
        self.terminal.send(b"\r")
        ending = self.wait_for_job(before)[-8:]
        count = len(before) + 1
        self.see(f"Jobs {count}", "▸", ending)
        self.keys(b"\r", b"\x1b", b"y", b"x")
        self.see("Cancel it? A cancelled job cannot go on.")
        copied = self.state / "fttui" / "clipboard.txt"
        self.wait(lambda: copied.exists() and copied.read_text().endswith(ending), "no id copied")
        self.keys(b"\x1b")
        self.wait(lambda: "Cancel it?" not in self.terminal.text, "the question stays")
        self.see(f"Jobs {count}", "▸", ending)

    def keys(self, *keys: bytes) -> None:
        """Send keys with the round's delay between them; without one, all in one write."""
        if not self.delay:
            self.terminal.send(b"".join(keys))
            return
        for key in keys:
            self.terminal.send(key)
            time.sleep(self.delay)

    def see(self, *texts: str) -> None:
        """Wait until all `texts` are on the screen."""
        self.wait(lambda: all(text in self.terminal.text for text in texts), f"no {texts}")

    def wait(self, holds, problem: str, seconds: float = 60.0) -> None:
        """Wait for `holds`; Wrong when the app ends or it never comes."""
        end = time.monotonic() + seconds
        while not holds():
            if self.terminal.process.poll() is not None:
                raise Wrong(f"the app ended: {problem}\n{self.terminal.text}")
            if time.monotonic() > end:
                raise Wrong(f"{problem}\n{self.terminal.text}")
            time.sleep(0.01)

    def wait_for_job(self, before: set[str]) -> str:
        """The id of the new job."""
        self.wait(lambda: self.jobs() - before, "no job was made")
        return next(iter(self.jobs() - before))

    def jobs(self) -> set[str]:
        """The ids of all jobs that the endpoint has."""
        request = urllib.request.Request(
            f"{self.server.base_url}/fine_tuning/jobs?limit=100",
            headers={"Authorization": f"Bearer {self.server.api_key}"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return {job["id"] for job in json.load(answer)["data"]}


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep `count` processes counting meanwhile."""
    command = [sys.executable, "-c", "while True: pass"]
    processes = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def main() -> int:
    """Print one line a wrong round, and a table at the end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--delays", default="0,20,100,300")
    parser.add_argument("--busy", default="0,4")
    options = parser.parse_args()
    done: Counter[tuple[int, int]] = Counter()
    wrong: Counter[tuple[int, int]] = Counter()
    by_screen: Counter[str] = Counter()
    began = time.monotonic()
    for load in map(int, options.busy.split(",")):
        with busy(load):
            for delay in map(int, options.delays.split(",")):
                for number in range(options.rounds):
                    with tempfile.TemporaryDirectory() as folder:
                        turn = Round(Path(folder), number, delay / 1000)
                        done[load, delay] += 1
                        try:
                            turn.run()
                        except (Wrong, AssertionError) as problem:
                            wrong[load, delay] += 1
                            where = (
                                f"{turn.columns}x{turn.rows} {'full' if turn.is_full else 'empty'}"
                            )
                            by_screen[where] += 1
                            print(f"WRONG busy={load} {delay} ms {where}: {problem}", flush=True)
                print(f"busy {load}, {delay} ms: {done[load, delay]} rounds,", end=" ")
                print(f"{wrong[load, delay]} wrong", flush=True)
    print(f"{sum(done.values())} rounds, {sum(wrong.values())} wrong", dict(by_screen), end=" ")
    print(f"in {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
