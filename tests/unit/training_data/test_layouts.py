"""Arrays, containers, tables and odd line ends: every row in its own text, and what is told."""

from __future__ import annotations

import hashlib
import json
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fttui.training_data.check import check_file
from fttui.training_data.containers import container_of
from fttui.training_data.converting import RepairRefused, batches_of, layout_of, lines_of
from fttui.training_data.file_kinds import kind_of_file
from fttui.training_data.files import open_checked
from fttui.training_data.json_text import JsonText, rows_of_values
from fttui.training_data.repair import repair
from fttui.training_data.sample import read_head, sample_rows
from fttui.training_data.tables import table_of
from unit.training_data.training_samples import CHAT, check, lines, many, only, write

GOOD = many(CHAT)
PAIRS = [{"prompt": f"q{n}", "completion": f"a{n}"} for n in range(12)]


def rows(folder: Path, content: bytes, name: str = "train.json") -> list[Any]:
    """The rows of a file, parsed."""
    with open_checked(write(folder, content, name)) as file:
        return [json.loads(line.data) for line in lines_of(file, layout_of(file)) if line.data]


def told(folder: Path, content: bytes, name: str = "train.json") -> str:
    """The one problem of a file that is not JSON Lines."""
    report = check_file(write(folder, content, name), count_tokens=False)
    assert sum(report.counts.values()) == 1, report.counts
    return report.problems[0].message


def refusal(folder: Path, content: bytes) -> str:
    with pytest.raises(RepairRefused) as caught:
        repair(write(folder, content), folder / "copy.jsonl", count_tokens=False)
    return str(caught.value)


def done(folder: Path, content: bytes) -> dict[str, tuple[int, tuple[str, ...]]]:
    found = repair(write(folder, content), folder / "copy.jsonl", count_tokens=False)
    return {one.kind: (one.count, one.names) for one in found.corrections}


# --- JSON across lines


def test_an_item_keeps_its_own_text(tmp_path: Path) -> None:
    item = r'{"a": 1e999, "b": 12345678901234567890123, "a": "\u00e9\/", "c": NaN, "d": 1.10}'
    pretty = item.replace(", ", ",\n    ").replace("{", "{\r\n    ")
    with open_checked(write(tmp_path, f"[\n{item},\n{pretty}\n]".encode())) as file:
        first, second = (line.data.decode() for line in lines_of(file, layout_of(file)))
    assert first == item
    assert second == item.replace(", ", ",")


def test_carriage_returns_between_the_parts_of_an_item_are_taken_out(tmp_path: Path) -> None:
    content = b'[\n{"a":\r 1,\r\n "b": ' + b"9" * 5_000 + b"}]"
    with open_checked(write(tmp_path, content)) as file:
        (line,) = lines_of(file, layout_of(file))
    assert line.data == b'{"a":1,"b": ' + b"9" * 5_000 + b"}"


def test_of_a_long_conversation_only_the_beginning_is_looked_at() -> None:
    def pieces() -> Iterator[str]:
        yield '{"conversations": [{"from": "human", "value": "x"}, '
        raise AssertionError

    assert container_of(JsonText(pieces(), "")) is None


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_a_value_in_any_pieces_is_the_same(size: int) -> None:
    text = (
        '[ {"a": "x\\"]}", "b": [1, {"c": "\\\\"}]},\n 12345, "é]", null , -1.5e3,\n[[],{}]\n]\n 7'
    )
    pieces = (text[at : at + size] for at in range(0, len(text), size))
    found = list(rows_of_values(JsonText(pieces, ""), opens_arrays=True))
    assert [json.loads(one) for one in found] == [*json.loads(text[:-2]), 7]


def test_an_item_that_is_faulty_within_is_passed_on_with_its_fault(tmp_path: Path) -> None:
    faulty = b'[\n{"a": 1},\n{"a": tru,\n "b": 2},\n{"a": 3}\n]'
    with open_checked(write(tmp_path, faulty)) as file:
        found = [line.data for line in lines_of(file, layout_of(file))]
    assert found == [b'{"a": 1}', b'{"a": tru, "b": 2}', b'{"a": 3}']


def test_a_line_break_within_a_text_becomes_an_escape_and_is_told(tmp_path: Path) -> None:
    content = b'[\n{"a": "one\ntwo"},\n{"a": 1}, {"a": 2}, {"a": 3}\n]'
    assert done(tmp_path, content)["control"] == (1, ())
    first = (tmp_path / "copy.jsonl").read_bytes().splitlines()[0]
    assert json.loads(first) == {"a": "one\ntwo"}


