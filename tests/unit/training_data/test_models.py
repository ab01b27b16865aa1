"""The table of models: no mistake in it, and what it tells of a name."""

import copy
import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import fttui
from fttui.cli.demo import first_model
from fttui.server.catalogue import base_model as served_model
from fttui.server.catalogue import listed_models
from fttui.training_data.models import (
    base_model,
    encoding_of,
    find_model,
    format_notice,
    model_table,
    price_of,
    suggestions,
    token_limit_of,
)
from fttui.training_data.profile import FORMATS_OF, Format, Method
from waiting import PATIENCE

SOURCE = Path(fttui.__file__).with_name("models.toml")
TABLE = tomllib.loads(SOURCE.read_text())
NOW = date(2026, 11, 26)
DAY = timedelta(days=1)

TOP = {"prices_as_of": date, "no_new_jobs_from": date, "models": list}
NEEDED = {"name": str, "encoding": str}
COLUMNS = NEEDED | {
    "family": str,
    "token_limit": int,
    "methods": list,
    "formats": list,
    "price": float,
    "answers": list,
    "base_answers": list,
    "longest_answer": int,
    "shut_down": date,
    "replacement": str,
    "elsewhere": bool,
    "created": int,
    "learning_rate": float,
    "chats": bool,
}


def wrong_types(found: dict[str, Any], allowed: dict[str, type]) -> Iterator[str]:
    for key, value in found.items():
        if key not in allowed:
            yield f"unknown: {key}"
        elif type(value) is not allowed[key]:
            yield f"wrong type: {key}"


def mistakes(table: dict[str, Any]) -> list[str]:
    """All that is wrong with a table, for a person who changes it."""
    found = [*wrong_types(table, TOP), *(f"missing: {key}" for key in TOP if key not in table)]
    names = [row.get("name") for row in table.get("models", ())]
    found += [f"there twice: {name}" for name in names if names.count(name) > 1]
    for row in table.get("models", ()):
        found += [f"{row.get('name')}: {text}" for text in of_row(row, names)]
    return found


def of_row(row: dict[str, Any], names: list[str]) -> Iterator[str]:
    yield from wrong_types(row, COLUMNS)
    yield from (f"missing: {key}" for key in NEEDED if key not in row)
    name, methods, formats = row.get("name", ""), row.get("methods", []), row.get("formats", [])
    if name != name.lower() or ("family" in row and not name.startswith(f"{row['family']}-")):
        yield "name"
    if row.get("encoding") not in {"o200k_base", "cl100k_base"}:
        yield "encoding"
    if not set(methods) <= set(Method) or not set(formats) <= set(Format):
        yield "methods or formats"
    elif any(not set(FORMATS_OF[Method(method)]) & set(formats) for method in methods) or any(
        all(kind not in FORMATS_OF[Method(method)] for method in methods) for kind in formats
    ):
        yield "formats that do not go with the methods"
    if "replacement" in row and row["replacement"] not in names:
        yield "replacement"
    if row.get("token_limit", 1) <= 0 or row.get("price", 1.0) <= 0:
        yield "a limit or price of nothing"
    for pair in (row.get("answers", [0.1, 0.2]), row.get("base_answers", [0.1, 0.2])):
        if [type(price) for price in pair] != [float, float] or not 0 < pair[0] <= pair[1]:
            yield "a price of answers"


def test_the_table_holds_no_mistake() -> None:
    assert mistakes(TABLE) == []
    assert set(model_table().models[0].__slots__) == set(COLUMNS) - {
        "created",
        "learning_rate",
        "chats",
    }


