"""Reads the body of POST /v1/fine_tuning/jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import ApiError
from ..graders.definitions import check_grader
from ..parameters import Fields, check_integer, check_number, check_string, wrong_type

Method = Literal["supervised", "dpo", "reinforcement"]
METHODS: tuple[Method, ...] = ("supervised", "dpo", "reinforcement")

_WHOLE: dict[str, tuple[int, int | None]] = {
    "n_epochs": (1, 50),
    "batch_size": (1, 256),
    "eval_interval": (1, None),
    "eval_samples": (1, None),
}
_DECIMAL: dict[str, tuple[float, float | None]] = {
    "learning_rate_multiplier": (0.0, None),
    "beta": (0.0, 2.0),
    "compute_multiplier": (0.00001, 10.0),
}
_COMMON = ("n_epochs", "batch_size", "learning_rate_multiplier")
HYPERPARAMETERS: dict[Method, tuple[str, ...]] = {
    "supervised": _COMMON,
    "dpo": (*_COMMON, "beta"),
    "reinforcement": (
        *_COMMON, "compute_multiplier", "eval_interval", "eval_samples", "reasoning_effort",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class JobRequest:
    """A checked request; `hyperparameters` holds every name of its method, "auto" by default."""

    model: str
    training_file: str
    validation_file: str | None = None
    suffix: str | None = None
    seed: int | None = None
    method: Method = "supervised"
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    grader: dict[str, Any] | None = None
    response_format: dict[str, Any] | None = None
    integrations: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, str] | None = None


def read_job_request(fields: Fields) -> JobRequest:
    """Raises ApiError 400 with the parameter named for everything the API does not take."""
    model = fields.required_string("model")
    training_file = fields.required_string("training_file")
    validation_file = fields.string("validation_file", minimum=1)
    suffix = fields.string("suffix", minimum=1, maximum=64)
    seed = fields.integer("seed", minimum=0, maximum=2_147_483_647)
    old = fields.object("hyperparameters")
    old_values = _hyperparameters(old, "supervised")
    method_fields = fields.object("method")
    integrations = _integrations(fields)
    metadata = fields.pairs("metadata")
    fields.finish()
    method, values, grader, response_format = _method(method_fields, old_values)
    if method == "reinforcement" and validation_file is None:
        raise ApiError(
            400, "Missing required parameter: 'validation_file'. The reinforcement method needs "
            "one.", param="validation_file", code="missing_required_parameter",
        )  # fmt: skip
    return JobRequest(
        model, training_file, validation_file, suffix, seed, method, values, grader,
        response_format, integrations, metadata,
    )  # fmt: skip


def _method(
    fields: Fields | None, old_values: dict[str, Any]
) -> tuple[Method, dict[str, Any], dict[str, Any] | None, dict[str, Any] | None]:
    """The method's name, hyperparameters, grader and response format."""
    if fields is None:
        return "supervised", old_values, None, None
    name = fields.required_string("type", choices=METHODS)
    method = next(each for each in METHODS if each == name)
    settings = fields.object(method)
    for other in METHODS:
        if other != method and fields.has(other):
            raise ApiError(
                400, f"Invalid '{fields.name(other)}': the method's type is '{method}'.",
                param=fields.name(other), code="invalid_value",
            )  # fmt: skip
        fields.take(other)
    fields.finish()
    grader = response_format = None
    values = _hyperparameters(None, method)
    if method == "supervised":
        values = old_values
    if settings is not None:
        given = settings.object("hyperparameters")
        if given is not None:
            values = _hyperparameters(given, method)
        if method == "reinforcement":
            grader = check_grader(settings.take("grader", required=True), settings.name("grader"))
            response_format = _response_format(settings)
        settings.finish()
    elif method == "reinforcement":
        fields.take(method, required=True)
    return method, values, grader, response_format


def _response_format(settings: Fields) -> dict[str, Any] | None:
    value = settings.take("response_format")
    if value is not None and not isinstance(value, dict):
        raise wrong_type(settings.name("response_format"), "an object", value)
    return value


def _hyperparameters(fields: Fields | None, method: Method) -> dict[str, Any]:
    names = HYPERPARAMETERS[method]
    values: dict[str, Any] = dict.fromkeys(names, "auto")
    if "reasoning_effort" in values:
        values["reasoning_effort"] = "default"
    if fields is None:
        return values
    for name in names:
        given = fields.take(name)
        if given is not None:
            values[name] = _hyperparameter(name, given, fields.name(name))
    fields.finish()
    return values


def _hyperparameter(name: str, given: Any, path: str) -> Any:
    if name == "reasoning_effort":
        return check_string(given, path, choices=["default", "low", "medium", "high"])
    if given == "auto":
        return given
    if isinstance(given, str):
        raise wrong_type(path, "'auto' or a number", given)
    if name in _WHOLE:
        low, high = _WHOLE[name]
        return check_integer(given, path, minimum=low, maximum=high)
    above, most = _DECIMAL[name]
    return check_number(given, path, above=above, maximum=most)


def _integrations(fields: Fields) -> list[dict[str, Any]]:
    items = fields.array("integrations", maximum=5) or []
    return [_integration(item, f"integrations[{place}]") for place, item in enumerate(items)]


def _integration(item: Any, path: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise wrong_type(path, "an object", item)
    fields = Fields(item, path)
    fields.required_string("type", choices=["wandb"])
    run = fields.object("wandb", required=True)
    fields.finish()
    assert run is not None
    tags = run.strings("tags", maximum=50)
    for place, tag in enumerate(tags or ()):
        check_string(tag, f"{run.name('tags')}[{place}]", minimum=1, maximum=64)
    wandb = {
        "project": run.required_string("project"),
        "entity": run.string("entity"),
        "name": run.string("name"),
        "tags": tags,
    }
    run.finish()
    return {"type": "wandb", "wandb": wandb}
