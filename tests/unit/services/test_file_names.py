"""Which words are ids, which are paths, and which only the endpoint can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from fttui.services.file_names import certain_id, may_be_id

UUID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("word", "file_id"),
    [
        ("file-abc", "file-abc"),
        ("file_abc", "file_abc"),
        (UUID, UUID),
        (UUID.upper(), UUID.upper()),
        ("s3://bucket/a/train.jsonl", "s3://bucket/a/train.jsonl"),
        ("id:LV", "LV"),
        ("id:a/b.jsonl", "a/b.jsonl"),
        ("id:id:x", "id:x"),
        ("id:file-abc", "file-abc"),
        ("id:", ""),
        ("id:a b", ""),
        ("id:..", ""),
        ("id:a\x1bb", ""),
        ("id:" + "x" * 513, ""),
        ("LV", ""),
        ("file-", ""),
        ("file-a/b", ""),
        ("497f6eca-6276", ""),
        ("s3://a b", ""),
        ("train.jsonl", ""),
        ("", ""),
    ],
)
def test_an_id_is_known_by_its_form_or_by_what_stands_before_it(word: str, file_id: str) -> None:
    assert certain_id(word) == file_id


@pytest.mark.parametrize(
    "word",
    ["LV", "ds-42", "dataset:7", "train.v2", "a@b", "x" * 256],
)
def test_a_word_that_names_no_file_may_be_an_id(word: str) -> None:
    assert may_be_id(word)
    Path(word[:200]).touch()
    assert may_be_id(word) is (len(word) > 200)


@pytest.mark.parametrize(
    "word",
    ["", "a/b", "~x", "./x", "-x", "a b", "train.jsonl", "TRAIN.JSON", "x.csv", "x.gz", "é",
     "x" * 257],
)  # fmt: skip
def test_what_looks_like_a_path_is_never_asked_of_the_endpoint(word: str) -> None:
    assert not may_be_id(word)


def test_a_file_goes_before_an_id_of_the_same_form_unless_it_is_called_an_id() -> None:
    for name in ("file-abc", UUID):
        Path(name).touch()
        assert certain_id(name) == ""
        assert certain_id(f"id:{name}") == name
