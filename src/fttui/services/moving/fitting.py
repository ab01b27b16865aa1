"""What an endpoint cannot do of what a job was asked to be: left out, changed, or a refusal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fttui.services.job_form import (
    METHODS,
    REINFORCEMENT,
    FieldError,
    JobForm,
    methods_of,
    read_method,
    read_seed,
    read_suffix,
)
from fttui.services.job_metadata import metadata_text
from fttui.storage.templates import templates
from fttui.terminal.language import _, labelled
from fttui.terminal.text import safe
from fttui.training_data.models import base_model

if TYPE_CHECKING:
    from fttui.services.endpoint.address import Endpoint
    from fttui.services.job_again import Again
    from fttui.storage.settings import Profile

_NO_SUFFIX = re.compile(r"[^A-Za-z0-9-]+")
_AUTO = ("", "auto", "default")
_BOOLEANS = {"true": True, "false": False}
"""A job tells them as texts."""
_LONGEST = 60
_TAIL = 4


@dataclass(frozen=True, slots=True)
class Customs:
    """What an endpoint takes, lacks and calls otherwise; as the settings of a profile say it."""

    takes: frozenset[str]
    lacks: frozenset[str]
    renames: Mapping[str, str]

    @classmethod
    def of(cls, profile: Profile) -> Customs:
        """By the profile, and by the template of its host, which an older profile may not have."""
        host = _host(profile.base_url)
        known = next(
            (one.settings for one in templates().values() if host and host == _host(one.base_url)),
            {},
        )
        own = (*profile.hyperparameters, *profile.renames.values())
        return cls(
            frozenset((*profile.takes, *known.get("takes", ()), *own)),
            frozenset((*profile.lacks, *known.get("lacks", ()))),
            {**known.get("renames", {}), **profile.renames},
        )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is not as it was: `text`, a sentence without its end, and which `value`."""

    text: str
    value: str = ""

    @property
    def sentence(self) -> str:
        """Both; safe to show."""
        if not self.value:
            return self.text + "."
        return _("{text}: {value}.", text=self.text, value=self.value)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A form for another endpoint, and what of it is not as it was.

    `refusals` are sentences on why no job can be asked for there at all.
    """

    form: JobForm
    has_validation: bool = True
    left_out: tuple[LeftOut, ...] = ()
    refusals: tuple[str, ...] = ()


class _Fitting:
    """The work on one job."""

    def __init__(self, again: Again, endpoint: Endpoint, from_url: str) -> None:
        self.again = again
        self.form = again.form
        self.endpoint = endpoint
        self.profile = endpoint.profile
        self.customs = Customs.of(endpoint.profile)
        self.is_same_kind = _host(from_url) == _host(endpoint.base_url)
        self.left_out: list[LeftOut] = []
        self.refusals: list[str] = []
        self.has_validation = bool(again.validation)

    def lacks(self, name: str) -> bool:
        """Whether the other endpoint's profile says that it does not have `name`."""
        return name in self.customs.lacks

    def fit_method(self) -> None:
        """Refuse the job if its method is none there."""
        job = self.again.job
        if job.method and job.method not in METHODS:
            shown = safe(job.method, maxlen=40)
            self.refusals.append(_("No form can ask for its method {method}.", method=shown))
            return
        try:
            read_method(self.form.method, self.profile)
        except FieldError:
            only = ", ".join(methods_of(self.profile))
            self.refusals.append(
                _(
                    "Its method is {method}, and only {only} is taken there.",
                    method=self.form.method,
                    only=only,
                )
            )
            return
        if self.form.method == REINFORCEMENT:
            self._fit_grader()

    def _fit_grader(self) -> None:
        from fttui.services.job_grader import read_grader, why_no_reinforcement

        if why_not := why_no_reinforcement(is_openais=self.endpoint.is_openais):
            self.refusals.append(why_not)
            return
        try:
            read_grader(self.form.grader, self.profile.graders)
        except FieldError as problem:
            self.refusals.append(_("Its grader is not taken there: {why}", why=problem))

    def fit_suffix(self) -> None:
        """Leave the suffix out, make one up or cut it, as the other profile wants it."""
        suffix, profile = self.form.suffix, self.profile
        wanted = suffix
        if profile.suffix == "forbidden":
            wanted = ""
            if suffix:
                self._note(_("No suffix is taken there, so it is left out"), suffix)
        elif not suffix and profile.suffix == "needed":
            tail = _NO_SUFFIX.sub("", self.again.job.raw_id)[-8:]
            wanted = f"moved-{tail}".rstrip("-")[: profile.suffix_limit]
            self._note(_("A suffix is needed there, so it gets one"), wanted)
        elif shorter := _shortened(suffix, profile):
            wanted = shorter
            text = _(
                "The suffix becomes one of at most {limit} letters, digits and dashes",
                limit=profile.suffix_limit,
            )
            self._note(text, wanted)
        self.form = replace(self.form, suffix=wanted)

    def fit_seed(self) -> None:
        """Leave out a seed that is not taken there."""
        seed = self.form.seed
        if not seed:
            return
        try:
            is_good = not self.lacks("seed") and read_seed(seed) is not None
        except FieldError:
            is_good = False
        if not is_good:
            self._note_left_out("seed", seed)
            self.form = replace(self.form, seed="")

    def fit_metadata(self) -> None:
        """Leave out metadata where none is taken."""
        pairs = self.form.metadata
        text = pairs if isinstance(pairs, str) else metadata_text(pairs)
        if text and self.lacks("metadata"):
            self._note_left_out("metadata", text)
            self.form = replace(self.form, metadata={})

    def fit_validation(self) -> None:
        """Leave out the validation file where none is taken."""
        if self.has_validation and self.lacks("validation_file"):
            self.has_validation = False
            self._note(_("No validation file is taken there, so its own is left out"))

    def fit_hyperparameters(self) -> None:
        """Rename what is called otherwise there, and leave out what is not taken."""
        further: dict[str, object] = {}
        own = {name: getattr(self.form, name).strip() for name in self.form.settings}
        wrong = self.form.problems(self.profile)
        for name, text in own.items():
            if text in _AUTO:
                continue
            if name not in wrong and (new := self.customs.renames.get(name)):
                further[new] = _number(text)
                self.form = replace(self.form, **{name: ""})  # type: ignore[arg-type]
                self._note(_("{name} is called {new} there", name=name, new=safe(new)))
            elif self.lacks(name):
                self._note_left_out(name, text)
                self.form = replace(self.form, **{name: ""})  # type: ignore[arg-type]
        for name, value in self.form.further.items():
            new = self.customs.renames.get(name, name)
            if self.lacks(name) or not (self.is_same_kind or new in self.customs.takes):
                self._note_left_out(name, str(value))
            else:
                further[new] = _BOOLEANS.get(value, value) if isinstance(value, str) else value
        self.form = replace(self.form, further=further)

    def refuse_what_is_left(self) -> None:
        """Refuse the job for each other field that the profile does not take."""
        known = {"model", "method", "grader"}  # told already, or another's business
        for name, problem in self.form.problems(self.profile).items():
            if name not in known:
                self.refusals.append(labelled(safe(name, maxlen=_LONGEST), problem))

    def _note_left_out(self, name: str, value: str) -> None:
        self._note(
            _("{name} is not known there, and left out", name=safe(name, maxlen=_LONGEST)), value
        )

    def _note(self, text: str, value: str = "") -> None:
        self.left_out.append(LeftOut(text, safe(value, maxlen=_LONGEST)))


