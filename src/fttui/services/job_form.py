"""The fields of a job as a user types them, checked one by one before anything is sent.

The form of the app and the options of `fttui create` both come here, so both refuse the same
values with the same words. Ranges are those of OpenAI's API reference for creating a job.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fttui.services.field_error import FieldError
from fttui.services.job_metadata import SUBMISSION_TAG, read_metadata
from fttui.storage.profile_rules import OPTION_OF
from fttui.storage.settings import API_SUFFIX_LIMIT, Profile
from fttui.terminal.language import _, labelled
from fttui.training_data.profile import Method

if TYPE_CHECKING:
    from fttui.services.endpoint.models import HyperparameterValue

__all__ = ["METHODS", "SUBMISSION_TAG", "FieldError", "JobForm", "JobRequest"]

METHODS = (Method.SUPERVISED.value, Method.DPO.value, Method.REINFORCEMENT.value)
"""The methods that a job can be asked for."""
REINFORCEMENT = Method.REINFORCEMENT.value
EFFORTS = ("default", "low", "medium", "high")
"""How much a model thinks while it is trained by reinforcement."""
_COMMON = ("n_epochs", "batch_size", "learning_rate_multiplier")
_OWN = {
    "dpo": ("beta",),
    REINFORCEMENT: ("reasoning_effort", "compute_multiplier", "eval_interval", "eval_samples"),
}
"""The hyperparameters that only one method has."""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """One create call. `hyperparameters` holds only what is not left to the endpoint ("auto").

    `extra_body` is sent beside all that; "env:NAME" in it stands for a variable that is read when
    it goes out, so that no key is kept. `training_file` and `validation_file` are ids on the
    endpoint, "" until they are uploaded. `grader` is that of reinforcement, as it is sent.
    """

    model: str
    training_file: str = ""
    validation_file: str = ""
    method: str = "supervised"
    hyperparameters: Mapping[str, object] = field(default_factory=dict)
    seed: int | None = None
    suffix: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    training_type: str = ""
    top_level_hyperparameters: bool = False
    extra_body: Mapping[str, object] = field(default_factory=dict)
    grader: Mapping[str, object] = field(default_factory=dict)

    @property
    def further_hyperparameters(self) -> dict[str, object]:
        """Those that have no field of their own in the form."""
        return {k: v for k, v in self.hyperparameters.items() if k not in OPTION_OF}

    def with_files(self, training_file: str, validation_file: str = "") -> JobRequest:
        """The same request for files that are now on the endpoint."""
        return replace(self, training_file=training_file, validation_file=validation_file)

    def tagged(self, submission_id: str) -> JobRequest:
        """The same request with the mark by which its job is found again after a lost answer."""
        return replace(self, metadata={**self.metadata, SUBMISSION_TAG: submission_id})

    def untagged(self) -> JobRequest:
        """The same request without that mark, for an endpoint that refuses all metadata."""
        own = {name: each for name, each in self.metadata.items() if name != SUBMISSION_TAG}
        return replace(self, metadata=own)

    def asked(self) -> dict[str, object]:
        """What is asked for, as a job may be held against it."""
        metadata = self.untagged().metadata
        told: dict[str, object] = {
            "model": self.model,
            "method": self.method,
            "hyperparameters": dict(self.hyperparameters),
            "seed": self.seed,
            "suffix": self.suffix or None,
            "training_file": self.training_file or None,
            "validation_file": self.validation_file or None,
            "metadata": metadata,
        }
        told |= {"grader": dict(self.grader)} if self.grader else {}
        return told | ({"top_level": True} if self.top_level_hyperparameters else {})

    def to_body(self) -> dict[str, object]:
        """The JSON body of POST /fine_tuning/jobs; what is left out is the endpoint's choice."""
        settings: dict[str, object] = {"grader": dict(self.grader)} if self.grader else {}
        if self.hyperparameters:
            settings["hyperparameters"] = dict(self.hyperparameters)
        body: dict[str, object] = {"model": self.model, "training_file": self.training_file}
        if self.top_level_hyperparameters and self.method == "supervised":
            body |= settings
        else:
            body["method"] = {"type": self.method, self.method: settings}
        if self.validation_file:
            body["validation_file"] = self.validation_file
        if self.seed is not None:
            body["seed"] = self.seed
        if self.suffix:
            body["suffix"] = self.suffix
        if self.metadata:
            body["metadata"] = dict(self.metadata)
        if self.training_type:
            body["trainingType"] = self.training_type
        return {**self.extra_body, **body}


