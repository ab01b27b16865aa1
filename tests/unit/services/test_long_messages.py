"""Sentences of an endpoint that list thousands of lines: readable, and no number cut in two."""

from __future__ import annotations

import re
import time

import pytest

from fttui.services.endpoint.events import JobEvent
from fttui.services.endpoint.models import JobError, TrainingFile
from fttui.services.explanations import flagged_lines


def skipped(count: int, end: str = "") -> str:
    lines = ", ".join(str(3 * n + 1) for n in range(count))
    return f"Skipped {count} examples with images of people. Line numbers: {lines}{end}"


def message_of(text: str) -> str:
    event = JobEvent.read({"message": text})
    assert event is not None
    return event.message


@pytest.mark.parametrize("end", ["", ". The others are used.", "]"])
@pytest.mark.parametrize("count", [1, 12, 350])
def test_a_list_that_has_room_stays_as_it_is(count: int, end: str) -> None:
    assert message_of(skipped(count, end)) == skipped(count, end)


@pytest.mark.parametrize("end", ["", ". The others are used.", "]"])
@pytest.mark.parametrize("count", [500, 2000, 20_000])
def test_a_long_list_ends_between_two_numbers_with_a_count_of_the_rest(
    count: int, end: str
) -> None:
    told = message_of(skipped(count, end))
    assert 1700 < len(told) <= 2000 and told.endswith(f" more{end}")
    (shown, rest) = re.findall(r"Line numbers: (.*) and ([\d,]+) more", told)[0]
    numbers = [int(number) for number in shown.split(", ")]
    assert numbers == [3 * n + 1 for n in range(len(numbers))]
    assert len(numbers) + int(rest.replace(",", "")) == count


def test_an_error_and_a_file_tell_their_lists_in_the_same_way() -> None:
    error = JobError.read({"code": "unsafe", "message": skipped(2000)})
    file = TrainingFile.read({"id": "f", "status_details": skipped(2000)})
    assert error is not None and file is not None
    assert error.message == file.status_details == message_of(skipped(2000))
    flagged = JobError.read({"message": skipped(900).replace("Line numbers", "Flagged lines")})
    assert flagged is not None
    found = flagged_lines(flagged.message)
    assert found == [3 * n + 1 for n in range(len(found))]


@pytest.mark.parametrize("text", ["1" * 900_000, "1, " * 300_000, "1,\n " * 200_000, "x" * 9_000])
def test_any_long_text_is_read_quickly_and_bounded(text: str) -> None:
    begin = time.thread_time()
    assert len(message_of(text)) <= 2000
    assert time.thread_time() - begin < 2.0
