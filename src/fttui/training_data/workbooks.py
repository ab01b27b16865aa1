"""Rows of Excel workbooks and Parquet tables, by two libraries that are an extra.

They are imported only when such a file is met: `pip install 'fttui[tables]'`.
"""

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import zip_longest
from math import isfinite
from typing import Any

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.file_text import RepairRefused, Seekable
from fttui.training_data.files import CheckedFile

WITHOUT_EXTRA = _("install what reads it, pip install 'fttui[tables]', or export it as JSON Lines")
"""What to do with such a file where the extra is not installed."""

_BATCH = 1_000
_MOST_INFLATED = 4_000_000_000
_MOST_TEXTS = 300_000_000
_TEXTS = "xl/sharedStrings.xml"

Rows = Iterator[tuple[int, dict[str, Any]]]


def is_installed(library: str) -> bool:
    """Tell whether `openpyxl` or `pyarrow` is there."""
    from importlib.util import find_spec  # only where such a file is met

    return find_spec(library) is not None


def sheets_of(file: CheckedFile) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The sheets of a workbook that hold rows under a header: their names and their columns.

    Raises RepairRefused for a workbook that cannot be read.
    """
    found: list[tuple[str, tuple[str, ...]]] = []
    with _Told(file):
        book = _opened(file)
        for sheet in book.worksheets:
            rows = _filled(sheet)
            header = next(rows, None)
            if header is not None and next(rows, None) is not None:
                found.append((sheet.title, _names(header[1])))
        book.close()
    return tuple(found)


def rows_of_workbook(file: CheckedFile) -> Rows:
    """The rows of the first sheet that holds some, with their numbers there; empty cells are null.

    Raises RepairRefused for a workbook that cannot be read, for a cell without a column's name, and
    for a name that two columns have.
    """
    sheet_name, columns = next(iter(sheets_of(file)), ("", ()))
    with _Told(file):
        book = _opened(file)
        sheet = next((one for one in book.worksheets if one.title == sheet_name), None)
        if sheet is None:
            return
        rows = _filled(sheet)
        next(rows)
        _require_different(columns, file.name)
        for number, cells in rows:
            named = zip_longest(columns, cells, fillvalue=None)
            if any(cell is not None and not column for column, cell in named):
                raise RepairRefused(
                    _(
                        "Row {number:,} of the sheet {sheet} in {name} has a value in a column "
                        "without a name: name the column, or clear the cell.",
                        number=number,
                        sheet=safe(sheet_name, maxlen=40),
                        name=file.name,
                    )
                )
            yield number, {c: v for c, v in zip(columns, cells, strict=False) if c}
        book.close()


def _require_different(columns: tuple[str, ...], name: str) -> None:
    """Raise RepairRefused for a table of which a row could not keep all values by their names."""
    repeated = next((c for c in columns if c and columns.count(c) > 1), None)
    if repeated is not None:
        raise RepairRefused(
            _(
                'Two columns of the table in {name} are called "{column}": give one of them '
                "another name.",
                name=name,
                column=safe(repeated, maxlen=40),
            )
        )


def _opened(file: CheckedFile) -> Any:
    from openpyxl import load_workbook  # an extra, and slow to import

    with zipfile.ZipFile(Seekable(file)) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    if sum(sizes.values()) > _MOST_INFLATED or sizes.get(_TEXTS, 0) > _MOST_TEXTS:
        raise RepairRefused(
            _("{name} is too large to be read as a workbook: save it as CSV.", name=file.name)
        )
    return load_workbook(Seekable(file), read_only=True, data_only=True)


def _filled(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows of a sheet that are not blank, with their numbers."""
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        if any(cell is not None and str(cell).strip() for cell in cells):
            yield number, cells


def _names(cells: tuple[Any, ...]) -> tuple[str, ...]:
    names = ["" if cell is None else str(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def columns_of_parquet(file: CheckedFile) -> tuple[str, ...]:
    """The columns of a Parquet table. Raises RepairRefused for one that cannot be read."""
    with _Told(file):
        return tuple(_parquet(file).schema_arrow.names)


def rows_of_parquet(file: CheckedFile) -> Rows:
    """The rows of a Parquet table, numbered from 1.

    Raises RepairRefused for one that cannot be read, and for a name that two columns have.
    """
    with _Told(file):
        number = 0
        _require_different(columns_of_parquet(file), file.name)
        for batch in _parquet(file).iter_batches(_BATCH):
            for row in batch.to_pylist():
                number += 1
                yield number, row


def _parquet(file: CheckedFile) -> Any:
    from pyarrow.parquet import ParquetFile  # an extra, and slow to import

    return ParquetFile(Seekable(file), buffer_size=1 << 20, pre_buffer=False)


class _Told:
    """Turns whatever a library raises over a damaged file into a sentence."""

    def __init__(self, file: CheckedFile) -> None:
        self._file = file

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, RepairRefused):
            raise RepairRefused(
                _(
                    "{name} cannot be read: it is damaged, or encrypted. Export it as JSON Lines "
                    "or as CSV with the program that wrote it.",
                    name=self._file.name,
                )
            ) from None


def written(row: dict[str, Any], number: int, name: str) -> tuple[str, bool]:
    """A row as JSON: dates as ISO texts, numbers that JSON does not know as null.

    The second value is False where there was such a number. Raises RepairRefused for bytes that
    are no text.
    """

    def plain(value: Any) -> Any:
        for kind, form in _FORMS:
            if isinstance(value, kind):
                return form(value)
        raise RepairRefused(
            _(
                "Row {number:,} of {name} holds bytes that are no text, such as a picture, so it "
                "cannot be written as JSON.",
                number=number,
                name=name,
            )
        )

    try:
        return json.dumps(row, ensure_ascii=False, default=plain, allow_nan=False), True
    except ValueError:
        return json.dumps(_without_nan(row), ensure_ascii=False, default=plain), False


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _day_or_time(value: datetime) -> str:
    return value.isoformat()


def _number(value: Decimal) -> Any:
    """The number, or its figures as a text where no float holds them."""
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)


_FORMS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (datetime, _day_or_time),
    (date, date.isoformat),
    (time, time.isoformat),
    (timedelta, str),
    (Decimal, _number),
)
