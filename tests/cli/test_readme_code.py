"""What the README shows of a server that trains is true: its code runs, its table is reckoned."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from tests.service.serve.conftest import ROWS, make_interpreter, make_model

from fttui.server import SandboxConfig, SandboxServer
from fttui.server.config import ServeConfig
from fttui.trainer.memory import Load, Sizes, needed_bytes
from sandbox_key import SANDBOX_KEY

README = (Path(__file__).parents[2] / "README.md").read_text()
PAGE = README.partition("## Leave OpenAI with your code unchanged")[2].partition("\n## ")[0]
MODEL = "gpt-4.1-mini-2025-04-14"


def run_lines(server: SandboxServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs the page's lines as they stand, with nothing but the environment changed."""
    (lines,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    assert f'model="{MODEL}"' in lines
    (folder / "train.jsonl").write_text(ROWS)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", SANDBOX_KEY)
    exec(compile(lines, "README.md", "exec"), {})


def test_the_lines_run_on_a_server_that_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    models = tmp_path / "models"
    make_model(models, "qwen2.5-1.5b-instruct")
    (models / MODEL).symlink_to("qwen2.5-1.5b-instruct")
    serve = ServeConfig(models, str(make_interpreter(tmp_path)), tick=None)
    config = SandboxConfig(data_dir=tmp_path / "data", api_key=SANDBOX_KEY, serve=serve)
    with SandboxServer(config) as server:
        monkeypatch.setattr(time, "sleep", lambda _seconds: server.turn())
        run_lines(server, tmp_path, monkeypatch)
    assert "You said: Hello (final)" in capsys.readouterr().out


def test_the_same_lines_run_on_the_api_as_openai_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    with SandboxServer(SandboxConfig(api_key=SANDBOX_KEY, speed=100_000)) as server:
        run_lines(server, tmp_path, monkeypatch)
    assert capsys.readouterr().out.strip()


PUBLISHED = {
    "0.5B": (494_032_768, 24, 896, 4864, 151_936, 128),
    "1.5B": (1_543_714_304, 28, 1536, 8960, 151_936, 256),
    "3B": (3_212_749_824, 28, 3072, 8192, 128_256, 1024),
    "7B": (7_615_616_512, 28, 3584, 18_944, 152_064, 512),
    "8B": (8_030_261_248, 32, 4096, 14_336, 128_256, 1024),
}
"""Weights, layers, hidden and intermediate size, vocabulary, width of keys, as in their configs."""


def test_the_table_of_memory_is_what_the_trainer_reckons() -> None:
    head, _line, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if line.startswith("|")
    ]
    lengths = [int(cell.replace(",", "")) for cell in head[1:]]
    assert [row[0].split()[0] for row in rows] == list(PUBLISHED)
    for (name, *told), row in zip(rows, PUBLISHED.values(), strict=True):
        weights, layers, hidden, wide, vocabulary, keys = row
        linear = 2 * 2 * hidden + 2 * (hidden + keys) + 3 * (hidden + wide)
        sizes = Sizes(weights, layers * linear, layers, hidden, wide, vocabulary, 8192)
        for length, cell in zip(lengths, told, strict=True):
            load = Load(1, length, checkpointing=True)
            needed = needed_bytes(sizes, load, lora_r=16, weight_bytes=2)
            assert cell == f"{needed / 1e9:.1f}", (name, length)