MAX_SEED = 2**31 - 1
_SUFFIX = re.compile(r"[A-Za-z0-9-]+")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_MODEL = re.compile(r"[\x21-\x7e]{1,256}")


@dataclass(frozen=True, slots=True)
class JobForm:
    """The raw text of each field; an empty hyperparameter means "auto".

    `further` are hyperparameters by names that have no field; they go before the profile's.
    `metadata` may be the text of the pairs (`job_metadata`), `grader` is a JSON text.
    """

    model: str = ""
    method: str = "supervised"
    n_epochs: str = ""
    batch_size: str = ""
    learning_rate_multiplier: str = ""
    beta: str = ""
    seed: str = ""
    suffix: str = ""
    metadata: Mapping[str, str] | str = field(default_factory=dict)
    further: Mapping[str, object] = field(default_factory=dict)
    grader: str = ""
    reasoning_effort: str = ""
    compute_multiplier: str = ""
    eval_interval: str = ""
    eval_samples: str = ""

    def problems(self, profile: Profile) -> dict[str, str]:
        """What is wrong, by field name; empty when the form can be sent."""
        found: dict[str, str] = {}
        for name in ("model", "method", *self.settings, "seed", "suffix", "grader", "metadata"):
            try:
                self._read(name, profile)
            except FieldError as error:
                found[name] = str(error)
        return found

    @property
    def settings(self) -> tuple[str, ...]:
        """The hyperparameters that the method has."""
        return settings_of(self.method)

    def _read(self, name: str, profile: Profile) -> Any:
        if name == "metadata":
            return read_metadata(self.metadata)
        if name == "grader":
            if self.method != REINFORCEMENT:
                return {}
            from fttui.services.job_grader import read_grader

            return read_grader(self.grader, profile.graders)
        return _readers(profile)[name](getattr(self, name).strip())

    def to_request(self, profile: Profile) -> JobRequest:
        """The request that this form describes, its files still unnamed.

        Raises:
            FieldError: a field is wrong; the text starts with the field's name.
        """
        problems = self.problems(profile)
        if problems:
            name, sentence = next(iter(problems.items()))
            raise FieldError(labelled(name, sentence))
        values: dict[str, HyperparameterValue] = {
            name: self._read(name, profile) for name in self.settings
        }
        chosen = {k: v for k, v in values.items() if v not in (None, "auto", "default")}
        return JobRequest(
            model=self.model.strip(),
            method=self.method,
            hyperparameters={**profile.hyperparameters, **self.further, **chosen},
            seed=self._read("seed", profile),
            suffix=self.suffix.strip(),
            metadata=self._read("metadata", profile),
            grader=self._read("grader", profile),
            training_type=profile.training_type,
            top_level_hyperparameters=profile.top_level_hyperparameters,
            extra_body=dict(profile.extra_body),
        )


def _read_model(text: str) -> str:
    """A model's name: required, printable ASCII without spaces, 256 characters at most.

    Raises FieldError, as all that read a field do.
    """
    if not text:
        raise FieldError(_("Write the model to fine-tune, for example gpt-4.1-mini-2025-04-14."))
    if not _MODEL.fullmatch(text):
        raise FieldError(_("A model's name has no spaces and at most 256 plain characters."))
    return text


def settings_of(method: str) -> tuple[str, ...]:
    """The hyperparameters that a method has, those of all methods first."""
    return (*_COMMON, *_OWN.get(method, ()))


def methods_of(profile: Profile) -> tuple[str, ...]:
    """The methods that the profile's endpoint takes; all where it says nothing of them."""
    return tuple(each for each in METHODS if each in profile.methods) or METHODS


