"""Hyperparameters that have no option: typed with --set, or kept in a profile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import MODEL, Run

from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from recording_endpoint import Recording, recording_endpoint


@pytest.fixture
def place(environment: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    with recording_endpoint() as place:
        monkeypatch.setenv("OPENAI_BASE_URL", place.base_url)
        yield place


@pytest.fixture
def create(run: Run) -> Callable[..., object]:
    return lambda *more: run(
        "create", "--training-file", "file-1", "--model", MODEL, "--yes", "--detach", *more
    )


def sent(place: Recording) -> dict[str, object]:
    (created,) = place.of("POST fine_tuning/jobs")
    return created.json["method"]["supervised"].get("hyperparameters", {})


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("8", 8),
        ("1e-5", 1e-5),
        ("true", True),
        ("null", None),
        ('"8"', "8"),
        ("[1, 2]", [1, 2]),
        ('{"a": 1}', {"a": 1}),
        ("cosine", "cosine"),
        ("a=b", "a=b"),
        ("", ""),
        ("NaN", "NaN"),
        ("[" * 50_00 + "1", "[" * 50_00 + "1"),
        ("env:HOME", "env:HOME"),
    ],
)
def test_a_value_is_json_or_else_a_text(
    place: Recording, create, written: str, value: object
) -> None:
    result = create("--set", f"lora_r={written}", "--epochs", "3")
    assert result.status == 0, result.err
    assert sent(place) == {"lora_r": value, "n_epochs": 3}


def test_they_are_shown_before_and_kept_with_the_submission(place: Recording, create) -> None:
    result = create("--set", "lora=true", "--set", "scheduler=cosine", "--set", "lora=false")
    told = [line.split() for line in result.err.splitlines()]
    assert ["lora", "false"] in told and ["scheduler", "cosine"] in told
    session = Session.open()
    (kept,) = map(session.submissions.find, session.journal.submissions(session.account))
    session.close()
    assert kept is not None
    assert kept.request.hyperparameters == {"lora": False, "scheduler": "cosine"}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("n_epochs=3", "--epochs"),
        ("batch_size=3", "--batch-size"),
        ("learning_rate_multiplier=3", "--learning-rate"),
        ("beta=1", "--beta"),
        ("seed=1", "--seed"),
        ("suffix=x", "--suffix"),
        ("model=x", "--model"),
        ("training_file=x", "--training-file"),
        ("metadata={}", "--metadata"),
        ("lora", "name=value"),
        ("=1", "name=value"),
        ("a b=1", "not a hyperparameter's name"),
        ("x=" + "y" * 9000, "at most 8,192"),
        ("x=1" + "0" * 400, "must be a value of JSON"),
        ("x=1e999", "must be a value of JSON"),
        ("x=\udcff", "must be a value of JSON"),
    ],
)
def test_what_has_an_option_or_cannot_be_sent_is_refused(
    place: Recording, create, written: str, said: str
) -> None:
    result = create("--set", written)
    assert result.status == 2 and said in result.err
    assert place.requests == []


def test_a_profile_s_are_sent_too_and_an_option_goes_before_them(
    place: Recording, create, fttui_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fttui_home / "config" / "fttui" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(
        f'[profiles.lab]\nbase_url = "{place.base_url}"\napi_key = "none"\n'
        "top_level_hyperparameters = true\n"
        "[profiles.lab.hyperparameters]\nlora = true\nlora_r = 8\n"
        '[profiles.lab.extra_body]\ndevice = "n300"\nbilling = {account = "env:ACCOUNT"}\n'
    )
    monkeypatch.setenv("ACCOUNT", "account-Zz9yXx8wVv7uTt6s")
    result = create("--profile", "lab", "--set", "lora_r=16")
    assert result.status == 0, result.err
    (created,) = place.of("POST fine_tuning/jobs")
    assert created.json["hyperparameters"] == {"lora": True, "lora_r": 16}
    assert created.json["billing"] == {"account": "account-Zz9yXx8wVv7uTt6s"}
    told = [line.split(maxsplit=1) for line in result.err.splitlines()]
    assert ["lora_r", "16"] in told and ["device", "n300"] in told
    assert ["billing", '{"account": "env:ACCOUNT"}'] in told and "Zz9yXx8w" not in result.err


def test_what_a_body_holds_beside_goes_over_nothing_that_was_asked_for() -> None:
    request = JobRequest("m", "file-1", extra_body={"model": "x", "method": 1, "device": "n300"})
    body = request.to_body()
    assert (body["model"], body["device"]) == ("m", "n300")
    assert body["method"] == {"type": "supervised", "supervised": {}}
