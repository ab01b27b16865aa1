"""What a job was asked to be, held against what the endpoint says that it is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from fttui.storage.secrets import redact
from fttui.terminal.language import _
from fttui.terminal.text import safe

Asked = Mapping[str, object]
"""A create call's body as it was asked for, without what was left to the endpoint."""
_PLAIN = ("method", "seed", "suffix", "training_file", "validation_file")
_VERSION = re.compile(r"[-@:](v?\d[\d.-]*|latest)")
_OF_SETTINGS = "hyperparameters"
_OF_METADATA = "metadata"


class _Settings(Protocol):
    def as_dict(self) -> Mapping[str, object]: ...


class Made(Protocol):
    """What a job says of itself, beside what it was asked to be."""

    @property
    def asked(self) -> Asked | None:
        """What was asked; None where that is not known."""

    @property
    def hyperparameters(self) -> _Settings:
        """Those that the job tells."""

    @property
    def model(self) -> str | None:
        """The base."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """Its metadata."""

    @property
    def grader(self) -> Mapping[str, object]:
        """Its grader, as it was told; empty where none was."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was asked and is not so; `made` None where the job does not tell it."""

    group: str
    name: str
    asked: object
    made: object | None

    @property
    def sentence(self) -> str:
        """What was asked, and what the job says."""
        name, asked = safe(self.name, maxlen=60), safe(self.asked, maxlen=80)
        if self.made is None:
            return _("{name}={asked} was asked, the job does not say it.", name=name, asked=asked)
        made = safe(self.made, maxlen=80)
        return _(
            "{name}={asked} was asked, the job says {made}.", name=name, asked=asked, made=made
        )


def differences(job: Made) -> tuple[Difference, ...]:
    """What of `job.asked` is not as the job says; what the job leaves open yet does not count.

    Of what is no hyperparameter silence is none: not every endpoint repeats it.
    """
    asked = job.asked or {}
    found = []
    made_settings = job.hyperparameters.as_dict()
    for name, value in _mapping(asked.get(_OF_SETTINGS)).items():
        made = made_settings.get(name)
        if made != "auto" and not _is_same(value, made):
            found.append(Difference(_OF_SETTINGS, name, value, made))
    model = asked.get("model")
    if isinstance(model, str) and job.model is not None and not _is_model(model, job.model):
        found.append(Difference("", "model", model, job.model))
    for name in _PLAIN:
        made = getattr(job, name)
        if asked.get(name) is not None and made is not None and not _is_same(asked[name], made):
            found.append(Difference("", name, asked[name], made))
    for key, value in _mapping(asked.get(_OF_METADATA)).items():
        if job.metadata and job.metadata.get(key) != value:
            found.append(Difference(_OF_METADATA, key, value, job.metadata.get(key)))
    if job.grader:
        found += _within(job.grader, _mapping(asked.get("grader")), "grader")
    return tuple(found)


def _within(made: object, asked: object, path: str) -> list[Difference]:
    """What of `asked` is otherwise in `made`, which may hold more: what the endpoint filled in."""
    if isinstance(asked, Mapping) and isinstance(made, Mapping):
        pairs = [(f"{path}.{name}", made.get(name), each) for name, each in asked.items()]
    elif isinstance(asked, list) and isinstance(made, list) and len(asked) == len(made):
        pairs = [(f"{path}[{at}]", made[at], each) for at, each in enumerate(asked)]
    else:
        is_same = asked in (None, {}, []) or _is_same(asked, made)
        told = made if made is None else redact(f"{made}")
        return [] if is_same else [Difference("", path, asked, told)]
    return [one for name, there, each in pairs for one in _within(there, each, name)]


def difference_texts(job: Made) -> list[str]:
    """A sentence for each difference, and what may mend those of the hyperparameters."""
    found = differences(job)
    texts = [one.sentence for one in found]
    if any(one.group == _OF_SETTINGS for one in found):
        at_top = not (job.asked or {}).get("top_level", False)
        texts.append(
            _(
                "The endpoint may take hyperparameters in another place: see "
                "top_level_hyperparameters ({value}) in the profile.",
                value="true" if at_top else "false",
            )
        )
    return texts


def asked_json(job: Made) -> dict[str, object] | None:
    """What was asked where it differs from what was made; None where nothing does."""
    told: dict[str, object] = {}
    for one in differences(job):
        if one.group:
            group = told.setdefault(one.group, {})
            assert isinstance(group, dict)
            group[one.name] = one.asked
        else:
            told[one.name] = one.asked
    return told or None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _is_same(asked: object, made: object) -> bool:
    numbers = [one for one in (asked, made) if isinstance(one, int | float)]
    if len(numbers) == 2:
        return math.isclose(numbers[0], numbers[1], rel_tol=1e-6)
    return str(asked).lower() == str(made).lower() if made is not None else False


def _is_model(asked: str, made: str) -> bool:
    """Whether a name is the one that was asked, or differs by its version or its maker alone."""
    names = sorted((asked.rpartition("/")[2].lower(), made.rpartition("/")[2].lower()), key=len)
    rest = names[1].removeprefix(names[0]) if names[1].startswith(names[0]) else None
    return rest is not None and (not rest or bool(_VERSION.fullmatch(rest)))
