"""Corrected copies and splits: what is certain is mended, told, and nothing is overwritten."""

import gzip
import itertools
import json
import os
import tracemalloc
from array import array
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest

from fttui.disk.writing import NotWritten
from fttui.training_data.check import CheckCancelled, check_file
from fttui.training_data.files import FileRefused
from fttui.training_data.foreign.columns import ColumnMap
from fttui.training_data.repair import RepairRefused, RepairReport, repair
from fttui.training_data.split import _lowest, split, split_names
from fttui.training_data.tally import later_equals
from unit.training_data.training_samples import CHAT, TOOLS, lines, many, write

GOOD = many(CHAT)
LINES = lines(GOOD)


def mended(folder: Path, content: bytes) -> RepairReport:
    source = write(folder, content)
    found = repair(source, folder / "copy.jsonl", count_tokens=False)
    assert source.read_bytes() == content
    assert found.check.ok, found.check.errors
    return found


def kinds(found: RepairReport) -> dict[str, int]:
    return {done.kind: done.count for done in found.corrections}


def test_line_ends_blank_lines_a_mark_and_duplicates_are_corrected(tmp_path: Path) -> None:
    rows = [json.dumps(example).encode() for example in GOOD]
    content = b"\xef\xbb\xbf" + b"\r\n".join([*rows, b"", rows[3], b"  ", rows[5]])
    found = mended(tmp_path, content)
    assert kinds(found) == {"bom": 1, "crlf": 61, "blank": 2, "duplicate": 2, "newline": 1}
    assert (tmp_path / "copy.jsonl").read_bytes() == lines(GOOD)
    assert not found.check.counts
    duplicates = next(done for done in found.corrections if done.kind == "duplicate")
    assert duplicates.sentence == "2 duplicate examples removed (lines 62, 64)"


def test_a_correction_names_its_line_or_the_first_of_its_lines(tmp_path: Path) -> None:
    rows = lines(GOOD)
    (one,) = mended(tmp_path, rows + b"\n").corrections
    assert one.sentence == "1 blank line removed (line 61)"
    (tmp_path / "copy.jsonl").unlink()
    (some,) = mended(tmp_path, rows + b"\n" * 200).corrections
    assert some.sentence.startswith("200 blank lines removed (lines 61, 62, 63")
    assert some.sentence.endswith(", …)")


def test_a_good_file_is_copied_as_it_is(tmp_path: Path) -> None:
    found = mended(tmp_path, lines(GOOD))
    assert found.corrections == ()
    assert found.examples_written == 60
    assert found.destination.read_bytes() == lines(GOOD)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_array_becomes_lines(tmp_path: Path, indent: int | None) -> None:
    examples = [*many(TOOLS, 3_000), CHAT]
    found = mended(tmp_path, json.dumps(examples, indent=indent).encode())
    assert kinds(found) == {"array": 3_001}
    copied = found.destination.read_bytes().splitlines()
    assert [json.loads(line) for line in copied] == examples


def test_pretty_printed_objects_become_lines(tmp_path: Path) -> None:
    content = "\n".join(json.dumps(example, indent=2) for example in GOOD).encode()
    found = mended(tmp_path, content)
    assert kinds(found) == {"array": 60}
    copied = found.destination.read_bytes().splitlines()
    assert [json.loads(line) for line in copied] == GOOD


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("as_array", [False, True])
def test_other_unicode_encodings_are_converted(tmp_path: Path, codec: str, as_array: bool) -> None:
    examples = [*GOOD, {"messages": [*CHAT["messages"][:2], {"role": "assistant", "content": "ž"}]}]
    rows = [json.dumps(example, ensure_ascii=False) for example in examples]
    text = json.dumps(examples, ensure_ascii=False) if as_array else "\n".join(rows) + "\n"
    found = mended(tmp_path, text.encode(codec))
    assert found.destination.read_text("utf-8").splitlines() == rows


