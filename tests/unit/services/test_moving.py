"""What an endpoint cannot do of a job, and which model stands for another there."""

from __future__ import annotations

from typing import Any

import pytest

from fttui.services.endpoint.address import Endpoint
from fttui.services.endpoint.models import Job
from fttui.services.job_again import again_from
from fttui.services.moving.fitting import Fitted, fitted
from fttui.services.moving.models import bases_of
from fttui.storage.settings import Profile
from fttui.training_data.model_moves import kin_of, same_model, stand_in

OLD = "https://old.example/v1"
NEBIUS = ["meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.3-70B-Instruct"]


def job(**told: Any) -> Job:
    record = {"id": "ftjob-aB_9", "model": "gpt-4o-2024-08-06", "training_file": "file-1", **told}
    found = Job.read(record)
    assert found is not None
    return found


def fit(old: Job, url: str = "https://new.example/v1", **profile: Any) -> Fitted:
    there = Profile(name="new", base_url=url, **profile)
    endpoint = Endpoint(there, url, "a test", is_profiles=True, is_environments=False)
    return fitted(again_from(old), endpoint, OLD)


def test_what_is_taken_goes_as_it_was() -> None:
    old = job(
        method={"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 3, "beta": 0.2}}},
        seed=7,
        suffix="desk",
        metadata={"team": "desk"},
    )
    found = fit(old)
    assert (found.left_out, found.refusals) == ((), ())
    form = found.form
    assert (form.n_epochs, form.beta, form.seed, form.suffix) == ("3", "0.2", "7", "desk")
    assert form.metadata == {"team": "desk"}


@pytest.mark.parametrize(
    ("profile", "suffix", "becomes"),
    [
        ({"suffix_limit": 6}, "desk-long-v5", "desk-l"),
        ({"suffix_limit": 18}, "très_long-suffix-for-the-desk_v5", "tres-long-suf-k-v5"),
        ({"suffix_limit": 5}, "desk-long", "desk"),
        ({}, "a_b.c", "a-b-c"),
        ({"suffix": "forbidden"}, "desk", ""),
        ({"suffix": "needed"}, "", "moved-tjob-aB9"),
        ({"suffix": "needed", "suffix_limit": 5}, "", "moved"),
    ],
)
def test_a_suffix_is_changed_only_as_far_as_it_must_and_that_is_told(
    profile: dict[str, Any], suffix: str, becomes: str
) -> None:
    found = fit(job(suffix=suffix), **profile)
    assert found.form.suffix == becomes and len(found.left_out) == 1 and not found.refusals
    assert fit(job(suffix="desk")).left_out == ()


def test_what_is_lacked_is_left_out_renamed_or_kept_by_what_the_profile_says() -> None:
    settings = {"n_epochs": 3, "learning_rate_multiplier": 0.5, "lora_r": 8, "packing": True}
    old = job(hyperparameters=settings, seed=7, metadata={"a": "b"}, validation_file="file-2")
    found = fit(
        old,
        takes=["lora_r"],
        lacks=["metadata", "seed", "validation_file", "learning_rate_multiplier"],
        renames={"n_epochs": "epochs"},
    )
    form = found.form
    assert (form.n_epochs, form.learning_rate_multiplier, form.seed) == ("", "", "")
    assert form.further == {"epochs": 3, "lora_r": 8} and form.metadata == {}
    assert not found.has_validation and len(found.left_out) == 6
    assert fit(old, OLD).form.further == {"lora_r": 8, "packing": True}  # the same kind of place
    wrong = job(hyperparameters={"n_epochs": 99})  # by its other name nobody would look at it
    assert "1 to 50" in fit(wrong, renames={"n_epochs": "epochs"}).refusals[0]


def test_the_customs_of_a_known_host_count_for_an_older_profile() -> None:
    url = "https://api.tokenfactory.nebius.com/v1"
    found = fit(job(metadata={"a": "b"}, hyperparameters={"lora": True}), url)
    assert found.form.metadata == {} and found.form.further == {"lora": True}
    assert fit(job(), "https://api.mistral.ai/v1").refusals


def test_methods_graders_and_ranges_are_refused_with_the_reason() -> None:
    dpo = job(method={"type": "dpo", "dpo": {}})
    assert "only supervised" in fit(dpo, methods=["supervised"]).refusals[0]
    grader = {
        "type": "string_check",
        "name": "g",
        "input": "a",
        "reference": "a",
        "operation": "eq",
    }
    rft = job(method={"type": "reinforcement", "reinforcement": {"grader": grader}})
    assert "grader" in fit(rft, graders=["lambda"]).refusals[0]
    assert fit(rft, "https://api.openai.com/v1").refusals
    assert "epochs" in fit(job(hyperparameters={"n_epochs": 99})).refusals[0]
    assert fit(job(method={"type": "contrastive"})).refusals
    assert fit(job(seed=2**40)).left_out and not fit(job(seed=2**40)).refusals


def test_a_fine_tuned_base_is_told_and_the_base_below_it_found() -> None:
    tuned = "ft:gpt-4o-2024-08-06:org:desk:abc"
    assert any("trained anew" in one.sentence for one in fit(job(model=tuned)).left_out)
    jobs = [
        job(model="open/m", fine_tuned_model="first"),
        job(model="first", fine_tuned_model="second"),
        job(model="loop", fine_tuned_model="loop"),
    ]
    assert bases_of(jobs) == {"first": "open/m", "second": "open/m", "loop": "loop"}


@pytest.mark.parametrize(
    ("model", "offered", "found"),
    [
        ("gpt-4o-mini-2024-07-18", NEBIUS, NEBIUS[0]),
        ("gpt-4.1-2025-04-14", NEBIUS, NEBIUS[1]),
        ("gpt-3.5-turbo", ["gpt-4.1-mini-2025-04-14", NEBIUS[0]], "gpt-4.1-mini-2025-04-14"),
        ("gpt-4o-mini", ["x-Llama-3.1-8B-it-q4", "embed-8b"], "x-Llama-3.1-8B-it-q4"),
        ("Qwen/Qwen2.5-7B-Instruct", ["qwen3-8b", "qwen2.5-72b"], "qwen3-8b"),
        ("Qwen/Qwen1.5-110B-Chat", ["qwen3-8b", "qwen2.5-72b"], "qwen2.5-72b"),
        ("unheard-of", NEBIUS, ""),
        ("gpt-4o", ["text-embedding-3-small"], ""),
        ("", NEBIUS, ""),
    ],
)
def test_a_model_is_stood_for_by_the_likeliest_that_is_offered_or_by_none(
    model: str, offered: list[str], found: str
) -> None:
    assert stand_in(model, offered, "https://new.example/v1") == found


def test_the_same_model_is_known_in_other_spellings() -> None:
    assert same_model("gpt-4o-2024-08-06", ["x", "openai/gpt-4o"]) == "openai/gpt-4o"
    assert same_model("gpt-4o", ["gpt-4o-mini"]) == ""
    eight = kin_of("meta-llama-Meta-Llama-3.1-8B-Instruct-q4_0")
    assert eight is not None and eight == kin_of("meta-llama/Llama-3.1-8B-Instruct")
    assert stand_in("gpt-4o", [], "https://api.tokenfactory.nebius.com/v1") == NEBIUS[1]
    assert stand_in("gpt-4o", [], "not an address") == ""
