"""The fields of a job besides its files, in the order in which they are filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Container, Vertical

from fttui.interface.create.field import ChoiceField, Field
from fttui.interface.create.file_field import FileField
from fttui.interface.create.model_field import ModelField, model_choices
from fttui.interface.first_frame import LABELS, PLACEHOLDERS
from fttui.services.job_form import METHODS, FieldError, JobForm, JobRequest
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.address import Endpoint
    from fttui.services.endpoint.models import Model
    from fttui.services.retirement_clock import RetirementClock
    from fttui.services.session import Session
    from fttui.storage.settings import Profile

_HINTS = {
    "model": _("The model to start from. Down lists the models; right completes what is typed."),
    "method": _(
        "supervised learns from example answers, dpo from pairs of a better and a worse one."
    ),
    "n_epochs": _("How often the training goes through all examples: auto, or 1 to 50."),
    "batch_size": _("Examples in each batch: auto, or 1 to 256. Larger batches vary less."),
    "learning_rate_multiplier": _(
        "Scales the learning rate: auto, or above 0. Less overfits less."
    ),
    "beta": _("How closely DPO keeps to the original model: auto, or above 0 and at most 2."),
    "suffix": _("Letters, numbers and dashes that the new model's name will hold."),
    "seed": _("A whole number that makes the training as repeatable as it can be, or empty."),
}


class JobFields(Vertical):
    """Model, method, hyperparameters, seed and suffix; checks them all at each change."""

    def __init__(self, profile: Profile, retirement: RetirementClock) -> None:
        super().__init__(id="job-fields")
        self._profile = profile
        self._retirement = retirement
        self._knows_models = False
        self._refused: dict[str, tuple[str, str]] = {}
        self.model = ModelField(
            "model", LABELS["model"], value=profile.default_model, hint=_HINTS["model"]
        )
        method = ChoiceField(
            "method", LABELS["method"], METHODS, hint=_HINTS["method"], inline=True
        )
        typed = ("n_epochs", "batch_size", "learning_rate_multiplier", "beta", "suffix", "seed")
        self.fields: list[Field] = [self.model, method, *map(self._field, typed)]

    @staticmethod
    def _field(key: str) -> Field:
        return Field(
            key,
            LABELS[key],
            placeholder=PLACEHOLDERS[key],
            hint=_HINTS[key],
            disabled=key == "beta",  # until DPO is chosen
        )

    def compose(self) -> ComposeResult:
        """Model and method across the form, the others in two columns."""
        yield from self.fields[:2]
        with Container(id="job-grid"):
            yield from self.fields[2:]

    def field(self, key: str, files: Sequence[FileField] = ()) -> Field | None:
        """The field of that API name, among the fields of `files` too."""
        return next((field for field in (*files, *self.fields) if field.key == key), None)

    def form(self) -> JobForm:
        """All that is typed now."""
        typed: dict[str, Any] = {field.key: field.value for field in self.fields}
        return JobForm(**typed)

    def estimated_request(self) -> JobRequest | None:
        """What decides the cost, model and epochs alone; None while one of them is not good."""
        form = self.form()
        deciding = JobForm(model=form.model, method=form.method, n_epochs=form.n_epochs)
        try:
            return deciding.to_request(replace(self._profile, suffix=""))
        except FieldError:
            return None

    def offer_models(self, served: tuple[Model, ...]) -> None:
        """Suggest the endpoint's models, with their last days.

        On a server of one's own the first of its models stands in the form until another is chosen.
        """
        self._knows_models = True
        self.model.offer(model_choices(served, self._retirement))
        own = self._retirement.own_bases
        is_untouched = self.model.value == self._profile.default_model
        if own and is_untouched and self.model.value not in {one.id for one in served}:
            self.model.value = own[0]

    def refuse(self, field: Field, sentence: str) -> None:
        """Show what the endpoint said against the present value of a field, until it changes."""
        if isinstance(field, FileField):
            field.show_message(sentence)
        else:
            self._refused[field.key] = (field.value, sentence)
            self.check()

    def check(self) -> dict[str, str]:
        """Show what is wrong beside each field; what keeps the form from being sent, by field.

        A value that the endpoint refused is marked but may be sent again.
        """
        form = self.form()
        problems = form.problems(self._profile)
        for field in self.fields:
            value, sentence = self._refused.get(field.key, ("", ""))
            refusal = sentence if value == field.value else ""
            field.show_message(
                problems.get(field.key, "") or refusal,
                note=self._note(field.key, form),
                warning=self._warning(field.key),
            )
        beta = self.field("beta")
        if beta is not None:
            beta.disabled = form.method != "dpo"
        return problems

    def _warning(self, key: str) -> str:
        if key != "model" or not self._knows_models:
            return ""
        return self._retirement.notice(self.model.value, brief=True)

    def _note(self, key: str, form: JobForm) -> str:
        suffix = form.suffix.strip()
        if key != "suffix" or not suffix:
            return ""
        from fttui.training_data.models import base_model

        return f"ft:{base_model(form.model) or 'MODEL'}:ORG:{suffix}:id"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why the form cannot be sent, as a sentence, "" when it can; `key` is the field's, or "".

    `passes` is true of a check under way, which ends by itself.
    """

    key: str = ""
    sentence: str = ""
    passes: bool = False

    @property
    def is_final(self) -> bool:
        """True when something must be done before the form can be sent."""
        return bool(self.sentence) and not self.passes


def no_key(endpoint: Endpoint) -> str:
    """That there is no key for the endpoint, and what to do."""
    from fttui.interface.screens.guide import KeyPlace

    return KeyPlace.of(endpoint).missing


def first_obstacle(
    files: Sequence[FileField], fields: JobFields, *, allow_file_errors: bool, session: Session
) -> Obstacle:
    """The first obstacle in the order of the form; one that passes by itself comes last.

    All fields are checked anew, and tell what is wrong with them. The `session` may lack a key.
    """
    problems = fields.check()
    passing = Obstacle()
    for file in files:
        sentence = file.obstacle(required=file.key == "training", allow_errors=allow_file_errors)
        if sentence and file.check.running:
            passing = passing if passing.sentence else Obstacle(file.key, sentence, passes=True)
        elif sentence:
            return Obstacle(file.key, sentence)
    for key, problem in problems.items():
        named = fields.field(key)
        return Obstacle(key, f"{named.label if named else key}: {problem}")
    if session.credential is None:
        return Obstacle("", no_key(session.endpoint))
    return passing


def show_refusal(
    files: Sequence[FileField], fields: JobFields, param: str, sentence: str
) -> Field | None:
    """Mark the field that the endpoint names, for example `hyperparameters.n_epochs`; that field.

    None where the form has none of that name.
    """
    field = fields.field(param.rpartition(".")[2].removesuffix("_file"), files)
    if field is not None:
        fields.refuse(field, sentence)
    return field