def test_windows_1252_is_converted_when_it_is_certain(tmp_path: Path) -> None:
    text = lines(GOOD).decode().replace("Be brief.", "Fasse dich kürzer – “bitte”.")
    found = mended(tmp_path, text.encode("cp1252"))
    assert kinds(found) == {"encoding": 60}
    assert found.destination.read_text("utf-8") == text


@pytest.mark.parametrize(
    "content",
    [
        lines(GOOD) + '{"a": "é"}\n'.encode() + '{"a": "é"}\n'.encode("latin-1"),
        lines(GOOD) + b'{"a": "\xff\xfe\x81\x8d"}\n',
    ],
)
def test_an_uncertain_encoding_is_left_alone(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(RepairRefused, match="cannot be told for certain"):
        repair(write(tmp_path, content), tmp_path / "copy.jsonl")
    assert not (tmp_path / "copy.jsonl").exists()


def test_surrogates_that_were_encoded_one_by_one_are_joined(tmp_path: Path) -> None:
    split_emoji = "😀".encode("utf-16-be")
    pair = b"".join(
        chr(int.from_bytes(split_emoji[at : at + 2])).encode("utf-8", "surrogatepass")
        for at in (0, 2)
    )
    content = lines(GOOD).replace(b"Be brief.", pair)
    found = mended(tmp_path, content)
    assert found.destination.read_text("utf-8").count("😀") == 60


def test_a_comma_too_many_is_removed_only_if_that_mends_the_line(tmp_path: Path) -> None:
    good = lines(GOOD)
    row = json.dumps({**CHAT, "messages": [*CHAT["messages"]]}).encode()
    bad = row.replace(b'"Hi"', b'"Hi, ] ,}"')[:-1] + b" , }\n"
    found = mended(tmp_path, good + bad)
    assert kinds(found) == {"comma": 1}
    assert found.destination.read_bytes() == good + bad.replace(b" , }\n", b"  }\n")
    hopeless = write(tmp_path, good + b'{"a": ,}\n', "hopeless.jsonl")
    left = repair(hopeless, tmp_path / "other.jsonl", count_tokens=False)
    assert left.corrections == ()
    assert left.check.counts == {"json-syntax": 1}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(b"{}", mtime=0), "gzip"),
        (b'"a?","b."\n"1.","2."\n"3.","4."\n"5.","6."\n', "holds no names of columns"),
        (json.dumps(GOOD).encode()[:-1], "has no end"),
        (b"[{},\n{broken]", "not valid"),
        (json.dumps(CHAT, indent=2).encode() + b"\n]\n", "not valid"),
    ],
)
def test_what_cannot_be_corrected_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(RepairRefused, match=words):
        repair(write(tmp_path, content), tmp_path / "copy.jsonl")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["train.jsonl"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    source = write(tmp_path, GOOD)
    link = tmp_path / "link.jsonl"
    link.symlink_to(tmp_path / "nowhere")
    for taken in (source, link):
        with pytest.raises(NotWritten, match="exists already"):
            repair(source, taken)
    with pytest.raises(NotWritten, match="There is no folder"):
        repair(source, tmp_path / "no such folder" / "copy.jsonl")
    with pytest.raises(FileRefused):
        repair(tmp_path / "missing.jsonl", tmp_path / "copy.jsonl")
    assert source.read_bytes() == lines(GOOD)


def test_a_cancelled_repair_leaves_nothing(tmp_path: Path) -> None:
    source = write(tmp_path, GOOD)
    with pytest.raises(CheckCancelled):
        repair(source, tmp_path / "copy.jsonl", cancelled=lambda: True)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["train.jsonl"]


def meddle_at_the_last_look(meddle: Callable[[], object], looks: int) -> Callable[[], bool]:
    """A `cancelled` that never cancels, and does something to the file when asked so often."""
    count = itertools.count(1)

    def cancelled() -> bool:
        if next(count) == looks:
            meddle()
        return False

    return cancelled


CHANGES = {
    "appended": lambda path: path.write_bytes(path.read_bytes() + b"{}\n"),
    "touched": lambda path: os.utime(path, (1, 1)),
    "replaced": lambda path: write(path.parent, GOOD, "other.jsonl").replace(path),
    "removed": lambda path: path.unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_meanwhile_gives_no_copy_and_no_split(
    tmp_path: Path, change: str
) -> None:
    source = write(tmp_path, GOOD)
    meddle = meddle_at_the_last_look(lambda: CHANGES[change](source), 2)
    with pytest.raises(RepairRefused, match=r"was not left alone: .*Nothing was written"):
        repair(source, tmp_path / "copy.jsonl", cancelled=meddle)
    source = write(tmp_path, GOOD)
    meddle = meddle_at_the_last_look(lambda: CHANGES[change](source), 2)
    with pytest.raises(RepairRefused, match=r"was not left alone: .*Nothing was written"):
        split(source, *split_names(source), cancelled=meddle)
    left = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert left <= {"train.jsonl", "other.jsonl"}


def test_a_copy_may_be_named_in_every_usual_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write(tmp_path, GOOD)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert repair(source, "~/copy.jsonl", count_tokens=False).destination == tmp_path / "copy.jsonl"
    for bad in ("-", "", "~nobody-of-that-name/x.jsonl", "folder/"):
        with pytest.raises(NotWritten):
            repair(source, bad)
        with pytest.raises(NotWritten):
            split(source, tmp_path / "a", bad)


def test_duplicates_are_found_across_blocks_and_their_lines_counted_with_blank_ones(
    tmp_path: Path,
) -> None:
    rows = [b'{"number": %d, "filler": "%s"}' % (at, b"x" * 500) for at in range(5_000)]
    rows[3_000] = b"   "
    rows[4_000] = rows[7]
    rows[4_999] = rows[2_500]
    source = write(tmp_path, b"\n".join(rows) + b"\n")
    found = repair(source, tmp_path / "copy.jsonl", count_tokens=False)
    told = {done.kind: done.lines for done in found.corrections}
    assert told == {"blank": (3_001,), "duplicate": (4_001, 5_000)}
    assert found.examples_written == 4_997
    kept = [row for at, row in enumerate(rows) if at not in (3_000, 4_000, 4_999)]
    assert found.destination.read_bytes() == b"\n".join(kept) + b"\n"


@pytest.mark.parametrize(
    ("content", "corrected"),
    [
        (lines(GOOD).replace(b"\n", b"\r\n"), {"crlf": 60}),
        (b"\n" + lines(GOOD), {"blank": 1}),
        (b" \t\n" + lines(GOOD), {"blank": 1}),
        (lines(GOOD[:30]) + b" \n" + lines(GOOD[30:]), {"blank": 1}),
        (lines(GOOD) + b" ", {"blank": 1, "newline": 1}),
        (b"\xef\xbb\xbf" + lines(GOOD), {"bom": 1}),
        (lines(GOOD)[:-1], {"newline": 1}),
        (lines(GOOD).replace(b"}\n", b",}\n", 1), {"comma": 1}),
        (lines(GOOD).replace(b"]}\n", b", ]}\n", 1), {"comma": 1}),
        (b" " + lines(GOOD), {}),
    ],
)
def test_each_fault_alone_is_corrected_and_nothing_else_is_told(
    tmp_path: Path, content: bytes, corrected: dict[str, int]
) -> None:
    found = mended(tmp_path, content)
    assert kinds(found) == corrected
    copied = found.destination.read_bytes().splitlines()
    assert [json.loads(line) for line in copied] == GOOD


def test_a_text_that_holds_a_comma_before_a_bracket_needs_no_correction(tmp_path: Path) -> None:
    texts = [{"a": "[1, ] and {2 , } and ,}"}, {"b": [1, {"c": '\\" , ]'}]}]
    source = write(tmp_path, texts)
    found = repair(source, tmp_path / "copy.jsonl", count_tokens=False)
    assert found.corrections == ()
    assert found.destination.read_bytes() == source.read_bytes()


def test_lines_with_the_same_checksum_are_not_taken_for_equal(tmp_path: Path) -> None:
    alike = [b'{"a": "plumless"}\n', b'{"a": "buckeroo"}\n']
    assert crc32(alike[0]) == crc32(alike[1])
    source = write(tmp_path, b"".join(alike))
    found = repair(source, tmp_path / "copy.jsonl", count_tokens=False)
    assert found.examples_written == 2


def test_a_mark_within_the_file_is_removed_as_what_cannot_be_seen(tmp_path: Path) -> None:
    long = b'{"a": "' + b"x" * ((1 << 20) - 10) + b'"}\n'
    assert len(long) == 1 << 20
    source = write(tmp_path, long + b"\xef\xbb\xbf{}\n")
    found = repair(source, tmp_path / "copy.jsonl", count_tokens=False)
    assert kinds(found) == {"invisible": 1}
    assert found.destination.read_bytes() == long + b"{}\n"


def test_values_of_an_array_that_repeat_are_removed_and_told_as_such(tmp_path: Path) -> None:
    source = write(tmp_path, json.dumps([*GOOD[:3], GOOD[1], *GOOD[3:]]).encode())
    found = repair(source, tmp_path / "copy.jsonl", count_tokens=False)
    assert kinds(found) == {"array": 61, "duplicate": 1}
    told = {done.kind: done.lines for done in found.corrections}
    assert told["duplicate"] == (4,)
    assert (found.lines_corrected, found.examples_written) == (61, 60)


@pytest.mark.parametrize("count", [0, 1, 99_999, 250_000])
def test_every_line_that_equals_an_earlier_one_is_marked(count: int) -> None:
    hashes = array("q", (at // 2 - 50 for at in range(count)))
    marks = later_equals(hashes, array("I", bytes(4 * count)))
    assert marks == bytearray(at % 2 for at in range(count))


def test_lines_are_equal_only_if_both_hashes_are() -> None:
    hashes = array("q", [5, 5, 5, -5, 5])
    assert later_equals(hashes, array("I", [1, 2, 1, 1, 2])) == bytearray([0, 0, 1, 0, 1])


def test_a_cancelled_split_leaves_nothing(tmp_path: Path) -> None:
    source = write(tmp_path, many(CHAT, 2_000))
    with pytest.raises(CheckCancelled):
        split(source, *split_names(source), cancelled=lambda: True)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["train.jsonl"]


def parts(folder: Path, content: bytes, **options: object) -> tuple[list[bytes], list[bytes]]:
    source = write(folder, content)
    training, validation = split_names(source)
    for path in (training, validation):
        path.unlink(missing_ok=True)
    split(source, training, validation, **options)  # type: ignore[arg-type]
    return training.read_bytes().splitlines(), validation.read_bytes().splitlines()


def test_a_split_keeps_every_example_once_and_in_order(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + lines(GOOD).replace(b"\n", b"\r\n\n")
    rows = lines(GOOD).splitlines()
    training, validation = parts(tmp_path, content, share=0.1)
    assert len(validation) == 6
    assert sorted(training + validation) == sorted(rows)
    assert training == [row for row in rows if row in set(training)]


def test_a_split_depends_on_the_seed_and_not_on_the_order(tmp_path: Path) -> None:
    first = parts(tmp_path, lines(GOOD), share=0.2, seed=1)
    again = parts(tmp_path, lines(GOOD), share=0.2, seed=1)
    turned = parts(tmp_path, lines(GOOD[::-1]), share=0.2, seed=1)
    other = parts(tmp_path, lines(GOOD), share=0.2, seed=2)
    assert first == again
    assert set(first[1]) == set(turned[1])
    assert set(first[1]) != set(other[1])


@pytest.mark.parametrize("share", [0.001, 0.5, 0.999])
def test_equal_examples_stay_together_and_no_part_is_empty(tmp_path: Path, share: float) -> None:
    training, validation = parts(tmp_path, lines(GOOD[:4] * 5), share=share)
    assert training
    assert validation
    assert not set(training) & set(validation)


@pytest.mark.parametrize(
    ("content", "share", "words"),
    [
        (lines(GOOD), 0.0, "between 0 and 1"),
        (lines(GOOD), 1.0, "between 0 and 1"),
        (lines([CHAT] * 9), 0.1, "fewer than two different"),
        (json.dumps(GOOD).encode(), 0.1, "JSON array"),
    ],
)
def test_what_cannot_be_split_is_a_sentence(
    tmp_path: Path, content: bytes, share: float, words: str
) -> None:
    source = write(tmp_path, content)
    with pytest.raises(RepairRefused, match=words):
        split(source, *split_names(source), share=share)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["train.jsonl"]


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.5, 0.77, 0.99])
def test_the_lowest_rank_is_found_as_by_sorting(share: float) -> None:
    ranks = array("Q", (hash((at % 300, "rank")) & (2**64 - 1) for at in range(1_000)))
    number = max(1, round(len(ranks) * share))
    assert _lowest(ranks, number) == sorted(ranks)[number - 1]
    alike = array("Q", (rank >> 20 for rank in ranks))
    assert _lowest(alike, number) == sorted(alike)[number - 1]


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_the_share_is_kept_to_the_example_where_all_differ(tmp_path: Path, share: float) -> None:
    training, validation = parts(tmp_path, lines(many(CHAT, 400)), share=share, seed=7)
    assert (len(training), len(validation)) == (round(400 * (1 - share)), round(400 * share))


def test_blank_lines_of_a_text_that_was_broken_over_lines_stay_in_it(tmp_path: Path) -> None:
    broken = b'{"messages": [{"role": "user", "content": "One.\n\n\nTwo."}, '
    broken += b'{"role": "assistant", "content": "x"}]}\n'
    source = write(tmp_path, LINES + b"\n" + broken + LINES.replace(b"Hi", b"Ho"))
    report = check_file(source, count_tokens=False)
    blank = [problem.line for problem in report.of_rule("blank-line")]
    assert blank == [LINES.count(b"\n") + 1]
    done = repair(source, tmp_path / "copy.jsonl", count_tokens=False)
    texts = [json.loads(line) for line in (tmp_path / "copy.jsonl").read_bytes().splitlines()]
    assert "One.\n\n\nTwo." in [one["messages"][0]["content"] for one in texts]
    assert [(one.kind, one.lines) for one in done.corrections if one.kind == "blank"] == [
        ("blank", (blank[0],))
    ]


def test_what_a_single_line_was_converted_from_is_told(tmp_path: Path) -> None:
    source = write(tmp_path, LINES + b'{"prompt": "a", "completion": "b"}\n')
    done = repair(source, tmp_path / "copy.jsonl", count_tokens=False)
    line = LINES.count(b"\n") + 1
    assert [one.sentence for one in done.corrections] == [
        f"1 example converted from: prompt/completion (line {line})"
    ]


def test_a_mapping_to_columns_that_no_line_has_is_refused_with_those_there_are(
    tmp_path: Path,
) -> None:
    source = write(tmp_path, [{"ask": f"{n}?", "reply": f"{n}!"} for n in range(12)])
    mapping = ColumnMap.parse("user=ask,assistant=answer")
    with pytest.raises(RepairRefused, match='no column "answer"; the columns are "ask", "reply"'):
        repair(source, tmp_path / "copy.jsonl", mapping=mapping, count_tokens=False)
    assert not (tmp_path / "copy.jsonl").exists()


def test_long_lines_that_repeat_are_taken_out_without_holding_all_of_them(tmp_path: Path) -> None:
    def row(number: int) -> bytes:
        asked = {"role": "user", "content": f"{number} " + "x" * 1_000_000}
        return json.dumps({"messages": [asked, CHAT["messages"][-1]]}).encode() + b"\n"

    source = write(tmp_path, b"".join(row(number % 50) for number in range(100)))
    tracemalloc.start()
    found = repair(
        source, tmp_path / "copy.jsonl", check=lambda path: check_file(path, count_tokens=False)
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.examples_written, kinds(found)["duplicate"]) == (50, 50)
    assert found.destination.read_bytes() == b"".join(map(row, range(50)))
    assert peak < 80_000_000