def test_texts_that_hold_objects_are_written_as_the_objects(tmp_path: Path) -> None:
    content = json.dumps([json.dumps(one) for one in GOOD], indent=1).encode()
    assert rows(tmp_path, content) == GOOD
    assert done(tmp_path, content)["decoded"] == (60, ())
    assert rows(tmp_path, b'["{not JSON}", "{}"]') == ["{not JSON}", {}]


def test_several_arrays_become_one_item_a_line(tmp_path: Path) -> None:
    with open_checked(write(tmp_path, json.dumps(PAIRS).encode())) as file:
        assert read_head(file, 1_000_000).columns == ("prompt", "completion")
    content = json.dumps(GOOD[:5]).encode() + b"\n" + json.dumps(GOOD[5:9]).encode()
    assert "JSON arrays" in told(tmp_path, content)
    assert rows(tmp_path, content) == GOOD[:9]
    assert rows(tmp_path, b'[{"a": 1}]\n[{"a": 2}]\n{"a": 3}') == [{"a": 1}, {"a": 2}, {"a": 3}]


def test_the_messages_of_one_conversation_stay_together(tmp_path: Path) -> None:
    messages = CHAT["messages"]
    assert rows(tmp_path, json.dumps(messages, indent=1).encode()) == [messages]
    assert rows(tmp_path, json.dumps([messages, messages], indent=1).encode()) == [messages] * 2
    with open_checked(write(tmp_path, [messages, messages])) as file:
        assert kind_of_file(file) is None


@pytest.mark.parametrize("first", [b"{", b"[", b'[{"a": ', b'{"a": [{', b"xxx, yyy"])
def test_a_broken_first_line_does_not_make_json_lines_anything_else(
    tmp_path: Path, first: bytes
) -> None:
    report = check(tmp_path, first + b"\n" + lines(GOOD))
    assert report.format == "chat"
    (problem,) = report.problems
    assert (problem.line, report.examples) == (1, 61)


def test_a_stray_bracket_of_a_whole_array_is_no_broken_first_line(tmp_path: Path) -> None:
    assert rows(tmp_path, b"[\n" + lines(GOOD) + b"]\n") == GOOD
    assert rows(tmp_path, b"[\n" + lines(GOOD).replace(b"}\n", b"},\n") + b"]\n") == GOOD


def test_a_large_array_is_read_in_little_memory(tmp_path: Path) -> None:
    item = json.dumps({"messages": [{"role": "user", "content": "x" * 2_000}]}, indent=1)
    pieces = (text for n in range(4_000) for text in ("," if n else "[", item, "\n"))
    text = JsonText((piece for some in (pieces, iter("]")) for piece in some), "")
    tracemalloc.start()
    count = sum(1 for _row in rows_of_values(text, opens_arrays=True))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 4_000
    assert peak < 1_000_000


# --- One object that holds all


