"""Excel workbooks and Parquet tables: rows as JSON, and a sentence where they cannot be read."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fttui.training_data import workbooks
from fttui.training_data.check import check_file
from fttui.training_data.converting import RepairRefused, layout_of, lines_of
from fttui.training_data.files import open_checked
from fttui.training_data.repair import repair
from unit.training_data.training_samples import CHAT, many


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, cells in sheets.items():
        sheet = book.create_sheet(title)
        for row in cells:
            sheet.append(row)
    book.save(path)
    return path


def read(path: Path) -> list[tuple[int, Any]]:
    with open_checked(path) as file:
        return [(line.number, json.loads(line.data)) for line in lines_of(file, layout_of(file))]


def test_rows_of_a_workbook_become_objects(tmp_path: Path) -> None:
    day = datetime.datetime(2026, 5, 4, 12, 30)
    cells = [["prompt", "n", "day"], [], ["Hé", 2, day], ["x", 1.5, None], [True, "=", None]]
    path = workbook(tmp_path / "train.xlsx", {"Empty": [], "Data": cells})
    (problem,) = check_file(path, count_tokens=False).problems
    assert problem.message == "the file is an Excel workbook with the columns prompt, n, day"
    assert not problem.mend
    assert "--map user=COL,assistant=COL" in problem.fix
    assert read(path) == [
        (3, {"prompt": "Hé", "n": 2, "day": "2026-05-04T12:30:00"}),
        (4, {"prompt": "x", "n": 1.5, "day": None}),
        (5, {"prompt": True, "n": "=", "day": None}),
    ]


def test_of_several_sheets_the_first_is_read_and_the_others_are_told(tmp_path: Path) -> None:
    cells = [["prompt", "completion"], *[[f"q{n}", "a"] for n in range(12)]]
    path = workbook(tmp_path / "a.xlsx", {"Train": cells, "Test": cells, "Notes": [["x"]]})
    (problem,) = check_file(path, count_tokens=False).problems
    assert 'workbook ("Train", the first of 2 sheets) with the columns' in problem.message
    found = repair(path, tmp_path / "copy.jsonl", count_tokens=False)
    told = {one.kind: (one.count, one.names) for one in found.corrections}
    assert told["table"] == (12, ())
    assert told["left-out"] == (1, ("Test",))


@pytest.mark.parametrize("header", [["a", "b"], ["a", None, "b"]])
def test_a_value_in_a_column_without_a_name_is_told(tmp_path: Path, header: list[Any]) -> None:
    path = workbook(tmp_path / "a.xlsx", {"S": [header, ["x"], ["x", "y", "z"]]})
    with pytest.raises(RepairRefused, match=r"Row 3 of the sheet S in a.xlsx has a value in a col"):
        read(path)


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet"])
def test_two_columns_of_one_name_are_told_and_none_is_lost(tmp_path: Path, name: str) -> None:
    if name == "a.xlsx":
        path = workbook(tmp_path / name, {"S": [["a", "b", "a"], ["x", "y", "z"]]})
    else:
        path = tmp_path / name
        pq.write_table(pa.table([["x"], ["y"], ["z"]], names=["a", "b", "a"]), path)
    with pytest.raises(RepairRefused, match=r'Two columns of the table in a.* are called "a"'):
        read(path)


def test_rows_of_a_parquet_table_become_objects(tmp_path: Path) -> None:
    examples = many(CHAT, 2_500)
    path = tmp_path / "train.parquet"
    pq.write_table(pa.Table.from_pylist(examples), path, row_group_size=700)
    (problem,) = check_file(path, count_tokens=False).problems
    assert problem.message == "the file is a Parquet table with the columns messages"
    found = repair(path, tmp_path / "copy.jsonl", count_tokens=False)
    assert found.check.ok
    copied = (tmp_path / "copy.jsonl").read_bytes().splitlines()
    assert [json.loads(line) for line in copied] == examples


def test_values_that_json_does_not_know_are_written_as_near_as_can_be(tmp_path: Path) -> None:
    row = {
        "n": float("nan"),
        "d": Decimal("1.50"),
        "i": Decimal("12"),
        "long": Decimal("0.12345678901234567890"),
        "day": datetime.date(2026, 1, 2),
        "at": datetime.time(3, 4),
        "none": None,
        "list": [1.0, float("inf")],
    }
    found = json.loads(workbooks.written(row, 1, "x")[0])
    assert found == {
        "n": None,
        "d": 1.5,
        "i": 12,
        "long": "0.12345678901234567890",
        "day": "2026-01-02",
        "at": "03:04:00",
        "none": None,
        "list": [1.0, None],
    }
    with pytest.raises(RepairRefused, match="Row 7 of x holds bytes"):
        workbooks.written({"picture": b"\x89"}, 7, "x")


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "a.xlsx":
        workbook(path, {"S": [["a", "b"], ["x", "y"]]})
    else:
        pq.write_table(pa.Table.from_pylist([{"a": "x"}]), path)
    path.write_bytes(path.read_bytes()[:-200])
    (problem,) = check_file(path, count_tokens=False).problems
    assert "damaged or encrypted" in problem.message
    assert problem.mend == ""
    with pytest.raises(RepairRefused, match="which cannot be corrected: export it"):
        repair(path, tmp_path / "copy.jsonl")


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet"])
def test_without_the_extra_its_name_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(workbooks, "is_installed", lambda library: False)
    path = tmp_path / name
    if name == "a.xlsx":
        workbook(path, {"S": [["a", "b"], ["x", "y"]]})
    else:
        pq.write_table(pa.Table.from_pylist([{"a": "x"}]), path)
    (problem,) = check_file(path, count_tokens=False).problems
    assert "pip install 'fttui[tables]'" in problem.fix
    with pytest.raises(RepairRefused, match=r"fttui\[tables\]"):
        repair(path, tmp_path / "copy.jsonl")


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "a.xlsx", {"S": [["a", "b"], ["x", "y"]]})
    monkeypatch.setattr(workbooks, "_MOST_INFLATED", 1_000)
    with open_checked(path) as file, pytest.raises(RepairRefused, match="too large to be read"):
        workbooks.sheets_of(file)


def test_a_workbook_without_rows_is_told(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"S": [["a", "b"]]})
    (problem,) = check_file(path, count_tokens=False).problems
    assert problem.message == "the file is an Excel workbook without rows"
