import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fttui.server import (
    write_sample_broken_file,
    write_sample_preference_file,
    write_sample_training_file,
    write_sample_validation_file,
)
from fttui.server.training_files import inspect_lines
from fttui.training_data.check import check_file


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_the_training_file_is_as_real_ones_are(tmp_path: Path) -> None:
    path = write_sample_training_file(tmp_path / "t.jsonl")
    examples = rows(path)
    assert len(examples) == 240
    messages = [message for row in examples for message in row["messages"]]
    assert {message["role"] for message in messages} == {"system", "user", "assistant", "tool"}
    assert {message.get("weight") for message in messages} == {None, 0, 1}
    assert any(message.get("tool_calls") for message in messages)
    assert max(len(row["messages"]) for row in examples) >= 8
    text = path.read_text("utf-8")
    for sign in ("日", "é", "ü", "😕", "ع", '\\"', "″"):
        assert sign in text


@pytest.mark.parametrize("seed", range(5))
def test_sample_files_break_no_rule(tmp_path: Path, seed: int) -> None:
    for number, write in enumerate(
        (write_sample_training_file, write_sample_validation_file, write_sample_preference_file)
    ):
        path = write(tmp_path / f"{number}.jsonl", seed=seed)
        with path.open("rb") as lines:
            found = inspect_lines(lines, "default")
        assert found.message is None
        assert found.examples >= 40
        lines_ = path.read_text("utf-8").splitlines()
        assert len(set(lines_)) == len(lines_), "no example comes twice"


def test_the_broken_file_has_faults_of_many_kinds_among_good_lines(tmp_path: Path) -> None:
    path = write_sample_broken_file(tmp_path / "b.jsonl")
    report = check_file(path, count_tokens=False)
    kinds = {problem.rule for problem in report.problems}
    assert {"json-syntax", "message-role", "weight", "unknown-key", "tool-call-id"} <= kinds
    assert {"blank-line", "duplicate-example"} <= kinds
    assert any(one.mend for one in report.errors) and any(not one.mend for one in report.errors)
    with path.open("rb") as lines:
        assert inspect_lines(lines, "default").message is not None
    assert len({one.line for one in report.errors}) < report.examples / 4


def test_every_row_ends_with_the_assistant_and_answers_its_tool_calls(tmp_path: Path) -> None:
    for row in rows(write_sample_training_file(tmp_path / "t.jsonl")):
        messages = row["messages"]
        assert messages[0]["role"] == "system"
        assert messages[-1]["role"] == "assistant"
        declared = {tool["function"]["name"] for tool in row["tools"]}
        made, answered = set(), set()
        for message in messages:
            for call in message.get("tool_calls", ()):
                assert call["function"]["name"] in declared
                assert isinstance(json.loads(call["function"]["arguments"]), dict)
                made.add(call["id"])
            if message["role"] == "tool":
                answered.add(message["tool_call_id"])
        assert made == answered


def test_training_and_validation_share_no_example(tmp_path: Path) -> None:
    training = write_sample_training_file(tmp_path / "t.jsonl", examples=2000)
    validation = write_sample_validation_file(tmp_path / "v.jsonl", examples=500)
    shared = set(training.read_text().splitlines()) & set(validation.read_text().splitlines())
    assert shared == set()


def test_preferred_and_other_answers_differ(tmp_path: Path) -> None:
    for row in rows(write_sample_preference_file(tmp_path / "p.jsonl")):
        assert row["preferred_output"] != row["non_preferred_output"]


def test_a_file_depends_on_its_seed_alone(tmp_path: Path) -> None:
    one, same, other = (
        write_sample_training_file(tmp_path / f"{number}.jsonl", seed=seed).read_bytes()
        for number, seed in enumerate((3, 3, 4))
    )
    assert one == same
    assert one != other


def test_importing_the_package_loads_no_server() -> None:
    code = "import sys, fttui.server; print([n for n in ('uvicorn', 'starlette', 'sqlite3', " \
        "'orjson') if n in sys.modules])"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_sandbox_loads_nothing_else_of_fttui() -> None:
    code = (
        "import sys, fttui.server.server; print([n for n in sys.modules if n.startswith('fttui')"
        " and not n.startswith('fttui.server') or n in ('textual', 'openai')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['fttui']"
