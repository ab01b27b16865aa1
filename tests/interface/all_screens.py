"""Shows the screens of the app, one after the other, as text of a terminal of some size.

Run as a script, with nothing of fttui imported yet: the language is chosen when it is. Prints a
JSON document: the lines of each screen by its name. Times, ports and the like are the same in
all runs.

    FTTUI_LANGUAGE=fr python all_screens.py 80 24
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

START = 1_795_000_000.0
BACK = ("escape", "escape")
SCREENS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("create", ("f2",)),
    ("create-help", ("f1",)),
    ("create-models", ("escape", "field:model", "down")),
    ("create-picker", ("escape", "ctrl+o")),
    ("create-checked", ("escape", "field:training", "paste:broken.jsonl", "enter")),
    ("report", ("ctrl+r",)),
    ("report-line", ("j", "enter")),
    ("report-numbers", ("escape", "tab")),
    ("report-repair", ("tab", "f")),
    ("report-split", ("escape", "ctrl+r", "s")),
    ("grader", ("escape", "escape", "escape", "field:method", "right", "right")),
    (
        "confirm-create",
        ("left", "left", "field:training", "ctrl+u", "paste:train.jsonl", "enter", "ctrl+s"),
    ),
    ("jobs", ("escape", "f3")),
    ("jobs-filter", ("slash", "paste:status:runzz")),
    ("jobs-columns", ("escape", "O")),
    ("jobs-copy", ("escape", "c")),
    ("jobs-labels", ("escape", "L")),
    ("jobs-cancel", ("escape", "x")),
    ("jobs-pause", ("escape", "j", "p")),
    ("jobs-archive", ("escape", "A")),
    ("jobs-open", ("escape", "u")),
    ("jobs-help", ("escape", "question_mark")),
    ("palette", ("escape", "ctrl+p")),
    ("palette-none", ("paste:zzz",)),
    ("job-running", ("escape", "enter")),
    ("job", ("escape", "g", *"jjjjjj", "enter")),
    ("job-events", ("2",)),
    ("job-checkpoints", ("3",)),
    ("job-checkpoint", ("enter",)),
    ("job-metrics", ("escape", "4")),
    ("job-failed", ("escape", "g", *"jjjjjjjj", "enter")),
    ("job-again", ("escape", "d")),
    ("compare", ("escape", "escape", "f3", "g", *"jjjjj", "space", "space", "C")),
    ("files", ("escape", "escape", "f4")),
    ("file", ("enter",)),
    ("file-delete", ("escape", "G", "x")),
    ("files-copy", ("escape", "c")),
    ("models", ("escape", "f5")),
    ("model", ("enter",)),
    ("model-delete", ("escape", "x")),
    ("bases", ("escape", "b")),
    ("playground", ("b", "f6")),
    ("playground-answer", ("paste:Bonjour", "ctrl+s")),
    ("endpoints", ("f7",)),
    ("endpoint", ("enter",)),
    ("endpoints-help", ("escape", "f1")),
    ("endpoint-new", ("escape", "n")),
    ("endpoint-form", ("down", "enter")),
    ("endpoint-key", ("escape", "K")),
    ("profiles", ("escape", "P")),
)
FIRST: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("first-run", ()),
    ("first-run-serve", ("s",)),
    ("first-run-archive", ("escape", "a")),
)


def always_the_same(line: str) -> str:
    """A line without what is other in each run: ports, seconds that a call took."""
    line = re.sub(r"(?<=127\.0\.0\.1[:_])\d+", lambda port: "0" * len(port[0]), line)
    return re.sub(r"\d([.,])\d\d(?=[ \u00a0]s\b)", r"0\g<1>00", line)


def example(number: int) -> dict[str, object]:
    turns = [("user", f"Question {number}?"), ("assistant", f"Answer {number}.")]
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def write_files() -> None:
    lines = [json.dumps(example(number)) for number in range(60)]
    Path("train.jsonl").write_text("\n".join(lines) + "\n")
    lines[11] = lines[11].replace('"assistant"', '"asistant"')
    lines[30] = lines[29]
    lines[40:42] = [json.dumps({**example(n), "weight": 1}) for n in (40, 41)]
    Path("broken.jsonl").write_text("\n".join(lines) + "\n")


async def show(size: tuple[int, int]) -> dict[str, list[str]]:
    import pytest
    from textual.events import Paste
    from textual.pilot import Pilot

    from fttui.interface.actions import files_feed
    from fttui.interface.app import OpenAIInterfaceFT
    from fttui.server import ManualClock, SandboxConfig, SandboxServer, fill_with_samples
    from fttui.services.session import Session
    from sandbox_key import SANDBOX_KEY
    from settling import AppClock, _clocks, press, settled

    async def act(pilot: Pilot[str], key: str) -> None:
        word, colon, rest = key.partition(":")
        if colon and word == "field":
            found = pilot.app.screen.query(f"#field-{rest}")
            if found:
                target = next((each for each in found.first().query("*") if each.focusable), None)
                (target or found.first()).focus()
        elif colon and word == "paste":
            if pilot.app.screen.focused is not None:
                pilot.app.screen.focused.post_message(Paste(rest))
        else:
            await press(pilot, key)
        await settled(pilot)

    def now() -> datetime:
        return datetime.fromtimestamp(START, UTC)

    clock, patch = AppClock(), pytest.MonkeyPatch()
    clock.install(patch)
    patch.setattr(files_feed, "now_utc", now)
    _clocks[:] = [clock]
    shown: dict[str, list[str]] = {}
    config = SandboxConfig(clock=ManualClock(start=START), api_key=SANDBOX_KEY)
    with SandboxServer(config) as server:
        fill_with_samples(server)
        environ, key = {"OPENAI_BASE_URL": server.base_url}, server.api_key
        for has_key, screens in ((True, SCREENS), (False, FIRST)):
            session = Session.open(environ={**environ, "OPENAI_API_KEY": key if has_key else ""})
            app = OpenAIInterfaceFT(session, clock=now)
            async with app.run_test(size=size) as pilot:
                await settled(pilot)
                for name, keys in screens:
                    for each in keys:
                        await act(pilot, each)
                    strips = app.screen._compositor.render_strips()
                    shown[name] = [always_the_same(strip.text).rstrip() for strip in strips]
            session.close()
    return shown


def main() -> None:
    os.environ["TZ"] = "UTC"
    time.tzset()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["HOME"] = folder
        os.environ["XDG_DATA_HOME"] = "/nowhere"  # is shown, and not written to
        write_files()
        size = int(sys.argv[1]), int(sys.argv[2])
        shown = asyncio.run(show(size))
        os.chdir("/")
    sys.stdout.write(json.dumps(shown, ensure_ascii=False))


if __name__ == "__main__":
    main()
