"""Which unanswered call holds up a new one: for a row of a sweep one that asks for all of it."""

from dataclasses import replace
from typing import Any

import pytest

from fttui.services.job_form import JobRequest
from fttui.services.submission.paying import Wanted

REQUEST = JobRequest("gpt-4.1-mini", method="reinforcement", grader={"type": "a"})
ROW = Wanted("id-1", REQUEST, "sha", "file-1", ("held", "file-v"), is_row=True)


def _earlier(**changes: Any) -> Wanted:
    return replace(ROW, submission_id="id-0", request=replace(REQUEST, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "supervised"},
        {"grader": {"type": "b"}},
        {"hyperparameters": {"n_epochs": 2}},
        {"hyperparameters": {"x": 1}},
        {"seed": 3},
        {"suffix": "x"},
        {"metadata": {"a": "1"}},
        {"training_type": "Standard"},
        {"top_level_hyperparameters": True},
        {"extra_body": {"a": 1}},
        {"model": "gpt-4.1"},
    ],
)
def test_a_row_is_not_held_up_by_a_call_for_another_job_and_a_single_one_is(
    changes: dict[str, Any],
) -> None:
    earlier = _earlier(**changes)
    assert ROW.is_held_up_by(_earlier())
    assert not ROW.is_held_up_by(earlier)
    single = replace(ROW, is_row=False)
    assert single.is_held_up_by(earlier) == ("model" not in changes)


def test_a_row_is_held_up_by_the_same_files_however_they_are_named() -> None:
    assert ROW.is_held_up_by(replace(_earlier(), sha256="", validation=("", "file-v")))
    assert ROW.is_held_up_by(replace(_earlier(), file_id="", validation=("held", "")))
    assert not ROW.is_held_up_by(replace(_earlier(), validation=("", "")))
    assert not ROW.is_held_up_by(replace(_earlier(), sha256="", file_id="file-2"))
