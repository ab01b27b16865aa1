"""Lines in other encodings and layouts: what is certain is converted, all else is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fttui.training_data import file_text
from fttui.training_data.converting import RepairRefused, layout_of, lines_of
from fttui.training_data.files import CheckedFile, open_checked
from fttui.training_data.repair import repair
from unit.training_data.training_samples import CHAT, lines, many, write

GOOD = lines(many(CHAT))


def read(folder: Path, content: bytes) -> list[bytes]:
    """The lines of a file as they are written to a copy."""
    with open_checked(write(folder, content)) as file:
        return [line.data for line in lines_of(file, layout_of(file))]


def refusal(folder: Path, content: bytes) -> str:
    """Why a file is not converted; no copy of it is left."""
    source = write(folder, content)
    with pytest.raises(RepairRefused) as caught:
        repair(source, folder / "copy.jsonl", count_tokens=False)
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["train.jsonl"]
    return str(caught.value)


@pytest.mark.parametrize(
    "bad",
    [
        b"Gr\xfc\xdfe \xb6",  # a pilcrow is no letter
        b"\xb6 Gr\xfc\xdfe",
        b"\x81",  # has no meaning at all
        b"\xfc \x90",
    ],
)
def test_one_byte_that_is_no_letter_keeps_a_file_from_passing_for_windows_1252(
    tmp_path: Path, bad: bytes
) -> None:
    letters = GOOD.replace(b"Be brief.", b"K\xfcrze")
    assert read(tmp_path, letters)[0] == letters.splitlines()[0].replace(b"\xfc", "ü".encode())
    spoilt = letters + GOOD.replace(b"Be brief.", bad)
    assert "cannot be told for certain" in refusal(tmp_path, spoilt)
    assert "cannot be told for certain" in refusal(tmp_path, GOOD.replace(b"Be brief.", bad))


def test_punctuation_of_windows_1252_is_certain(tmp_path: Path) -> None:
    text = "„Fünf €“ – «ça va?» 20 °C ½"
    converted = read(tmp_path, GOOD.replace(b"Be brief.", text.encode("cp1252")))
    assert json.loads(converted[0])["messages"][0]["content"] == text


def test_a_file_with_lines_of_utf_8_is_not_windows_1252(tmp_path: Path) -> None:
    mixed = GOOD.replace(b"Be brief.", "é".encode()) + GOOD.replace(b"Be brief.", b"\xe9")
    assert "cannot be told for certain" in refusal(tmp_path, mixed)


def test_of_a_file_in_javas_utf_8_the_lines_of_real_utf_8_stay_as_they_are(tmp_path: Path) -> None:
    joined = GOOD.replace(b"Be brief.", "😀".encode())
    apart = GOOD.replace(b"Be brief.", b"\xed\xa0\xbd\xed\xb8\x80")
    assert read(tmp_path, joined + apart) == (joined + joined).splitlines()
    half = GOOD.replace(b"Be brief.", b"\xed\xa0\xbd")
    assert "cannot be told for certain" in refusal(tmp_path, apart + half)


def test_a_thousand_bad_lines_are_enough_to_judge_by(tmp_path: Path) -> None:
    bad = b'{"a": "\xfc"}\n'
    assert read(tmp_path, bad * 999 + b'{"a": "\x81"}\n' * 0)[0] == '{"a": "ü"}'.encode()
    assert "cannot be told" in refusal(tmp_path, bad * 999 + b'{"a": "\x81"}\n')


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32"])
def test_the_last_line_may_lack_its_end_in_every_encoding(tmp_path: Path, codec: str) -> None:
    text = "\ufeff" + GOOD.decode().rstrip("\n")
    assert read(tmp_path, text.encode(codec)) == GOOD.splitlines()


@pytest.mark.parametrize("as_array", [False, True])
def test_another_encoding_that_breaks_further_on_is_told(tmp_path: Path, as_array: bool) -> None:
    text = json.dumps(many(CHAT)) if as_array else GOOD.decode()
    half = "\udc00".encode("utf-16-le", "surrogatepass")
    content = ("\ufeff" + text).encode("utf-16-le") + half + "\n".encode("utf-16-le")
    assert "is not valid UTF-16 throughout" in refusal(tmp_path, content)


@pytest.mark.parametrize("as_array", [False, True])
def test_another_encoding_that_ends_within_a_character_is_told(
    tmp_path: Path, as_array: bool
) -> None:
    text = json.dumps(many(CHAT)) if as_array else GOOD.decode()
    content = ("\ufeff" + text).encode("utf-16-le") + b"x"
    assert "is not valid UTF-16 throughout" in refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[{}, {}", "has no end: the file is cut"),
        (b"[\n{},\n{]", "is not valid in line 3, column 2, so it cannot be converted"),
        (b'[{"a": [1, 2}]', "is not valid in line 1, column 13"),
        (b'[{"a": 1}, : {}]', "is not valid in line 1, column 12"),
        (b'[{},\n {"a": "b]', "has no end: what begins in line 2, column 2 is not closed"),
        (b"[\n" + b"[" * 100_000, "has no end: what begins in line 2, column 1"),
        (b'[\n"\x81"]', "is not UTF-8, and its encoding cannot be told"),
    ],
)
def test_json_that_is_not_whole_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refusal(tmp_path, content)


def test_half_a_surrogate_pair_in_an_array_stays_an_escape(tmp_path: Path) -> None:
    content = rb'[{"a": "\ud800", "b": "\ud83d\ude00 \u00e9"}, {}]'
    first, second = read(tmp_path, content)
    assert second == b"{}"
    assert first.isascii()
    assert json.loads(first) == {"a": "\ud800", "b": "😀 é"}


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": "' + b"x" * 2_500_000 + b'"}\n',
        ('\ufeff{"a": "' + "x" * 2_500_000 + '"}\n').encode("utf-16-le"),
        b'[\n{"a": "' + b"x" * 2_500_000 + b'"}]\n',
    ],
    ids=["lines", "another encoding", "an array"],
)
def test_a_line_that_is_far_too_long_is_left_to_the_user(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_text, "MAX_LINE", 1_000_000)
    assert "A line is longer than 1,000,000 bytes" in refusal(tmp_path, content)


def cut_after_the_first_block(path: Path, file: CheckedFile) -> Iterator[bytes]:
    """Begin to read, cut the file, and go on."""
    found = lines_of(file, layout_of(file))
    yield next(found).data
    os.truncate(path, 100)
    for line in found:
        yield line.data


def test_a_file_that_becomes_shorter_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, b"{}\n" * 700_000)
    with open_checked(path) as file, pytest.raises(RepairRefused, match="became shorter"):
        list(cut_after_the_first_block(path, file))


def test_a_disk_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    file = open_checked(write(tmp_path, GOOD))
    file.close()
    with pytest.raises(RepairRefused, match=r"train\.jsonl cannot be read: Bad file descriptor"):
        layout_of(file)


@pytest.mark.parametrize("before", [1, 2, 3, 6])
def test_a_value_that_lies_across_two_blocks_is_read_whole(tmp_path: Path, before: int) -> None:
    padding = b" " * ((1 << 20) - len(b"[\n5,") - before)
    content = b"[\n5," + padding + b'123456, {"a": 1}]'
    assert read(tmp_path, content) == [b"5", b"123456", b'{"a": 1}']
