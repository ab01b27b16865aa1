"""Pictures of the form and its dialogs, on content that is the same everywhere."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.interface.create.create_app import TODAY, Form, example
from textual.pilot import Pilot

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.messages import FileAsked, FormFilled
from fttui.interface.screens.file_picker import FilePicker
from fttui.services.endpoint.models import Job
from fttui.services.job_again import again_from
from fttui.services.session import Session
from settling import later

Steps = Callable[[Form], Awaitable[None]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home" / "lib"
    place.mkdir(parents=True)
    lines = [json.dumps(example(number)) for number in range(60)]
    (place / "train.jsonl").write_text("\n".join(lines) + "\n")
    lines[11] = lines[11].replace('"assistant"', '"asistant"')
    lines[30] = lines[29]
    lines[40:42] = [json.dumps({**example(n), "weight": 1}) for n in (40, 41)]
    (place / "broken.jsonl").write_text("\n".join(lines) + "\n")
    (place / "notes.txt").write_text("notes")
    (place / "old").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(place)
    return place


async def filled(it: Form) -> None:
    await it.choose("train.jsonl")
    await it.go_to("suffix")
    await it.paste("desk")
    await it.go_to("n_epochs")
    await it.paste("99")


async def reinforced(it: Form) -> None:
    grader = {"type": "string_check", "name": "exact", "operation": "is"}
    Path("grader.json").write_text(json.dumps(grader, indent=2))
    await it.go_to("method")
    await it.press("right", "right")
    await it.go_to("metadata")
    await it.paste("team=desk, run=3")
    await it.go_to("grader")
    await it.paste("grader.json")
    await it.press("enter")
    await it.until(lambda: "grader.input" in it.field("grader").message)


async def grader(it: Form) -> None:
    await reinforced(it)
    await it.press("enter")


async def report(it: Form) -> None:
    await it.choose("broken.jsonl")
    await it.press("ctrl+r", "j", "j")


async def numbers(it: Form) -> None:
    await it.choose("train.jsonl")
    await it.press("ctrl+r")


async def line(it: Form) -> None:
    await report(it)
    await it.press("g", "j", "enter")
    await it.until(lambda: "of 60" in str(it.app.screen.query_one("#example-place").render()))


async def chat(it: Form) -> None:
    call = {"id": "call_7", "type": "function"}
    call["function"] = {"name": "find_shelf", "arguments": '{"book": "Molière, Œuvres"}'}
    messages = [
        {"role": "system", "content": "You answer about the town library."},
        {"role": "user", "content": "Où est Molière ?\n  - Œuvres\n  - 日本語 \x1b[31m[red]x[/]"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_7", "content": '{"shelf": 12}'},
        {"role": "assistant", "content": "I do not know.", "weight": 0},
        {"role": "assistant", "content": "On shelf 12. " * 6_000},
    ]
    rows = [{"messages": [*messages[:4], each]} for each in messages[4:] for _ in range(6)]
    rows[7]["messages"] = messages
    Path("chat.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    await it.choose("chat.jsonl")
    await it.press("ctrl+r", "e", "colon", "8", "enter")
    await it.until(lambda: "tokens" in str(it.app.screen.query_one("#example-place").render()))


async def plain_chat(it: Form) -> None:
    it.app.theme = "fttui-ansi"
    await chat(it)


async def split(it: Form) -> None:
    await it.choose("train.jsonl")
    await it.press("ctrl+r", "s")
    lines = it.app.screen.query(".columns-line")
    await it.until(lambda: "54" in "".join(str(each.render()) for each in lines))


async def models(it: Form) -> None:
    await it.go_to("model")
    await it.press("down")


async def confirmation(it: Form) -> None:
    await it.choose("train.jsonl")
    await it.press("ctrl+s")
    await it.until(lambda: bool(it.app.screen.query("#confirm-no")))
    it.app.screen.query(".fact-value").first().update("127.0.0.1")


async def picker(it: Form) -> None:
    await it.press("ctrl+o")
    await it.until(lambda: isinstance(it.app.screen, FilePicker))
    shown: Any = it.app.screen
    await it.until(lambda: bool(shown.query_one("#file-table").rows))


async def help(it: Form) -> None:
    await it.press("f1")


async def light(it: Form) -> None:
    it.app.theme = "fttui-light"
    await confirmation(it)


async def plain(it: Form) -> None:
    it.app.theme = "fttui-ansi"
    await filled(it)


async def conversion(it: Form) -> None:
    turns = [{"from": "human", "value": "Where is it?"}, {"from": "gpt", "value": "Upstairs."}]
    rows = [{"conversations": turns, "id": number} for number in range(12)]
    Path("shared.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    await it.choose("shared.jsonl")
    await it.press("ctrl+r", "f")


async def plain_conversion(it: Form) -> None:
    it.app.theme = "fttui-ansi"
    await conversion(it)


async def columns(it: Form) -> None:
    rows = [{"utterance": f"Where is {n}?", "reply": "Upstairs.", "mood": "x"} for n in range(12)]
    Path("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    await it.choose("rows.jsonl")
    await it.press("ctrl+r", "f", "right")


async def plain_columns(it: Form) -> None:
    it.app.theme = "fttui-ansi"
    await columns(it)


async def place(it: Form) -> None:
    lines = Path("broken.jsonl").read_text().splitlines()
    lines[20] = lines[20].replace('"assistant"', "'assistant'")
    Path("broken.jsonl").write_text("\n".join(lines) + "\n")
    await it.choose("broken.jsonl")
    await it.press("ctrl+r", "j")


async def again(it: Form) -> None:
    job = Job.read(
        {
            "id": "ftjob-7Hq2",
            "status": "succeeded",
            "model": "gpt-4.1-mini-2025-04-14",
            "training_file": "file-9Kd3",
            "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
            "seed": 7,
            "user_provided_suffix": "desk",
            "metadata": {"team": "desk"},
        }
    )
    assert job is not None
    it.app.post(FormFilled(again_from(job)))
    await it.until(lambda: it.field("suffix").value == "desk")
    await it.until(lambda: not it.file().check.running)
    it.app.post(FileAsked("training", ""))  # as from an endpoint that has the file
    await it.press("ctrl+u", "4")
    await it.go_to("suffix")
    await it.paste("-v2")


NARROW, WIDE = (80, 24), (120, 40)
SCREENS: list[tuple[Steps, tuple[int, int]]] = [
    (filled, NARROW),
    (filled, WIDE),
    (reinforced, NARROW),
    (reinforced, WIDE),
    (grader, NARROW),
    (grader, WIDE),
    (again, NARROW),
    (again, WIDE),
    (report, NARROW),
    (report, WIDE),
    (place, NARROW),
    (conversion, NARROW),
    (conversion, WIDE),
    (plain_conversion, NARROW),
    (columns, NARROW),
    (plain_columns, NARROW),
    (numbers, NARROW),
    (line, WIDE),
    (chat, NARROW),
    (chat, WIDE),
    (plain_chat, NARROW),
    (split, NARROW),
    (split, WIDE),
    (models, NARROW),
    (confirmation, NARROW),
    (light, NARROW),
    (plain, NARROW),
    (picker, NARROW),
    (picker, WIDE),
    (help, WIDE),
]


def name_of(value: Any) -> str:
    return f"{value[0]}x{value[1]}" if isinstance(value, tuple) else value.__name__


@pytest.mark.parametrize(("steps", "size"), SCREENS, ids=name_of)
def test_the_screen_looks_as_it_did(
    snap_compare: Any, session: Session, folder: Path, steps: Steps, size: tuple[int, int]
):
    async def run_before(pilot: Pilot[str]) -> None:
        app = pilot.app
        assert isinstance(app, OpenAIInterfaceFT)
        app.connection.visible = False
        it = Form(app, pilot)
        await it.until(lambda: app.focused is not None)
        await steps(it)
        await later(pilot, 1.0)

    app = OpenAIInterfaceFT(session, today=TODAY, start_folder=folder)
    assert snap_compare(app, terminal_size=size, run_before=run_before)