@pytest.mark.parametrize(
    ("value", "wanted", "left_out"),
    [
        ({"version": 1, "data": PAIRS}, PAIRS, ("version",)),
        ({"examples": PAIRS}, PAIRS, ()),
        ({"my_list": PAIRS}, PAIRS, ()),
        ({"note": "x", "my_list": PAIRS}, PAIRS, ("note",)),
        ({"info": {"by": "x"}, "data": PAIRS}, PAIRS, ("info",)),
        (
            {"features": [{"name": "a"}], "rows": [{"row_idx": 0, "row": one} for one in PAIRS]},
            PAIRS,
            ("features",),
        ),
        ({"prompt": [one["prompt"] for one in PAIRS], "completion": ["x"] * 12}, None, ()),
        ({key: {str(n): one[key] for n, one in enumerate(PAIRS)} for key in PAIRS[0]}, PAIRS, ()),
        ({str(n): one for n, one in enumerate(PAIRS)}, PAIRS, ()),
        (
            {f"id-{n}": one for n, one in enumerate(PAIRS)},
            PAIRS,
            tuple(f"id-{n}" for n in range(11)),
        ),
        (
            {"columns": [*PAIRS[0]], "index": [*range(12)], "data": [[*p.values()] for p in PAIRS]},
            PAIRS,
            ("index",),
        ),
        ({"schema": {"fields": [], "pandas_version": "1"}, "data": PAIRS}, PAIRS, ("schema",)),
        ({"data": many(CHAT)}, many(CHAT), ()),
        ({"conversations": many(CHAT)}, many(CHAT), ()),
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_examples_in_one_object_become_rows(
    tmp_path: Path, value: Any, wanted: Any, left_out: tuple[str, ...], indent: int | None
) -> None:
    content = json.dumps(value, indent=indent).encode()
    wanted = wanted or [{**one, "completion": "x"} for one in PAIRS]
    assert told(tmp_path, content).startswith("the file is one JSON object with")
    assert rows(tmp_path, content) == wanted
    corrections = done(tmp_path, content)
    assert corrections.get("left-out", (0, ()))[1] == left_out
    with open_checked(write(tmp_path, content)) as file:
        assert set(read_head(file, 1_000_000).columns) >= set(wanted[0])
        assert list(sample_rows(file)) == wanted[:60]


@pytest.mark.parametrize(
    "value",
    [
        CHAT,
        {"messages": CHAT["messages"], "tools": [{"type": "function"}]},
        {"messages": [{"text": "no role"}]},
        {"conversations": [{"from": "human", "value": "x"}]},
        {"contents": [{"role": "user", "parts": [{"text": "x"}]}]},
        {"prompt": "x", "completion": "y"},
        {"text": "x", "entities": [{"start": 1}]},
        {"chosen": [{"role": "user", "content": "x"}], "rejected": [{"role": "a", "content": "y"}]},
        {"input": {"messages": []}, "preferred_output": [], "non_preferred_output": []},
        {"input": ["a"], "ideal": ["b"]},
        {"a": {"b": 1}},
    ],
)
def test_one_example_is_no_container(value: Any) -> None:
    assert container_of(JsonText(iter([json.dumps(value, indent=1)]), "")) is None


def test_more_than_one_object_is_no_container() -> None:
    text = json.dumps({"data": PAIRS})
    assert container_of(JsonText(iter([text]), "")) is not None
    assert container_of(JsonText(iter([text + text]), "")) is None
    assert container_of(JsonText(iter([text[:-1]]), "")) is None


def test_of_two_lists_none_is_taken(tmp_path: Path) -> None:
    content = json.dumps({"train": PAIRS, "test": PAIRS[:2]}).encode()
    assert (
        told(tmp_path, content) == 'the file is one JSON object with the lists "train" and "test"'
    )
    assert "each list to a file of its own" in refusal(tmp_path, content)


def test_a_row_of_another_length_is_told(tmp_path: Path) -> None:
    data = [["a", "b"]] * 30 + [["a"]]
    content = json.dumps({"columns": ["prompt", "completion"], "data": data}).encode()
    assert "Row 31 of the table in train.jsonl has 1 values for 2 columns" in refusal(
        tmp_path, content
    )


# --- Tables


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_text_table_becomes_objects(tmp_path: Path, delimiter: str, codec: str, end: str) -> None:
    text = end.join(
        [
            delimiter.join(["prompt", "completion"]),
            delimiter.join(['"He said ""é"", twice' + delimiter + '"', "plain"]),
            delimiter.join(['"two\nlines"', " spaced "]),
            delimiter.join(["", '"{""a"": 1}"']),
        ]
    )
    content = (text + end).encode(codec)
    assert "with the columns prompt, completion" in told(tmp_path, content, "train.csv")
    with open_checked(write(tmp_path, content)) as file:
        found = list(lines_of(file, layout_of(file)))
    assert [line.number for line in found] == [2, 3, 5]
    assert [json.loads(line.data) for line in found] == [
        {"prompt": f'He said "é", twice{delimiter}', "completion": "plain"},
        {"prompt": "two\nlines", "completion": " spaced "},
        {"prompt": "", "completion": '{"a": 1}'},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Dear Sir, thank you\nfor your letter, which\nI read, twice\n",
        "Hello, world\nThis is, a test\n",
        "First, a word, then two\nsecond\nthird, fourth\n",
        "2026-11-20 10:00:00,123 INFO start\n2026-11-20 10:00:01,456 INFO end\n" * 3,
        'data: {"a": 1, "b": 2}\ndata: {"a": 1, "b": 2}\n' * 3,
        '1. {"a": 1, "b": 2}\n2. {"a": 1, "b": 2}\n' * 3,
        "{'a': 1, 'b': 2}\n{'a': 1, 'b': 2}\n" * 3,
        'a,b\n{"a": 1, "b": 2}\n{"a": 1, "b": 2}\n{"a": 1, "b": 2}\n',
        "one line, no more\n",
        "prompt,completion\n",
        "# Title\n\nSome text; more\n",
    ],
)
def test_prose_logs_and_lines_of_json_are_no_table(text: str) -> None:
    assert table_of(text, whole=True) is None


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_name_of_a_column_may_have_several_words(delimiter: str) -> None:
    rows = [["User message", "Answer of the bot"], *[[f"When {n}", "At six"] for n in range(4)]]
    found = table_of("".join(delimiter.join(row) + "\n" for row in rows), whole=True)
    assert found is not None
    assert found.columns == ("User message", "Answer of the bot")


def test_a_first_row_that_holds_no_names_is_told(tmp_path: Path) -> None:
    content = b'"What is 2+2?","4"\n"What is 3+3?","6"\n"What is 4+4?","8"\n"Why?","So."\n'
    assert told(tmp_path, content) == (
        "the file is a CSV table whose first line holds no names of columns"
    )
    assert "names of its columns as its first line" in refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (b"a,b,c\n", "Line 14 of train.jsonl does not fit the table: it has 3 cells"),
        (b"a\n", "Line 14 of train.jsonl does not fit the table: it has 1 cells"),
        (b'"a,b\nc,d\n', "the row that begins in line 14 has no end"),
        (b'"a "b" c",d\n', "A cell in line 14 of train.jsonl goes on after its closing quote"),
    ],
)
def test_a_row_that_does_not_fit_is_told_and_never_shifted(
    tmp_path: Path, row: bytes, words: str
) -> None:
    table = b"prompt,completion\n" + b"".join(b"q%d,a\n" % n for n in range(12))
    assert words in refusal(tmp_path, table + row)