CHANGES: dict[str, Callable[[dict[str, Any], dict[str, Any]], object]] = {
    "unknown: day": lambda table, row: table.update(day=NOW),
    "missing: no_new_jobs_from": lambda table, row: table.pop("no_new_jobs_from"),
    "wrong type: prices_as_of": lambda table, row: table.update(prices_as_of="2026-11-22"),
    "there twice: gpt-4o-2024-08-06": lambda table, row: table["models"].append(row),
    "gpt-4o-2024-08-06: unknown: retired": lambda table, row: row.update(retired=NOW),
    "gpt-4o-2024-08-06: missing: encoding": lambda table, row: row.pop("encoding"),
    "None: missing: name": lambda table, row: row.pop("name"),
    "gpt-4o-2024-08-06: wrong type: price": lambda table, row: row.update(price=25),
    "gpt-4o-2024-08-06: wrong type: shut_down": lambda table, row: row.update(shut_down="soon"),
    "gpt-4o-2024-08-06: wrong type: methods": lambda table, row: row.update(methods="dpo"),
    "gpt-4o-2024-08-06: encoding": lambda table, row: row.update(encoding="o300k_base"),
    "gpt-4o-2024-08-06: name": lambda table, row: row.update(family="gpt-4.1"),
    "gpt-4o-2024-08-06: methods or formats": lambda table, row: row.update(methods=["sft"]),
    "gpt-4o-2024-08-06: formats that do not go with the methods": lambda table, row: row.update(
        formats=["chat"]
    ),
    "gpt-4o-2024-08-06: replacement": lambda table, row: row.update(replacement="gpt-9"),
}


@pytest.mark.parametrize("mistake", CHANGES)
def test_a_mistake_in_the_table_is_found(mistake: str) -> None:
    table = copy.deepcopy(TABLE)
    row = next(row for row in table["models"] if row["name"] == "gpt-4o-2024-08-06")
    CHANGES[mistake](table, row)
    assert mistake in mistakes(table)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("gpt-4.1-2025-04-14", "gpt-4.1-2025-04-14"),
        (" gpt-4.1 ", "gpt-4.1"),
        ("ft:gpt-4o-mini-2024-07-18:org:name:abc", "gpt-4o-mini-2024-07-18"),
        ("ft:gpt-4o-mini-2024-07-18:org::abc:ckpt-step-10", "gpt-4o-mini-2024-07-18"),
        (" ft:gpt-4o:org::x", "gpt-4o"),
        ("gpt-4o:ckpt-1", "gpt-4o:ckpt-1"),
        ("llama3:8b", "llama3:8b"),
        ("ftx:gpt-4o", "ftx:gpt-4o"),
        ("ft", "ft"),
    ],
)
def test_only_a_fine_tuned_model_has_another_model_as_its_base(name: str, base: str) -> None:
    assert base_model(name) == base


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("gpt-4o", "gpt-4o-2024-08-06"),
        ("gpt-3.5-turbo", "gpt-3.5-turbo-0125"),
        ("gpt-4", "gpt-4-0613"),
        ("gpt-4o-2024-11-20", "gpt-4o-2024-11-20"),
        ("GPT-4o-Mini", "gpt-4o-mini-2024-07-18"),
        ("ft:gpt-4.1:org::x", "gpt-4.1-2025-04-14"),
        ("davinci-002", "davinci-002"),
        ("gpt-4o-2024-05-13", None),
        ("", None),
        ("llama-3", None),
    ],
)
def test_a_model_is_found_by_its_full_and_by_its_short_name(name: str, found: str | None) -> None:
    known = find_model(name)
    assert (known.name if known else None) == found


@pytest.mark.parametrize(
    ("name", "encoding", "limit"),
    [
        ("gpt-4o-2024-05-13", "o200k_base", 65_536),
        ("gpt-4o-mini-2024-07-18.ft-0123", "o200k_base", 65_536),
        ("gpt-35-turbo-0125", "cl100k_base", 16_385),
        ("gpt-3.5-turbo-16k", "cl100k_base", 16_385),
        ("gpt-4-turbo", "cl100k_base", None),
        ("gpt-4.5-preview", "o200k_base", None),
        ("gpt-4.1-nano", "o200k_base", 65_536),
        ("gpt-5.1-mini", "o200k_base", None),
        ("openai/gpt-oss-20b", "o200k_base", None),
        ("davinci-002", "cl100k_base", 16_384),
    ],
)
def test_a_name_has_the_vocabulary_and_the_limit_of_the_longest_family(
    name: str, encoding: str, limit: int | None
) -> None:
    assert encoding_of(name) == (encoding, True)
    assert token_limit_of(name) == limit


