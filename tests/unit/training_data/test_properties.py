"""Properties of the check that hold for any bytes and any examples."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fttui.terminal.text import safe
from fttui.training_data.block import Examiner
from fttui.training_data.check import CheckSettings, check_file
from fttui.training_data.profile import CheckProfile, Format, Limits
from fttui.training_data.report import Report
from fttui.training_data.rules import RULES
from unit.training_data.training_samples import (
    CHAT,
    COMPLETION,
    PREFERENCE,
    REINFORCEMENT,
    TOOLS,
    VISION,
    lines,
    many,
)

HERE = CheckSettings(workers=0)
WORKERS = CheckSettings(workers=2, in_process_below=0)
SLOW = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "any.jsonl"


def checked(path: Path, content: bytes, how: CheckSettings = HERE, **options: Any) -> Report:
    path.write_bytes(content)
    options.setdefault("count_tokens", False)
    return replace(check_file(path, settings=how, **options), seconds=0)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["messages", "role", "content", "tools", "input", "weight", "name", "prompt"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
pieces = st.sampled_from(
    [
        b"\n",
        b"\r\n",
        b"\xef\xbb\xbf",
        b"\x00",
        b"\xff",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b'"',
        b"\\",
        b"\\ud800",
        b"NaN",
        b"sk-aaaaaaaaaaaaaaaa1",
        *(json.dumps(example).encode() for example in (CHAT, TOOLS, VISION, PREFERENCE)),
        b'{"messages": [{"role": "user", "content": ',
    ]
)
any_bytes = (
    st.binary(max_size=200)
    | st.lists(pieces | st.binary(max_size=5), max_size=12).map(b"".join)
    | st.lists(json_values, max_size=5).map(lines)
)


@settings(SLOW, max_examples=40)
@given(content=any_bytes, method=st.sampled_from([None, "supervised", "dpo", "reinforcement"]))
def test_any_bytes_give_a_report_that_can_be_printed(
    scratch: Path, content: bytes, method: str | None
) -> None:
    report = checked(scratch, content, method=method, count_tokens=True)
    assert report.bytes == len(content)
    assert sum(report.counts.values()) == report.error_count + report.warning_count
    assert set(report.counts) <= set(RULES) - {"not-checked"}
    for problem in report.problems:
        assert problem.rule in report.counts
        for text in (problem.message, problem.path, problem.fix):
            assert safe(text) == text
        if problem.line is not None and problem.offset is not None:
            before = content[: problem.offset]
            assert before.count(b"\n") == problem.line - 1
    json.dumps(report.to_json(), allow_nan=False).encode()


class OnlySlowly(Examiner):
    """An examiner that takes no short way."""

    def _judge_chat(self, data: bytes, *, escaped: bool) -> None:
        for index in range(len(self._lines)):
            self._judge_slowly(index)


texts = st.text(max_size=12) | st.sampled_from(
    ['say "role"', "role", "content", "\\", '"', "a\u2028b", "\x00", "<|endoftext|>", "messages"]
)
messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant", "developer", "tool", "x"])},
        optional={
            "content": texts | st.none() | st.just([{"type": "text", "text": "t"}]),
            "weight": st.sampled_from([0, 1, 2, 1.0, True, None]),
            "name": texts | st.none(),
        },
    ),
    max_size=4,
)


@st.composite
def right_examples(draw: st.DrawFn) -> dict[str, Any]:
    """Examples with tools, parts, names and weights in which nothing is wrong."""
    text = texts.filter(bool)
    image = {"type": "image_url", "image_url": {"url": "https://a.org/b.png"}}
    content = text | st.lists(
        st.builds(lambda words: {"type": "text", "text": words}, texts), min_size=1, max_size=2
    )
    made: list[dict[str, Any]] = [{"role": draw(st.sampled_from(["system", "developer"]))}]
    made[0]["content"] = draw(content)
    made.append({"role": "user", "content": draw(content | st.just([image, image]))})
    example: dict[str, Any] = {"messages": made}
    if draw(st.booleans()):
        names = draw(st.sampled_from([["f"], ["f", "say-f_2"]]))
        called = [
            {
                "id": f"c{n}",
                "type": "function",
                "function": {"name": name, "arguments": '{"q":"a"}'},
            }
            for n, name in enumerate(names)
        ]
        said = draw(st.sampled_from([{}, {"content": None}, {"content": "so"}, {"content": ""}]))
        made.append({"role": "assistant", **said, "tool_calls": called})
        made += [{"role": "tool", "tool_call_id": c["id"], "content": draw(texts)} for c in called]
        declared = [{"type": "function", "function": {"name": name}} for name in ["f", "say-f_2"]]
        example["tools"] = declared
    made.append({"role": "assistant", "content": draw(content)})
    if draw(st.booleans()):
        made[-1]["weight"] = draw(st.sampled_from([0, 1]))
    if draw(st.booleans()):
        made[draw(st.integers(0, len(made) - 1))]["name"] = draw(texts)
    if draw(st.booleans()):
        example["parallel_tool_calls"] = draw(st.booleans())
    return example


def places(value: Any) -> list[tuple[Any, Any]]:
    """Each object or list within a value, with each of its keys or indices."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@st.composite
