"""What a job's request may hold: everything else is refused with the parameter named."""

from typing import Any

import httpx2
import pytest

GRADER = {
    "type": "string_check",
    "name": "g",
    "operation": "eq",
    "input": "a",
    "reference": "b",
}


def supervised(**values: object) -> dict[str, Any]:
    method = {"type": "supervised", "supervised": {"hyperparameters": values}}
    return {"method": method}


def dpo(**values: object) -> dict[str, Any]:
    return {"method": {"type": "dpo", "dpo": {"hyperparameters": values}}}


def reinforcement(grader: object = GRADER, **values: object) -> dict[str, Any]:
    settings = {"grader": grader, "hyperparameters": values}
    method = {"type": "reinforcement", "reinforcement": settings}
    return {"model": "o4-mini", "method": method, "validation_file": "FILE"}


def wandb(**values: object) -> dict[str, Any]:
    return {"integrations": [{"type": "wandb", "wandb": values}]}


def _send(http: httpx2.Client, file: str, change: dict[str, Any]) -> httpx2.Response:
    body = {"model": "gpt-4o-mini", "training_file": file, **change}
    if body.get("validation_file") == "FILE":
        body["validation_file"] = file
    return http.post("/fine_tuning/jobs", json=body)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"hyperparameters": {}},
        {"hyperparameters": {"n_epochs": 1, "batch_size": 256, "learning_rate_multiplier": 0.01}},
        {"hyperparameters": {"n_epochs": 50, "batch_size": 1, "learning_rate_multiplier": 30}},
        {"hyperparameters": {"n_epochs": "auto", "batch_size": None}},
        {"method": {"type": "supervised"}},
        {"method": {"type": "supervised", "supervised": {}, "dpo": None}},
        supervised(n_epochs=2, batch_size="auto"),
        dpo(),
        dpo(beta=2, n_epochs=1),
        dpo(beta="auto"),
        reinforcement(),
        reinforcement(
            compute_multiplier=10, eval_interval=1, eval_samples=9, reasoning_effort="high"
        ),
        {"suffix": "x"},
        {"suffix": "é" * 64},
        {"seed": 0},
        {"seed": 2_147_483_647},
        {"metadata": {}},
        {"metadata": {str(n): "v" * 512 for n in range(16)}},
        {"metadata": {"k" * 64: ""}},
        {"integrations": []},
        wandb(project="p", name="n", entity="e", tags=["t" * 64] * 50),
    ],
)
def test_every_shape_that_the_api_takes(
    http: httpx2.Client, training_file: str, change: dict[str, Any]
) -> None:
    answer = _send(http, training_file, change)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "validating_files"


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"model": None}, "model", "missing_required_parameter"),
        ({"model": 3}, "model", "invalid_type"),
        ({"training_file": None}, "training_file", "missing_required_parameter"),
        ({"training_file": ""}, "training_file", "empty_string"),
        ({"n_epochs": 3}, "n_epochs", "unknown_parameter"),
        ({"trainingType": "Standard"}, "trainingType", "unknown_parameter"),
        ({"suffix": ""}, "suffix", "empty_string"),
        ({"suffix": "x" * 65}, "suffix", "string_above_max_length"),
        ({"suffix": 5}, "suffix", "invalid_type"),
        ({"seed": -1}, "seed", "integer_below_min_value"),
        ({"seed": 2_147_483_648}, "seed", "integer_above_max_value"),
        ({"seed": 1.5}, "seed", "invalid_type"),
        ({"seed": True}, "seed", "invalid_type"),
        ({"hyperparameters": {"n_epochs": 0}}, "hyperparameters.n_epochs",
         "integer_below_min_value"),
        ({"hyperparameters": {"beta": 1}}, "hyperparameters.beta", "unknown_parameter"),
        ({"hyperparameters": 3}, "hyperparameters", "invalid_type"),
        (supervised(n_epochs=51), "method.supervised.hyperparameters.n_epochs",
         "integer_above_max_value"),
        (supervised(n_epochs="3"), "method.supervised.hyperparameters.n_epochs", "invalid_type"),
        (supervised(n_epochs=2.5), "method.supervised.hyperparameters.n_epochs", "invalid_type"),
        (supervised(batch_size=0), "method.supervised.hyperparameters.batch_size",
         "integer_below_min_value"),
        (supervised(batch_size=257), "method.supervised.hyperparameters.batch_size",
         "integer_above_max_value"),
        (supervised(learning_rate_multiplier=0),
         "method.supervised.hyperparameters.learning_rate_multiplier", "decimal_below_min_value"),
        (supervised(beta=0.1), "method.supervised.hyperparameters.beta", "unknown_parameter"),
        (dpo(beta=0), "method.dpo.hyperparameters.beta", "decimal_below_min_value"),
        (dpo(beta=2.1), "method.dpo.hyperparameters.beta", "decimal_above_max_value"),
        (reinforcement(compute_multiplier=0.00001),
         "method.reinforcement.hyperparameters.compute_multiplier", "decimal_below_min_value"),
        (reinforcement(compute_multiplier=11),
         "method.reinforcement.hyperparameters.compute_multiplier", "decimal_above_max_value"),
        (reinforcement(eval_interval=0), "method.reinforcement.hyperparameters.eval_interval",
         "integer_below_min_value"),
        (reinforcement(reasoning_effort="most"),
         "method.reinforcement.hyperparameters.reasoning_effort", "invalid_value"),
        (reinforcement(grader=None), "method.reinforcement.grader", "missing_required_parameter"),
        (reinforcement(grader={**GRADER, "operation": "is"}),
         "method.reinforcement.grader.operation", "invalid_value"),
        (reinforcement(grader={**GRADER, "type": "label_model"}),
         "method.reinforcement.grader.type", "invalid_value"),
        ({"method": {"type": "reinforcement"}, "validation_file": "FILE"}, "method.reinforcement",
         "missing_required_parameter"),
        ({"method": {"type": "rlhf"}}, "method.type", "invalid_value"),
        ({"method": {}}, "method.type", "missing_required_parameter"),
        ({"method": {"type": "dpo", "supervised": {}}}, "method.supervised", "invalid_value"),
        ({"method": {"type": "dpo", "extra": 1}}, "method.extra", "unknown_parameter"),
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata", "object_above_max_properties"),
        ({"metadata": {"k": "v" * 513}}, "metadata.k", "string_above_max_length"),
        ({"metadata": {"k": 3}}, "metadata.k", "invalid_type"),
        ({"metadata": {"k" * 65: "v"}}, "metadata." + "k" * 65, "string_above_max_length"),
        ({"metadata": []}, "metadata", "invalid_type"),
        ({"integrations": [{}]}, "integrations[0].type", "missing_required_parameter"),
        ({"integrations": [{"type": "tensorboard"}]}, "integrations[0].type", "invalid_value"),
        ({"integrations": [3]}, "integrations[0]", "invalid_type"),
        ({"integrations": wandb(project="p")["integrations"] * 6}, "integrations",
         "array_above_max_length"),
        (wandb(), "integrations[0].wandb.project", "missing_required_parameter"),
        (wandb(project="p", colour="c"), "integrations[0].wandb.colour", "unknown_parameter"),
        (wandb(project="p", tags=["t"] * 51), "integrations[0].wandb.tags",
         "array_above_max_length"),
        (wandb(project="p", tags=["t" * 65]), "integrations[0].wandb.tags[0]",
         "string_above_max_length"),
    ],
)  # fmt: skip
def test_everything_else_is_refused_by_name(
    http: httpx2.Client, training_file: str, change: dict[str, Any], param: str, code: str
) -> None:
    answer = _send(http, training_file, change)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["param"], error["code"]) == (param, code)
    assert error["type"] == "invalid_request_error"
    assert error["message"].endswith(".")
    assert http.get("/fine_tuning/jobs").json()["data"] == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"seed": NaN}', b"\xff\xfe{}"])
def test_a_body_that_is_no_json_object_is_refused(http: httpx2.Client, body: bytes) -> None:
    answer = http.post("/fine_tuning/jobs", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] is None


def test_a_body_over_the_limit_is_refused(http: httpx2.Client) -> None:
    answer = http.post("/fine_tuning/jobs", content=b" " * (17 * 1024 * 1024))
    assert answer.status_code == 413