def test_a_name_that_only_begins_like_a_family_is_not_of_it() -> None:
    assert encoding_of("o1x") == ("o200k_base", False)
    assert token_limit_of("gpt-4o2") is None


def test_without_a_model_the_check_goes_by_those_that_can_be_trained_today() -> None:
    known = [find_model(name) for name in suggestions(NOW)]
    assert known
    assert {(model.encoding, model.token_limit) for model in known if model} == {
        (encoding_of(None)[0], token_limit_of(None))
    }


def test_models_are_suggested_until_the_first_day_on_which_no_job_is_taken() -> None:
    first = model_table().no_new_jobs_from
    assert first == date(2027, 1, 6)
    assert suggestions(first - DAY) == [
        "gpt-4.1-2025-04-14",
        "gpt-4.1-mini-2025-04-14",
        "gpt-4o-2024-08-06",
        "gpt-4o-mini-2024-07-18",
    ]
    assert suggestions(first) == []
    assert "o4-mini-2025-04-16" in suggestions(date(2026, 10, 22))
    assert "o4-mini-2025-04-16" not in suggestions(date(2026, 10, 23))


def test_a_file_that_the_model_is_not_trained_with_is_told() -> None:
    assert format_notice("davinci-002", Format.CHAT) == (
        "davinci-002 is trained with files in completion format; this one is in chat format."
    )
    assert "chat or preference format" in format_notice("gpt-4o", Format.REINFORCEMENT)
    assert format_notice("gpt-4o", Format.PREFERENCE) == ""
    assert format_notice("gpt-4o", None) == ""
    assert format_notice("llama-3", Format.COMPLETION) == ""
    assert format_notice("gpt-5", Format.CHAT) == ""


@pytest.mark.parametrize("day", [date(2026, 11, 27), date(2027, 1, 5), date(2027, 2, 1)])
def test_the_demo_begins_with_a_model_that_is_trained_on_that_day(day: date) -> None:
    name = first_model(day)
    served, known = served_model(name), find_model(name)
    assert served is not None and "supervised" in served.methods
    assert known is not None and (known.elsewhere or name in suggestions(day))
    assert served.shutdown_date is None or day < date.fromisoformat(served.shutdown_date)


def test_the_sandbox_and_the_check_tell_the_same_of_every_model() -> None:
    for name, served in listed_models():
        known = find_model(name)
        assert known is not None
        assert served.id == known.name
        assert list(served.methods) == list(known.methods)
        assert served.shutdown_date == (str(known.shut_down) if known.shut_down else None)
        if known.methods and not known.elsewhere:
            assert served.max_tokens == token_limit_of(name)
            assert (price_of(name) is None) == (served.methods == ("reinforcement",))
    rows = {row["name"] for row in TABLE["models"] if "created" in row}
    assert {served.id for _, served in listed_models()} == rows
    assert served_model("gpt-4-0613") is None


CODE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from fttui.{part} import {name}
import fttui
print(json.dumps([fttui.__file__, str({call}), sorted(sys.modules)]))
"""


@pytest.mark.parametrize(
    ("part", "name", "call", "answer"),
    [
        ("training_data.models", "token_limit_of", "token_limit_of('davinci-002')", "16384"),
        ("server.catalogue", "base_model", "base_model('gpt-4o').id", "gpt-4o-2024-08-06"),
    ],
)
def test_check_and_sandbox_read_the_table_from_a_zip_too_each_for_itself(
    tmp_path: Path, part: str, name: str, call: str, answer: str
) -> None:
    archive = tmp_path / "fttui.zip"
    with zipfile.ZipFile(archive, "w") as written:
        for path in [SOURCE, *SOURCE.parent.rglob("*.py")]:
            written.write(path, path.relative_to(SOURCE.parents[1]))
    code = CODE.format(part=part, name=name, call=call)
    done = subprocess.run(
        [sys.executable, "-c", code, str(archive)],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    origin, told, modules = json.loads(done.stdout)
    assert origin.startswith(str(archive))
    assert told == answer
    other = {"training_data": "server", "server": "training_data"}[part.partition(".")[0]]
    assert not any(module.startswith(f"fttui.{other}") for module in modules)
