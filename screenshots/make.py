"""Make a picture of every screen, from the real app on the sandbox, as SVG and PNG.

    uv run --group screenshots python screenshots/make.py [NAME ...]

Time, ids and data are fixed, so that a picture changes only when its screen does. The PNGs need a
monospaced font on the system that has box-drawing and block characters (DejaVu Sans Mono).
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parent
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC).timestamp()
SIZES = ((80, 24), (120, 40))

os.environ["TZ"] = "UTC"
time.tzset()
os.environ.pop("NO_COLOR", None)
os.environ["COLORTERM"] = "truecolor"

import resvg_py  # noqa: E402
from textual.pilot import Pilot  # noqa: E402

from fttui.interface.app import OpenAIInterfaceFT  # noqa: E402
from fttui.server import (  # noqa: E402
    ManualClock,
    SandboxConfig,
    SandboxServer,
    fill_with_samples,
    write_sample_training_file,
    write_sample_validation_file,
)
from fttui.services.playground.types import Answer  # noqa: E402
from fttui.services.session import Session  # noqa: E402

Steps = Callable[[Pilot[str]], Awaitable[None]]


@dataclass(frozen=True)
class Picture:
    """A screen's name, and the keys that lead to it from the first screen."""

    name: str
    steps: Steps
    with_key: bool = True


async def create(pilot: Pilot[str]) -> None:
    """The form with a good file."""
    await pilot.press(*"desk.jsonl", "enter")
    await settle(pilot)
    await pilot.press("tab", "tab", "tab", "tab")
    await settle(pilot)


async def confirm(pilot: Pilot[str]) -> None:
    """The question before the job is created."""
    await create(pilot)
    await pilot.press("ctrl+s")
    await settle(pilot)


async def report(pilot: Pilot[str]) -> None:
    """The report of a file with errors, at a wrong role."""
    await pilot.press(*"broken.jsonl", "enter")
    await settle(pilot)
    await pilot.press("ctrl+r")
    await settle(pilot)
    await pilot.press("down", "down", "down")
    await settle(pilot)


async def picker(pilot: Pilot[str]) -> None:
    """The file picker."""
    await pilot.press("ctrl+o")
    await settle(pilot)


async def jobs(pilot: Pilot[str]) -> None:
    """The list, with a finished job selected."""
    await pilot.press("f3")
    await settle(pilot)
    await pilot.press("down", "down", "down", "down", "down", "down")
    await settle(pilot, seconds=1.5)


async def files(pilot: Pilot[str]) -> None:
    """The files of the account, and the jobs that use them."""
    feed = pilot.app.utils.files  # type: ignore[attr-defined]
    feed.clock = lambda: datetime.fromtimestamp(NOW, UTC)
    await pilot.press("f4")
    await settle(pilot, seconds=1.5)
    await pilot.press("G", "k")
    await settle(pilot)


async def models(pilot: Pilot[str]) -> None:
    """The fine-tuned models, what made them and until when they are there."""
    await pilot.press("f5")
    await settle(pilot, seconds=1.5)
    await pilot.press("j", "j", "j")
    await settle(pilot)


async def playground(pilot: Pilot[str]) -> None:
    """A fine-tuned model and its base, with seconds that are the same each time."""
    await jobs(pilot)
    await pilot.press("T")
    await settle(pilot, seconds=1.5)
    pane = pilot.app.tabs.pane  # type: ignore[attr-defined]
    told = (
        "The lift is beside the desk.",
        "I am a model without a library. Which one do you mean?",
    )
    models = pane.chat.fields.read().models
    for number, (side, model) in enumerate(zip(pane.chat.answers.sides, models, strict=True)):
        side.begin(model, "Where is the lift?")
        side.end(Answer(model, told[number], "stop", 0.31, 1.24, 34, 12 + number, 0.0))
    await pilot.press(*"And the stairs?")
    await settle(pilot, seconds=1.5)


async def endpoints(pilot: Pilot[str]) -> None:
    """The profiles, with what the one in use offers."""
    await pilot.press("f7")
    await settle(pilot, seconds=1.5)
    await pilot.press("t")
    await settle(pilot, seconds=1.5)


async def details(pilot: Pilot[str]) -> None:
    """The whole story of one job."""
    await jobs(pilot)
    await pilot.press("enter")
    await settle(pilot, seconds=1.5)


async def cancel(pilot: Pilot[str]) -> None:
    """The question before a job is cancelled."""
    await pilot.press("f3")
    await settle(pilot)
    await pilot.press("x")
    await settle(pilot)


async def archive(pilot: Pilot[str]) -> None:
    """The archive's screen, at the end of a run."""
    await pilot.press("f3")
    await settle(pilot)
    await pilot.press("A")
    await settle(pilot)
    await pilot.press("s")
    await settle(pilot, seconds=9)


