"""Leafing through examples."""

import json
import os
from pathlib import Path

import pytest
from tests.interface.dialog_host import DialogHost

from fttui.interface.kit.lines import LineView, plain_text
from fttui.interface.screens.example_lines import example_lines
from fttui.interface.screens.preview import ExamplePreview
from fttui.training_data.preview import ExamplePage, Span
from settling import press, settled, until


def page(text: str, span: Span | None = None, *, is_cut: bool = False) -> ExamplePage:
    return ExamplePage(1, 0, text, is_json=True, span=span, is_cut=is_cut)


def test_long_lines_are_wrapped_and_marked_where_the_span_is():
    lines, first = example_lines(page("0123456789" * 2 + "\nabc", Span(15, 22)), 12)
    texts = [plain_text(line) for line in lines]
    assert texts == ["  0123456789", "▸ 0123456789", "▸ abc"]
    assert lines[1][1:] == (("01234", "plain"), ("56789", "bad"))
    assert lines[2][1:] == (("a", "bad"), ("bc", "plain"))
    assert first == 1


def test_a_page_that_is_cut_says_so():
    lines, _ = example_lines(page("x", is_cut=True), 20)
    assert "not shown" in plain_text(lines[-1])


def test_wide_letters_are_wrapped_by_their_cells():
    lines, _ = example_lines(page("日本語日本語"), 10)
    assert [plain_text(line) for line in lines] == ["  日本語日", "  本語"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    lines = [json.dumps({"number": number}) for number in range(1, 301)]
    lines[1] = ""
    path.write_text("\n".join(lines) + "\n")
    return path


async def test_examples_are_leafed_through_without_blank_lines(file: Path):
    app = DialogHost(ExamplePreview(file))
    async with app.run_test() as pilot:
        shown = app.dialog.query_one("#example", LineView)

        async def see(number: int, *keys: str) -> None:
            await settled(pilot)
            await press(pilot, *keys)
            assert any(f'"number": {number}' in plain_text(line) for line in shown.lines)

        await see(1)
        await see(3, "n")
        await see(1, "left")
        await see(300, "G")
        await see(1, "g")
        await see(128, "colon", *"128", "enter")
        assert "line 128 of 300" in str(app.dialog.query_one("#example-place").render())


async def test_a_huge_file_opens_at_once_wherever_one_looks(tmp_path: Path):
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as out:
        out.write(b'{"first": 1}\n')
        out.seek(4_000_000_000)
        out.write(b'\n{"last": 1}\n')
    assert os.stat(path).st_blocks < 10_000
    app = DialogHost(ExamplePreview(path))
    async with app.run_test() as pilot:
        shown = app.dialog.query_one("#example", LineView)
        await until(pilot, lambda: shown.lines, besides=("preview",))
        assert any('"first": 1' in plain_text(line) for line in shown.lines)


async def test_a_file_that_is_gone_gives_a_sentence(tmp_path: Path):
    app = DialogHost(ExamplePreview(tmp_path / "gone.jsonl"))
    async with app.run_test() as pilot:
        shown = app.dialog.query_one("#example", LineView)
        await until(pilot, lambda: shown.lines)
        assert "no such file" in plain_text(shown.lines[0])
        await press(pilot, "escape")
        assert app.answer is None