def fitted(again: Again, endpoint: Endpoint, from_url: str) -> Fitted:
    """The job's form as `endpoint` takes it, but for its model; nothing is asked of anybody.

    `from_url` is where the job was made: what only one kind of endpoint knows stays within it.
    """
    fitting = _Fitting(again, endpoint, from_url)
    if fitting.lacks("create"):
        fitting.refusals.append(
            _("The create call of profile {name} has another form.", name=endpoint.profile.name)
        )
    else:
        fitting.fit_method()
    fitting.fit_suffix()
    fitting.fit_seed()
    fitting.fit_metadata()
    fitting.fit_validation()
    fitting.fit_hyperparameters()
    if not fitting.refusals:
        fitting.refuse_what_is_left()
    left_out = [*_of_the_job(again), *fitting.left_out]
    return Fitted(fitting.form, fitting.has_validation, tuple(left_out), tuple(fitting.refusals))


def _of_the_job(again: Again) -> list[LeftOut]:
    """What of the job goes nowhere."""
    said = [
        LeftOut(_("Its {name} cannot be asked for: the new job has none", name=name))
        for name in again.job.unsent
    ]
    model = again.form.model
    if model and base_model(model) != model:
        text = _("A fine-tuned model stays where it is: its base is trained anew")
        said.append(LeftOut(text, safe(model, maxlen=100)))
    return said


def _shortened(suffix: str, profile: Profile) -> str:
    """What stands for a suffix that is not taken as it is; "" for one that is.

    Its end stays, which often tells one version from another.
    """
    try:
        read_suffix(suffix, profile)
    except FieldError:
        limit = profile.suffix_limit
        plain = unicodedata.normalize("NFKD", suffix).encode("ascii", "ignore").decode()
        plain = _NO_SUFFIX.sub("-", plain).strip("-")
        if len(plain) > limit:
            tail = plain[-_TAIL:].strip("-") if limit > 2 * _TAIL else ""
            head = plain[: limit - len(tail) - bool(tail)].rstrip("-")
            plain = "-".join(filter(None, (head, tail)))
        return plain or "moved"[:limit]
    return ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _number(text: str) -> object:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number