def changed_examples(draw: st.DrawFn) -> dict[str, Any]:
    """Right examples, and such with one value changed or taken out."""
    example = draw(right_examples())
    if draw(st.integers(0, 2)) == 0:
        container, key = draw(st.sampled_from(places(example)))
        value = draw(
            json_values
            | st.sampled_from(["user", "tool", "c0", "c1", "f", "text", "function", '{"a"'])
            | st.sampled_from(["a.b", '"{}"', "[]", "http://localhost/a.png", "http://10.0.0.1/"])
            | st.sampled_from(["data:image/png;base64,AAAA", "data:image/png;base64,A!", None, []])
            | st.just([{"type": "text", "text": "t"}])
            | st.just(...)
        )
        if value is ...:
            del container[key]
        else:
            container[key] = value
    return example


@st.composite
def chat_lines(draw: st.DrawFn) -> bytes:
    """Lines of chat examples in several spellings, some with a key repeated."""
    made = []
    plain = messages.map(lambda given_messages: {"messages": given_messages})
    for example in draw(st.lists(plain | changed_examples(), max_size=4)):
        compact = draw(st.booleans())
        text = json.dumps(
            example,
            ensure_ascii=draw(st.booleans()),
            separators=(",", ":") if compact else None,
        )
        if draw(st.booleans()):
            text = text.replace('\\"', "\\u0022")
        key = draw(
            st.sampled_from(["role", "content", "weight", "type", "name", "arguments", "url"])
        )
        at = text.find(f'"{key}"')
        if at > 0 and draw(st.integers(0, 3)) == 0:
            value = draw(st.sampled_from(['"user"', '"x"', "1", '"function"', '"text"']))
            text = text[:at] + f'"{key}":{value},' + text[at:]
        made.append(text.encode("utf-8", "replace") + b"\n")
    return b"".join(made)


@SLOW
@given(content=chat_lines())
def test_the_fast_lane_and_the_slow_lane_agree(content: bytes) -> None:
    profile = CheckProfile(
        format=Format.CHAT,
        encoding="o200k_base",
        token_limit=20,
        limits=Limits(images_per_example=2),
    )
    quick = examiner(profile, Examiner)
    quick._plain_rests = quick._rich_rests = 0
    fast = quick.block(content, 0)
    slow = examiner(profile, OnlySlowly).block(content, 0)
    assert fast == slow


@pytest.mark.parametrize("full", [frozenset(), frozenset({"no-system-message"})])
@pytest.mark.parametrize("encoding", [None, "o200k_base"])
def test_more_lines_of_one_kind_than_are_listed_are_all_counted(
    full: frozenset[str], encoding: str | None
) -> None:
    ask, answer = {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}
    named = {**ask, "name": "n"}
    rows = [{"messages": [ask, answer]}, {"messages": [named, answer]}, {"messages": [ask]}]
    content = lines(rows * 150)
    profile = CheckProfile(format=Format.CHAT, encoding=encoding)
    fast, slow = (kind(profile).block(content, 0, full) for kind in (Examiner, OnlySlowly))
    assert fast == slow
    assert fast.counts["no-system-message"] == 450
    assert sum(problem.rule == "no-system-message" for problem in fast.listed) == 100 * (not full)


_examiners: dict[type[Examiner], Examiner] = {}


def examiner(profile: CheckProfile, kind: type[Examiner]) -> Examiner:
    """One examiner of each kind for all examples: loading a vocabulary takes a while."""
    if kind not in _examiners:
        _examiners[kind] = kind(profile)
    return _examiners[kind]