async def help_page(pilot: Pilot[str]) -> None:
    """The help."""
    await pilot.press("f1")
    await settle(pilot)


async def picture_saved(pilot: Pilot[str]) -> None:
    """The dialog that saves a picture of the list."""
    await jobs(pilot)
    await pilot.press("ctrl+p")
    await settle(pilot)
    await pilot.press(*"picture", "enter")
    await settle(pilot)


async def first_run(pilot: Pilot[str]) -> None:
    """The screen without a key."""
    await settle(pilot)


PICTURES = (
    Picture("create", create),
    Picture("picker", picker),
    Picture("report", report),
    Picture("confirm", confirm),
    Picture("list", jobs),
    Picture("files", files),
    Picture("models", models),
    Picture("playground", playground),
    Picture("endpoints", endpoints),
    Picture("details", details),
    Picture("cancel", cancel),
    Picture("archive", archive),
    Picture("help", help_page),
    Picture("picture", picture_saved),
    Picture("first_run", first_run, with_key=False),
)


async def settle(pilot: Pilot[str], seconds: float = 0.8) -> None:
    """Let workers and the sandbox answer, and the screen be painted."""
    await pilot.pause(seconds)
    await pilot.wait_for_scheduled_animations()


async def take(picture: Picture, size: tuple[int, int], server: SandboxServer, files: Path) -> None:
    """Run the app, press the keys, save both pictures."""
    environ = {"OPENAI_BASE_URL": server.base_url, "LANG": "C"}
    if picture.with_key:
        environ["OPENAI_API_KEY"] = server.api_key
    session = Session.open(environ=environ)
    app = OpenAIInterfaceFT(
        session,
        demo=picture.with_key,
        start_folder=files,
        today=datetime.fromtimestamp(NOW, UTC).date(),
        clock=lambda: datetime.fromtimestamp(NOW, UTC),
    )
    async with app.run_test(size=size) as pilot:
        await settle(pilot, seconds=1.2)
        await picture.steps(pilot)
        svg = app.export_screenshot(title="fttui")
    session.close()
    name = f"{picture.name}_{size[0]}x{size[1]}"
    port = server.base_url.rpartition(":")[2].removesuffix("/v1")
    svg = self_contained(svg).replace(port, "8123")
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
    png = resvg_py.svg_to_bytes(svg_string=svg, monospace_family="DejaVu Sans Mono", zoom=1)
    (FOLDER / f"{name}.png").write_bytes(png)
    print(name)


def self_contained(svg: str) -> str:
    """`svg` without fonts from elsewhere and without numbers that differ from run to run."""
    svg = re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
    svg = svg.replace("Fira Code, monospace", "monospace")
    # Without this a text that begins with blanks, such as an indented line, loses them.
    svg = svg.replace("<text ", '<text xml:space="preserve" ')
    return re.sub(r"terminal-\d+", "terminal", svg)


def write_files(folder: Path) -> None:
    """The training files that the pictures show."""
    write_sample_training_file(folder / "desk.jsonl")
    write_sample_validation_file(folder / "desk-validation.jsonl")
    lines = (folder / "desk.jsonl").read_bytes().splitlines()
    lines[11] = lines[11].replace(b'"assistant"', b'"asistant"', 1)
    lines[40] = lines[40][:-1]
    lines[77] = b""
    lines[90] = lines[89]
    (folder / "broken.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    (folder / "notes.md").write_text("# Notes\n", encoding="utf-8")
    (folder / "old").mkdir()
    then = time.time() - 9_000  # the picker tells ages by the real time
    for path in [*folder.iterdir(), folder]:
        os.utime(path, (then, then))


async def main(names: list[str]) -> None:
    """Take all pictures, or those named."""
    with tempfile.TemporaryDirectory(prefix="fttui-") as scratch:
        # The pictures show paths, so the folder has the same name each time.
        home = Path(scratch).rename(Path(tempfile.gettempdir()) / "fttui-pictures")
        for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
            os.environ[variable] = str(home / variable)
        os.environ.pop("OPENAI_API_KEY", None)
        files = home / "training"
        files.mkdir()
        write_files(files)
        os.chdir(files)
        clock = ManualClock(start=NOW)
        # The end of the key is in the pictures.
        with SandboxServer(SandboxConfig(clock=clock, api_key=f"sk-{'0' * 28}e1f0")) as server:
            fill_with_samples(server)
            for picture in PICTURES:
                if not names or picture.name in names:
                    for size in SIZES:
                        await take(picture, size, server, files)
        os.chdir(FOLDER)
        home.rename(scratch)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
