"""A job as the form of a new one."""

from __future__ import annotations

from dataclasses import replace

from fttui.services.endpoint.models import Hyperparameters, Job
from fttui.services.job_again import again_from, against_text, changed_form, form_texts
from fttui.services.job_form import SUBMISSION_TAG

MADE = Job(
    id="ftjob-1",
    model="gpt-4.1-mini-2025-04-14",
    fine_tuned_model="ft:gpt-4.1-mini-2025-04-14:org:desk:x",
    method="dpo",
    hyperparameters=Hyperparameters(3, 8, 1.8, 0.1, (("warmup", 0.5),)),
    training_file="file-t",
    seed=812,
    suffix="desk",
    metadata={"team": "desk", SUBMISSION_TAG: "id-1"},
)
ASKED = {
    "model": "gpt-4.1-mini",
    "method": "dpo",
    "hyperparameters": {"n_epochs": 3},
    "seed": None,
    "suffix": None,
    "metadata": {},
}


def test_a_job_is_taken_as_it_was_asked_for_where_that_is_known_else_as_it_was_made() -> None:
    form = again_from(MADE).form
    assert (form.n_epochs, form.batch_size, form.beta) == ("3", "8", "0.1")
    assert (form.seed, form.suffix, form.metadata) == ("812", "desk", {"team": "desk"})
    assert form.model == "gpt-4.1-mini-2025-04-14" and form.further == {"warmup": 0.5}
    known = again_from(replace(MADE, asked=ASKED)).form
    assert (known.n_epochs, known.batch_size, known.beta) == ("3", "", "")
    assert (known.model, known.seed, known.suffix) == ("gpt-4.1-mini", "", "")
    assert known.metadata == {} and known.further == {}


def test_another_model_takes_the_place_of_the_base_alone() -> None:
    again = again_from(MADE, "ft:checkpoint")
    assert again.form == replace(again_from(MADE).form, model="ft:checkpoint")


def test_what_the_job_does_not_say_is_told() -> None:
    said = again_from(Job(id="ftjob-1", method="\x1b[31mnew")).left_out
    assert len(said) == 3 and "\x1b" not in "".join(said)


def test_what_no_form_can_ask_for_is_told() -> None:
    method = {"type": "reinforcement", "reinforcement": {"response_format": {"type": "text"}}}
    told = {"id": "ftjob-1", "model": "m", "training_file": "file-1", "method": method}
    job = Job.read({**told, "integrations": [{"type": "wandb"}]})
    assert job is not None
    said = again_from(job).left_out
    assert [name in " ".join(said) for name in ("integrations", "response_format")] == [True, True]
    plain = Job.read({**told, "method": {"type": "dpo"}, "integrations": []})
    assert plain is not None and again_from(plain).left_out == ()


def test_a_form_of_another_method_keeps_nothing_that_only_the_old_one_had() -> None:
    changed = changed_form(again_from(MADE).form, {"method": "supervised"})
    assert changed.beta == "" and changed.n_epochs == "3"


def test_what_differs_is_told_by_the_words_of_the_options_and_safely() -> None:
    again = again_from(MADE)
    files = {"training": "file-t", "validation": ""}
    new = changed_form(again.form, {"n_epochs": "4", "learning_rate_multiplier": "1.80"})
    assert against_text(again, form_texts(new) | files) == "epochs 3 -> 4"
    same = against_text(again, form_texts(again.form) | files)
    assert same == "nothing: it asks for the same"
    other = {"training": "a\x1b[2Jb.jsonl", "validation": ""}
    assert "\x1b" not in against_text(again, form_texts(again.form) | other)


def test_of_more_pairs_than_fit_beside_the_mark_the_first_are_taken_and_that_is_told() -> None:
    pairs = {f"k{number}": "v" for number in range(16)}
    again = again_from(Job(id="ftjob-1", model="m", training_file="f", metadata=pairs))
    assert list(again.form.metadata) == [f"k{number}" for number in range(15)]
    assert again.left_out == ("Its metadata has 16 pairs: the new job has the first 15 of them.",)