def mixed_file() -> bytes:
    """Three megabytes of good and bad lines of every kind."""
    plain = [many(example, 900) for example in (CHAT, TOOLS, VISION)]
    bad: list[bytes] = [
        b"\n",
        b"[]\n",
        b"{\n",
        b'{"messages": 5}\n',
        b"\xff\n",
        b'{"messages": [{"role": "x"}]}\r\n',
        b'{"prompt": "a", "completion": "sk-aaaaaaaaaaaaaaaa1"}\n',
        b'{"messages": [{"role": "user", "content": "' + b"long " * 30_000 + b'"}]}\n',
    ]

    def parts() -> Iterator[bytes]:
        for number in range(900):
            yield lines([kind[number] for kind in plain])
            yield bad[number % len(bad)]

    return b"".join(parts())


@pytest.mark.parametrize("tokens", [False, True])
def test_workers_and_this_process_give_the_same_report(tmp_path: Path, tokens: bool) -> None:
    content = mixed_file()
    path = tmp_path / "mixed.jsonl"
    held_out = tmp_path / "held-out.jsonl"
    held_out.write_bytes(content[: len(content) // 3])
    one = checked(path, content, validation=held_out, count_tokens=tokens)
    two = checked(path, content, WORKERS, validation=held_out, count_tokens=tokens)
    assert one.validation is not None
    assert two.validation is not None
    assert replace(one.validation, seconds=0) == replace(two.validation, seconds=0)
    assert replace(one, validation=None) == replace(two, validation=None)
    assert one.error_count > 500
    assert one.examples > 3_000


@settings(max_examples=4, deadline=None)
@given(content=st.lists(any_bytes, min_size=1, max_size=20).map(b"\n".join))
def test_workers_and_this_process_agree_on_any_bytes(tmp_path_factory: Any, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "any.jsonl"
    assert checked(path, content) == checked(path, content, WORKERS)


words = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"))
filled = words.filter(lambda text: bool(text.strip()))
tool_call = st.builds(
    lambda name, arguments: (name, json.dumps(arguments)),
    st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    st.dictionaries(words, words),
)


@st.composite
def good_chat(draw: st.DrawFn) -> dict[str, Any]:
    """A chat example without a fault, with tools or without."""
    made: list[dict[str, Any]] = [{"role": "system", "content": "Be brief."}]
    declared: set[str] = set()
    for number in range(draw(st.integers(1, 3))):
        made.append({"role": "user", "content": draw(filled)})
        if draw(st.booleans()):
            name, arguments = draw(tool_call)
            declared.add(name)
            call = {"id": f"c{number}", "type": "function"}
            function = {"name": name, "arguments": arguments}
            made.append({"role": "assistant", "tool_calls": [{**call, "function": function}]})
            made.append({"role": "tool", "tool_call_id": f"c{number}", "content": draw(words)})
        made.append({"role": "assistant", "content": draw(filled)})
        if draw(st.booleans()):
            made[-1]["weight"] = 1
    tools = [{"type": "function", "function": {"name": name}} for name in sorted(declared)]
    return {"messages": made, **({"tools": tools} if tools else {})}


good = {
    "chat": good_chat(),
    "preference": st.builds(
        lambda ask, better, worse: {
            "input": {"messages": [{"role": "user", "content": ask}]},
            "preferred_output": [{"role": "assistant", "content": better}],
            "non_preferred_output": [{"role": "assistant", "content": better + worse}],
        },
        filled,
        filled,
        filled,
    ),
    "reinforcement": st.builds(
        lambda ask, answer: {"messages": [{"role": "user", "content": ask}], "answer": answer},
        filled,
        json_values,
    ),
    "completion": st.builds(
        lambda ask, answer: {"prompt": f"{ask.lower()} ->", "completion": f" {answer.lower()}\n"},
        filled,
        filled,
    ),
}


@pytest.mark.parametrize("kind", sorted(good))
@settings(SLOW, max_examples=40)
@given(data=st.data())
def test_a_good_example_of_each_format_has_no_error(
    scratch: Path, kind: str, data: st.DataObject
) -> None:
    example = data.draw(good[kind])
    assert_good(scratch, example, kind)


def assert_good(scratch: Path, example: dict[str, Any], kind: str) -> None:
    templates = {"reinforcement": REINFORCEMENT, "completion": COMPLETION}
    base = {"chat": CHAT, "preference": PREFERENCE, **templates}[kind]
    report = checked(scratch, lines([*many(base, 20), example]))
    assert report.ok, report.errors
    assert report.format == kind
