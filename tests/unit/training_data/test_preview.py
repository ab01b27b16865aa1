"""Leafing through a file, and locating a JSON path in an example."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.training_data.files import open_checked
from fttui.training_data.preview import Preview, pretty
from unit.training_data.training_samples import CHAT, lines, many, write


@given(
    content=st.lists(st.sampled_from([b"{}", b"", b"x" * 90, b"\n\n", b"[1]\r"]), max_size=400).map(
        b"\n".join
    )
)
def test_every_line_is_found_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "preview.jsonl"
    path.write_bytes(content)
    expected = content.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    with Preview(path) as preview:
        order = sorted(range(1, len(expected) + 1), key=lambda number: (number * 7919) % 997)
        for number in order:
            page = preview.page(number)
            assert page is not None
            assert page.line == number
            start = sum(len(line) + 1 for line in expected[: number - 1])
            assert page.offset == start
        assert preview.page(len(expected) + 1) is None
        assert preview.page(0) is None
        while preview.scan():
            pass
        assert preview.lines == len(expected)


def test_an_example_is_shown_indented_and_safe_to_print(tmp_path: Path) -> None:
    content = json.dumps({"messages": [{"role": "user", "content": "\x1b[31m ⚠\u202e日本"}]})
    with Preview(write(tmp_path, content.encode())) as preview:
        page = preview.page(1)
        assert page is not None
        assert page.is_json
        assert page.span is None
        assert page.text.startswith('{\n  "messages": [\n    {\n      "role": "user",\n')
        assert "日本" in page.text
        assert "\u202e" not in page.text
        assert page.text.replace("\n", "").isprintable()


def test_a_line_that_is_not_json_is_shown_as_it_is(tmp_path: Path) -> None:
    with Preview(write(tmp_path, b'\xef\xbb\xbf{"a": \x07\xff\n{}\n')) as preview:
        page = preview.page(1)
        assert page is not None
        assert not page.is_json
        assert page.text.startswith('{"a": ')
        assert page.text.isprintable()


def test_blank_lines_can_be_passed_over(tmp_path: Path) -> None:
    with Preview(write(tmp_path, b"\n{}\n\n  \n[]\n\n")) as preview:
        assert preview.next_filled(0) == 2
        assert preview.next_filled(2) == 5
        assert preview.next_filled(5) is None
        assert preview.next_filled(5, -1) == 2
        assert preview.next_filled(2, -1) is None


def test_a_problem_is_shown_without_an_index(tmp_path: Path) -> None:
    content = lines(many(CHAT))
    with open_checked(write(tmp_path, content)) as file:
        preview = Preview(file)
        offset = content.index(b"\n") + 1
        page = preview.page_of(2, offset, "messages[1].role")
        assert page.span is not None
        assert page.text[page.span.start : page.span.end] == '"role": "user"'
        assert preview.lines_known == 0
        preview.close()
        assert file.unchanged()


def test_an_example_with_pictures_is_read_whole_and_a_longer_line_is_cut(tmp_path: Path) -> None:
    content = b'{"a": "%s", "b": 7}\n' % (b"x" * 3_000_000) + b'{"a": "%s"}\n{}\n' % (
        b"x" * 26_000_000
    )
    with Preview(write(tmp_path, content)) as preview:
        pages = [preview.page(number) for number in (1, 2, 3)]
        first, second, third = (page for page in pages if page is not None)
    assert first.is_json and not first.is_cut and first.value["b"] == 7
    assert first.text.endswith('…,\n  "b": 7\n}') and len(first.text) < 3_000
    assert second.is_cut and second.value is None and len(second.text) <= 200_000
    assert third.text == "{}"


def test_a_huge_file_opens_at_once_and_jumps_to_its_end(tmp_path: Path) -> None:
    path = write(tmp_path, lines(many(CHAT, 100)) * 2_000)
    with Preview(path) as preview:
        first = preview.page(1)
        assert first is not None
        assert preview.lines is None
        assert preview.lines_known < 20_000
        last = preview.page(200_000)
        assert last is not None
        assert "99" in last.text
        assert preview.page(200_001) is None
        assert preview.lines == 200_000


def test_a_file_that_shrinks_ends_the_preview_quietly(tmp_path: Path) -> None:
    path = write(tmp_path, lines(many(CHAT, 20_000)))
    with Preview(path) as preview:
        assert preview.page(1) is not None
        os.truncate(path, 0)
        assert preview.page(20_000) is None


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("messages", None),
        ("messages[1]", None),
        ("messages[1].role", '"role": "user"'),
        ("messages[1].name", None),
        ('["odd key"]', '"odd key": [\n    1,\n    2\n  ]'),
        ('["odd key"][1]', "2"),
        ("missing", None),
    ],
)
def test_a_path_is_located_or_what_is_nearest_to_it(path: str, marked: str | None) -> None:
    value = {**CHAT, "odd key": [1, 2]}
    text, span = pretty(value, path)
    assert json.loads(text) == value
    if marked is not None:
        assert span is not None
        assert text[span.start : span.end] == marked
    if path == "messages[1].name":
        assert span is not None
        assert json.loads(text[span.start : span.end]) == CHAT["messages"][1]
    if path == "missing":
        assert span is None


printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)


@given(
    st.recursive(
        st.none() | st.integers() | printable,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(printable, inner, max_size=4),
        max_leaves=20,
    )
)
def test_pretty_printing_keeps_the_value(value: Any) -> None:
    assert json.loads(pretty(value, "a")[0]) == value