def test_empty_cells_after_the_last_column_and_blank_rows_are_passed_over(tmp_path: Path) -> None:
    content = b"prompt,completion,\nq,a,\n,,\nr,b,\n\ns,c\n"
    wanted = [{"prompt": p, "completion": c} for p, c in ("qa", "rb", "sc")]
    assert rows(tmp_path, content) == wanted
    assert done(tmp_path, content)["blank"] == (2, ())


def test_a_column_of_json_alone_is_a_table_and_stays_text(tmp_path: Path) -> None:
    messages = json.dumps(CHAT["messages"])
    content = ("messages\n" + ('"' + messages.replace('"', '""') + '"\n') * 3).encode()
    assert rows(tmp_path, content) == [{"messages": messages}] * 3


def test_quotes_of_a_table_of_tabs_may_be_characters_like_others(tmp_path: Path) -> None:
    content = b'prompt\tcompletion\n"Hi" she said\tx\n"Ho" he said\ty\n'
    assert rows(tmp_path, content)[0] == {"prompt": '"Hi" she said', "completion": "x"}
    late = b"prompt\tcompletion\n" + b"a\tb\n" * 9 + b'"Hi" she said\tx\n'
    assert rows(tmp_path, late)[-1] == {"prompt": '"Hi" she said', "completion": "x"}


# --- Line ends, NUL bytes, encodings


def test_carriage_returns_alone_are_one_problem_that_a_copy_mends(tmp_path: Path) -> None:
    content = lines(GOOD).replace(b"\n", b"\r")
    problem = only(check(tmp_path, content), "file-kind")
    assert "end with a carriage return (U+000D) alone" in problem.message
    assert problem.mend == "line-ends"
    assert done(tmp_path, content) == {"line-ends": (60, ())}
    assert (tmp_path / "copy.jsonl").read_bytes() == lines(GOOD)


def test_line_ends_of_both_kinds_are_told_apart(tmp_path: Path) -> None:
    end = [b"\n", b"\r", b"\r\n"]
    content = b"".join(row + end[n % 3] for n, row in enumerate(lines(GOOD).splitlines()))
    assert "some lines that end with a carriage return" in told(tmp_path, content)
    assert done(tmp_path, content) == {"line-ends": (20, ()), "crlf": (20, ())}
    assert (tmp_path / "copy.jsonl").read_bytes() == lines(GOOD)


@pytest.mark.parametrize("end", [b"x", b"{}"])
def test_many_carriage_returns_take_no_time(tmp_path: Path, end: bytes) -> None:
    content = b'{"a": 1}\r{"a": 2}\n' + b"\r" * 100_000 + end
    begun = time.thread_time()
    with open_checked(write(tmp_path, content)) as file:
        found = [line.data for line in lines_of(file, layout_of(file))]
    assert (found[:2], found[-1].strip()) == ([b'{"a": 1}', b'{"a": 2}'], end)
    assert time.thread_time() - begun < 5


