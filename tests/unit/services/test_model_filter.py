"""What a filter of models lets through."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from fttui.services.endpoint.models import Job
from fttui.services.tuned_models.bases import BaseModel
from fttui.services.tuned_models.inventory import TunedModel
from fttui.services.tuned_models.model_filter import ModelFilter, model_completions
from fttui.training_data.retirement import Retirement

JOB = Job(id="ftjob-1", suffix="desk", training_file="file-a", method="dpo")
SOON = Retirement(date(2027, 1, 14), 40, "table")
THERE = TunedModel("ft:gpt-4.1:o:desk:1", "", "gpt-4.1", JOB, exists=True, archived=True, goes=SOON)
GONE = replace(THERE, id="ft:gpt-4o:o:tone", base="gpt-4o", exists=False, is_deleted=True, job=None)
STEP = replace(THERE, id="ft:gpt-4.1:o:desk:1:ckpt", of_model=THERE.id, exists=None, goes=None)
BASE = BaseModel("gpt-4.1", "gpt-4.1", methods=("supervised",), goes=SOON)
ALL = (THERE, GONE, STEP, BASE)


def test_a_filter_of_models_takes_fields_states_and_what_must_not_be() -> None:
    for text, shown in {
        "is:deleted": [GONE],
        "deleted": [GONE],
        "!deleted is:archived": [THERE, STEP],
        "leaving": [THERE, BASE],
        "base:4.1": [THERE, STEP, BASE],
        "job:desk !checkpoint": [THERE],
        "file:file-a is:unknown": [STEP],
        "method:dpo": [THERE, STEP],
        "ft:gpt-4o": [GONE],
        '"deleted"': [GONE],
        "tone": [GONE],
    }.items():
        wanted = ModelFilter.parse(text)
        assert not wanted.problems, text
        assert [one for one in ALL if wanted.matches(one)] == shown, text
    assert "no word of a filter" in ModelFilter.parse("bas:x").problems[0]
    assert "is: takes deleted" in ModelFilter.parse("is:gone").problems[0]
    assert model_completions("is:dele", ALL) == ["is:deleted"]
    assert model_completions("base:gpt-4o", [GONE]) == []
    assert model_completions("base:gpt", [GONE]) == ["base:gpt-4o"]
