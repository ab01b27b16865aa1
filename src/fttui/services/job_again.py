"""A job as the form of a new one: what it was asked to be, and how the new one differs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.services.job_form import METHODS, JobForm
from fttui.services.job_metadata import MOST_PAIRS, SUBMISSION_TAG, metadata_text
from fttui.storage.profile_rules import OPTION_OF
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job

_AUTO = ("", "auto", "default")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Again:
    """What a new job takes over from `job`; `left_out` are sentences on what it cannot.

    The files are ids on the endpoint, "" for none. Of a job of another endpoint they are paths of
    this machine where `is_fetched`, and `old_form` is what it was there.
    """

    job: Job
    form: JobForm
    training: str = ""
    validation: str = ""
    left_out: tuple[str, ...] = ()
    is_fetched: bool = False
    old_form: JobForm | None = None

    @property
    def is_of_another_method(self) -> bool:
        """True when the job was trained by a method that no form can ask for."""
        return bool(self.job.method) and self.job.method not in METHODS

    @property
    def texts(self) -> dict[str, str]:
        """Each field's text as it was for the old job, files included."""
        files = {"training": self.training, "validation": self.validation}
        if self.is_fetched:
            files = {role: Path(path).name for role, path in files.items()}
        return form_texts(self.old_form or self.form) | files


def again_from(job: Job, model: str = "") -> Again:
    """The form of a job like `job`: as it was asked for where that is known, else as it was made.

    It starts from the same base; `model` takes its place, for one that goes on from a checkpoint.
    """
    asked = job.asked or {}
    settings = _mapping(asked.get("hyperparameters")) if asked else job.hyperparameters.as_dict()
    seed = asked.get("seed", job.seed)
    suffix = asked.get("suffix", job.suffix)
    method = job.method or "supervised"
    names = {field.name for field in fields(JobForm)} - {"further"}
    typed = {name: _text(value) for name, value in settings.items() if name in names}
    further = {name: value for name, value in settings.items() if name not in names}
    pairs = _mapping(asked.get("metadata")) if "metadata" in asked else job.metadata
    own = {str(name): str(value) for name, value in pairs.items() if name != SUBMISSION_TAG}
    grader = _mapping(asked.get("grader")) or job.grader
    form = JobForm(
        **{
            **typed,
            "model": model or str(asked.get("model") or job.model or ""),
            "method": method if method in METHODS else "supervised",
            "seed": "" if seed is None else str(seed),
            "suffix": str(suffix or ""),
            "metadata": dict(list(own.items())[:MOST_PAIRS]),
            "further": {name: value for name, value in further.items() if value not in _AUTO},
            "grader": json.dumps(grader, ensure_ascii=False) if grader else "",
        }  # type: ignore[arg-type]
    )
    files = (job.training_file or "", job.validation_file or "")
    return Again(job, form, *files, tuple(_left_out(job, form, len(own))))


def form_texts(form: JobForm) -> dict[str, str]:
    """The text of each field of a form; what is left to the endpoint is ""."""
    names = ("model", "method", *form.settings, "seed", "suffix", "grader")
    texts = {name: getattr(form, name).strip() for name in names}
    texts = {name: "" if text in _AUTO else text for name, text in texts.items()}
    pairs = form.metadata
    texts["metadata"] = pairs.strip() if isinstance(pairs, str) else metadata_text(pairs)
    return texts | {name: _text(value) for name, value in form.further.items()}


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The old and the new text of each field that differs, by its name."""
    names = dict.fromkeys([*new, *old])
    pairs = {name: (old.get(name, ""), new.get(name, "")) for name in names}
    return {name: pair for name, pair in pairs.items() if not _is_same(*pair)}


def against_text(again: Again, new: Mapping[str, str]) -> str:
    """What a new job has otherwise than the old one, in one line; safe to show."""
    found = changes(again.texts, new)
    shown = [f"{_word(name)} {_shown(old)} -> {_shown(now)}" for name, (old, now) in found.items()]
    return ", ".join(shown) or _("nothing: it asks for the same")


def changed_form(form: JobForm, given: Mapping[str, str]) -> JobForm:
    """`form` with the fields that are given; what the method does not have is left out."""
    changed = replace(form, **given)  # type: ignore[arg-type]
    own = {"beta", "reasoning_effort", "compute_multiplier", "eval_interval", "eval_samples"}
    foreign = dict.fromkeys(own - set(changed.settings) - set(given), "")
    return replace(changed, **foreign)  # type: ignore[arg-type]


def _left_out(job: Job, form: JobForm, pairs: int) -> list[str]:
    said = []
    if not form.model:
        said.append(_("The job does not say which model it was trained from."))
    if not job.training_file:
        said.append(_("The job does not say which training file it used."))
    if job.method and job.method not in METHODS:
        said.append(_("Its method {method} is unknown here.", method=safe(job.method, maxlen=40)))
    if pairs > MOST_PAIRS:
        said.append(
            _(
                "Its metadata has {pairs} pairs: the new job has the first {most} of them.",
                pairs=pairs,
                most=MOST_PAIRS,
            )
        )
    for name in job.unsent:
        said.append(_("Its {name} cannot be asked for here: the new job has none.", name=name))
    return said


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


def _is_same(old: str, new: str) -> bool:
    if old == new:
        return True
    try:
        return float(old) == float(new)
    except ValueError:
        return False


def _word(name: str) -> str:
    """A field's name as the options of `fttui create` have it."""
    names = {"training": "training_file", "validation": "validation_file"}
    option = OPTION_OF.get(names.get(name, name), "")
    return option.removeprefix("--") or safe(name, maxlen=_LONGEST)


def _shown(text: str) -> str:
    return safe(text, maxlen=_LONGEST) or "auto"