@pytest.mark.parametrize("nuls", [1, 512, 3_000_000])
def test_nul_bytes_at_the_end_are_told_and_left_out(tmp_path: Path, nuls: int) -> None:
    content = lines(GOOD) + b"\0" * nuls
    report = check(tmp_path, content)
    problem = only(report, "nul-tail")
    assert problem.message.startswith(f"{nuls:,} NUL byte")
    assert problem.mend == "nul-tail"
    assert report.examples == 60
    assert report.sha256 == hashlib.sha256(content).hexdigest()
    assert done(tmp_path, content) == {"nul-tail": (nuls, ())}
    assert (tmp_path / "copy.jsonl").read_bytes() == lines(GOOD)


def test_nul_bytes_elsewhere_are_not_left_out(tmp_path: Path) -> None:
    content = b"\0\0" + lines(GOOD) + b"\0"
    assert "nul-tail" not in check(tmp_path, content).counts


def test_an_array_in_windows_1252_or_javas_utf_8_is_converted(tmp_path: Path) -> None:
    for indent in (None, 1):
        text = json.dumps([{"a": "Grüße"}, {"a": "x"}], ensure_ascii=False, indent=indent)
        assert rows(tmp_path, text.encode("cp1252")) == [{"a": "Grüße"}, {"a": "x"}]
        pair = json.dumps([{"a": "?"}], indent=indent).encode()
        pair = pair.replace(b"?", b"\xed\xa0\xbd\xed\xb8\x80")
        assert rows(tmp_path, pair) == [{"a": "😀"}]


@pytest.mark.parametrize(
    "name", ["train.json", "train.csv", "train.gz", "train.xlsx", "train.parquet"]
)
@pytest.mark.parametrize(
    "content",
    [b"\x1f\x8b\x08rest", b"\xff\xd8\xff\xe0pic", b"PK\x03\x04" + b"xl/" * 9, b"PAR1junk",
     b"[\n{},\n{}]", b"prompt,completion\na,b\n", b"\0" * 5_000],
)  # fmt: skip
def test_a_known_kind_is_one_problem_whatever_the_name(
    tmp_path: Path, name: str, content: bytes
) -> None:
    assert told(tmp_path, content, name).startswith("the file is ")


# --- The sample


def test_the_format_is_that_of_most_lines_wherever_they_stand(tmp_path: Path) -> None:
    other = [{"prompt": f"{n} " + "x" * 20_000, "completion": "y"} for n in range(60)]
    report = check(tmp_path, lines(other[:30]) + lines(many(CHAT, 8_000)))
    assert report.format == "chat"
    with open_checked(tmp_path / "train.jsonl") as file:
        examples = read_head(file, 1_000_000).examples
    assert examples[0] == other[0]
    assert examples[-1] == many(CHAT, 8_000)[-1]
    assert many(CHAT, 8_000)[-1000] not in examples


def test_a_first_line_of_many_megabytes_does_not_hide_the_others(tmp_path: Path) -> None:
    for first in (b"x" * 3_000_000, b'{"a": "' + b"x" * 3_000_000 + b'"}'):
        report = check(tmp_path, first + b"\n" + lines(GOOD))
        assert report.format == "chat"
        assert {problem.line for problem in report.problems} == {1}


def test_a_file_of_long_lines_alone_has_a_format(tmp_path: Path) -> None:
    long = [{"prompt": f"{n}" + "x" * 4_000_000, "completion": "y"} for n in range(3)]
    assert check(tmp_path, long).format == "completion"
    assert check(tmp_path, long[:1]).format == "completion"


def test_a_line_of_64_mb_is_taken(tmp_path: Path) -> None:
    example = {"messages": [{"role": "user", "content": "x" * 21_000_000}, CHAT["messages"][-1]]}
    report = check(tmp_path, [*GOOD, example])
    assert "line-length" not in report.counts


def test_batches_hold_few_bytes_of_long_lines(tmp_path: Path) -> None:
    with open_checked(write(tmp_path, [{"a": "x" * 9_000_000}] * 5)) as file:
        sizes = [len(batch) for batch in batches_of(lines_of(file, layout_of(file)))]
    assert sizes == [2, 2, 1]


def test_a_prompt_that_heads_a_file_of_another_kind_is_no_first_prompt(tmp_path: Path) -> None:
    report = check(tmp_path, [{"_comment": "made by a tool"}, *GOOD])
    assert report.format == "chat"
    assert {problem.line for problem in report.problems} == {1}
