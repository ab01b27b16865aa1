"""Shows the screens of the app, one after the other, as text of a terminal of some size.

Run as a script, with nothing of fttui imported yet: the language is chosen when it is. Prints a
JSON document: by the name of a screen its lines, and what the last line would say with room enough.

    FTTUI_LANGUAGE=fr python all_screens.py 80 24
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

START = 1_795_000_000.0
BACK = ("escape", "escape")
SCREENS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("create", ("f2",)),
    ("create-help", ("f1",)),
    ("create-models", ("escape", "field:model", "down")),
    ("create-picker", ("escape", "ctrl+o")),
    ("create-filled", ("escape", "field:training", "paste:broken.jsonl", "enter")),
    ("report", ("ctrl+r",)),
    ("report-rules", ("r",)),
    ("report-repair", ("f",)),
    ("report-line", ("escape", "g", "enter")),
    ("report-example", ("escape", "e")),
    ("report-split", ("escape", "s")),
    ("form-grader", ("escape", "escape", "field:method", "right", "right")),
    ("form-again", ("escape", "field:method", "left", "left", "field:training", "ctrl+u")),
    ("form-good", ("paste:train.jsonl", "enter")),
    ("confirm-create", ("ctrl+s",)),
    ("jobs", ("escape", "f3")),
    ("jobs-filter", ("slash", *"status:run")),
    ("jobs-none", (*"zz",)),
    ("jobs-columns", ("escape", "O")),
    ("jobs-copy", ("escape", "c")),
    ("jobs-note", ("escape", "t")),
    ("jobs-labels", ("escape", "L")),
    ("jobs-cancel", ("escape", "x")),
    ("jobs-pause", ("escape", "j", "p")),
    ("jobs-profile", ("escape", "P")),
    ("jobs-archive", ("escape", "A")),
    ("jobs-open", ("escape", "u")),
    ("jobs-help", ("escape", "question_mark")),
    ("palette", ("escape", "ctrl+p")),
    ("job-running", ("escape", "g", "j", "enter")),
    ("job", ("escape", *"jjjjj", "enter")),
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
    ("file-upload", ("escape", "a")),
    ("files-copy", ("escape", "c")),
    ("files-help", ("escape", "question_mark")),
    ("models", ("escape", "f5")),
    ("model", ("enter",)),
    ("model-delete", ("escape", "x")),
    ("bases", ("escape", "b")),
    ("models-help", ("question_mark",)),
    ("playground", ("escape", "b", "f6")),
    ("playground-prompt", ("paste:Bonjour",)),
    ("playground-answer", ("ctrl+s",)),
    ("playground-examples", ("ctrl+o",)),
    ("playground-help", ("escape", "f1")),
    ("tab-6", ("escape", "f7")),
    ("tab-6-help", ("f1",)),
)
FIRST: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("first-run", ()),
    ("first-run-serve", ("s",)),
    ("first-run-archive", ("escape", "a")),
    ("first-run-help", ("escape", "question_mark")),
)


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

    from fttui.interface.app import OpenAIInterfaceFT
    from fttui.server import ManualClock, SandboxConfig, SandboxServer, fill_with_samples
    from fttui.services.session import Session
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

    clock = AppClock()
    clock.install(pytest.MonkeyPatch())
    _clocks[:] = [clock]
    shown: dict[str, list[str]] = {}
    with SandboxServer(SandboxConfig(clock=ManualClock(start=START))) as server:
        fill_with_samples(server)
        environ, key = {"OPENAI_BASE_URL": server.base_url}, server.api_key
        for has_key, screens in ((True, SCREENS), (False, FIRST)):
            session = Session.open(environ={**environ, "OPENAI_API_KEY": key if has_key else ""})
            app = OpenAIInterfaceFT(session)
            async with app.run_test(size=size) as pilot:
                await settled(pilot)
                for name, keys in screens:
                    for each in keys:
                        await act(pilot, each)
                    strips = app.screen._compositor.render_strips()
                    shown[name] = [strip.text.rstrip() for strip in strips]
            session.close()
    return shown


def main() -> None:
    os.environ["TZ"] = "UTC"
    time.tzset()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["HOME"] = folder
        write_files()
        size = int(sys.argv[1]), int(sys.argv[2])
        shown = asyncio.run(show(size))
        os.chdir("/")
    sys.stdout.write(json.dumps(shown, ensure_ascii=False))


if __name__ == "__main__":
    main()