def read_method(text: str, profile: Profile) -> str:
    """The training method's name, which the profile must take. Raises FieldError."""
    methods = methods_of(profile)
    if text in METHODS and text not in methods:
        only = ", ".join(methods)
        raise FieldError(_("Profile {name} takes only: {only}.", name=profile.name, only=only))
    if text not in methods:
        raise FieldError(_("Choose one of: {join}.", join=", ".join(methods)))
    return text


def _read_effort(text: str) -> str:
    """One of `EFFORTS`; "auto" and nothing are the endpoint's default. Raises FieldError."""
    if text in {"", "auto"}:
        return EFFORTS[0]
    if text not in EFFORTS:
        raise FieldError(_("Choose one of: {join}.", join=", ".join(EFFORTS)))
    return text


def _read_whole(text: str, low: int, high: int | None) -> HyperparameterValue:
    """A whole number from `low` to `high`, or "auto". Raises FieldError."""
    if text in {"", "auto"}:
        return "auto"
    upto = (
        _("from {low} to {high}", low=low, high=high)
        if high is not None
        else _("of {low} or more", low=low)
    )
    if not _WHOLE.fullmatch(text) or int(text) < low or (high is not None and int(text) > high):
        raise FieldError(_('Write "auto" or a whole number {upto}.', upto=upto))
    return int(text)


def _read_above(text: str, high: float | None = None, *, low: float = 0.0) -> HyperparameterValue:
    """A finite number above `low`, at most `high`, or "auto"."""
    if text in {"", "auto"}:
        return "auto"
    upto = _(" and at most {high:g}", high=high) if high is not None else ""
    wrong = FieldError(
        _(
            'Write "auto" or a number above {low}{upto}, with a point: 0.1',
            low=f"{low:.5f}".rstrip("0").rstrip("."),
            upto=upto,
        )
    )
    try:
        number = float(text) if "_" not in text else math.nan
    except ValueError:
        raise wrong from None
    if not math.isfinite(number) or number <= low or (high is not None and number > high):
        raise wrong
    return int(number) if number.is_integer() and number < 2**53 else number


def read_seed(text: str) -> int | None:
    """A whole number that the API takes as a seed, or None for an empty field.

    Raises FieldError.
    """
    if not text:
        return None
    if not _WHOLE.fullmatch(text) or not 0 <= int(text) <= MAX_SEED:
        raise FieldError(
            _("Leave it empty or write a whole number from 0 to {max_seed}.", max_seed=MAX_SEED)
        )
    return int(text)


def read_suffix(text: str, profile: Profile) -> str:
    """Letters, numbers and dashes, as many as the profile allows; empty for none.

    Raises FieldError, also where the profile takes no suffix or wants one.
    """
    limit = profile.suffix_limit
    if text and profile.suffix == "forbidden":
        raise FieldError(_("Leave it empty: profile {name} takes none.", name=profile.name))
    if not text and profile.suffix == "needed":
        raise FieldError(_("Write one: profile {name} needs it.", name=profile.name))
    if text and not _SUFFIX.fullmatch(text):
        raise FieldError(_("Use only letters, numbers and dashes."))
    if len(text) > limit:
        more = ""
        if limit < API_SUFFIX_LIMIT:
            more = _(
                "; a profile may raise suffix_limit to {api_suffix_limit}",
                api_suffix_limit=API_SUFFIX_LIMIT,
            )
        raise FieldError(
            _(
                "{count} characters, at most {limit} are allowed{more}.",
                count=len(text),
                limit=limit,
                more=more,
            )
        )
    return text


def _readers(profile: Profile) -> dict[str, Callable[[str], object]]:
    return {
        "model": _read_model,
        "method": lambda text: read_method(text, profile),
        "n_epochs": lambda text: _read_whole(text, 1, 50),
        "batch_size": lambda text: _read_whole(text, 1, 256),
        "learning_rate_multiplier": _read_above,
        "beta": lambda text: _read_above(text, 2),
        "reasoning_effort": _read_effort,
        "compute_multiplier": lambda text: _read_above(text, 10, low=0.00001),
        "eval_interval": lambda text: _read_whole(text, 1, None),
        "eval_samples": lambda text: _read_whole(text, 1, None),
        "seed": read_seed,
        "suffix": lambda text: read_suffix(text, profile),
    }
