"""The fields of a job besides its files, in the order in which they are filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical

from fttui.interface.create.field import ChoiceField, Field
from fttui.interface.create.file_field import FileField
from fttui.interface.create.grader_field import GraderField
from fttui.interface.create.model_field import ModelField, model_choices
from fttui.interface.first_frame import LABELS, PLACEHOLDERS
from fttui.interface.interface_utils import utils_of
from fttui.services.job_again import changes, form_texts
from fttui.services.job_form import (
    METHODS,
    REINFORCEMENT,
    FieldError,
    JobForm,
    JobRequest,
    methods_of,
    settings_of,
)
from fttui.terminal.language import _, labelled
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.interface.carried import Texts
    from fttui.interface.messages import GraderRead
    from fttui.services.endpoint.address import Endpoint
    from fttui.services.endpoint.models import Model
    from fttui.services.job_again import Again
    from fttui.services.session import Session

_HINTS = {
    "model": _("The model to start from. Down lists the models; right completes what is typed."),
    "method": _("supervised learns answers, dpo better from worse, reinforcement by a grader."),
    "grader": _("Enter reads the file that is typed, or edits the grader; ctrl+o browses."),
    "n_epochs": _("How often the training goes through all examples: auto, or 1 to 50."),
    "batch_size": _("Examples in each batch: auto, or 1 to 256. Larger batches vary less."),
    "learning_rate_multiplier": _(
        "Scales the learning rate: auto, or above 0. Less overfits less."
    ),
    "beta": _("How closely DPO keeps to the original model: auto, or above 0 and at most 2."),
    "suffix": _("Letters, numbers and dashes that the new model's name will hold."),
    "reasoning_effort": _("How much it thinks: default, low, medium or high."),
    "compute_multiplier": _("How much it explores: auto, or above 0.00001 and at most 10."),
    "eval_interval": _("Steps between two validations: auto, or 1 and more."),
    "eval_samples": _("Answers to each example of a validation: auto, or 1 and more."),
    "metadata": _("Kept with the job: team=desk, run=3. Quotes may hold anything; at most 15."),
    "seed": _("A whole number that makes the training as repeatable as it can be, or empty."),
}


_LAST = ("seed", "suffix", "metadata")
_SWEPT = ("n_epochs", "batch_size", "learning_rate_multiplier", "beta", "seed", "suffix")


def _keys_of(method: str) -> tuple[str, ...]:
    """The fields that a job by `method` has."""
    grader = ("grader",) if method == REINFORCEMENT else ()
    return ("model", "method", *grader, *settings_of(method), *_LAST)


class JobFields(Vertical):
    """Model, method, what the method has, seed, suffix, metadata; checks all at each change."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="job-fields")
        self._session = session
        self._profile = profile = session.endpoint.profile
        self._retirement = session.retirement
        self._knows_models = False
        self._refused: dict[str, tuple[str, str]] = {}
        self._item_fields: tuple[str, ...] = ()
        self.again: Again | None = None
        self.model = ModelField(
            "model", LABELS["model"], value=profile.default_model, hint=_HINTS["model"]
        )
        self.method = ChoiceField(
            "method", LABELS["method"], methods_of(profile), hint=_HINTS["method"], inline=True
        )
        self.grader = GraderField(
            LABELS["grader"], hint=_HINTS["grader"], placeholder=PLACEHOLDERS["grader"]
        )
        settings = dict.fromkeys(name for method in METHODS for name in settings_of(method))
        typed = [self._field(key) for key in (*settings, *_LAST)]
        self.fields: list[Field] = [self.model, self.method, self.grader, *typed]
        self._shown: tuple[str, ...] = ()

    @staticmethod
    def _field(key: str) -> Field:
        return Field(key, LABELS[key], placeholder=PLACEHOLDERS[key], hint=_HINTS[key])

    def compose(self) -> ComposeResult:
        """Model, method and grader across the form, the others in two columns."""
        self._shown = _keys_of(self.method.value)
        top = ("model", "method", "grader")
        shown = [field for field in self.fields if field.key in self._shown]
        yield from (field for field in shown if field.key in top)
        with Container(id="job-grid"):
            yield from (field for field in shown if field.key not in top)

    def _show_fields_of(self, method: str) -> None:
        """Show the fields that `method` has; those of others come when they are wanted."""
        if self._shown in ((), _keys_of(method)):
            return
        self._shown = _keys_of(method)
        for field in self.fields:
            if field.key in self._shown and not field.is_attached:
                if field is self.grader:
                    self.mount(field, after=self.method)
                else:
                    self.query_one("#job-grid").mount(field, before=self.field(_LAST[0]))
            field.display = field.key in self._shown

    def field(self, key: str, files: Sequence[FileField] = ()) -> Field | None:
        """The field of that API name, among the fields of `files` too."""
        return next((field for field in (*files, *self.fields) if field.key == key), None)

    def form(self) -> JobForm:
        """All that is typed now."""
        typed: dict[str, Any] = {field.key: field.value for field in self.fields}
        further = self.again.form.further if self.again else {}
        return JobForm(**typed, further=further)

    def fill(self, again: Again) -> None:
        """Ask for what another job was asked to be; fields that differ from it say so from now."""
        self.again = again
        self._refused.clear()
        self.method.value = again.form.method
        texts = form_texts(again.form)
        for field in self.fields:
            if field is self.grader:
                shown = _("of {id}", id=again.job.id) if again.form.grader else ""
                self.grader.show_text(again.form.grader, shown)
            elif field is not self.method:
                field.value = texts.get(field.key, "")

    @property
    def is_chosen(self) -> bool:
        """True where the model or the method is another than in an empty form."""
        method = methods_of(self._profile)[0]
        return (self.model.value, self.method.value) != (self._profile.default_model, method)

    def take(self, texts: Texts) -> None:
        """Have what was typed for another profile, as far as this one takes it."""
        again = texts.get("again")
        if again is not None:
            self.again = again  # type: ignore[assignment]  # as `texts` of the form gave it
        for field in (self.method, *self.fields):
            typed = texts.get(field.key)
            if field is self.grader and isinstance(typed, tuple):
                self.grader.take(*typed)
            elif isinstance(typed, str):
                field.value = typed

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
        self._show_fields_of(form.method)
        problems = self._problems(form)
        for field in self.fields:
            if not field.is_attached:
                continue
            value, sentence = self._refused.get(field.key, ("", ""))
            refusal = sentence if value == field.value else ""
            field.show_message(
                problems.get(field.key, "") or refusal,
                note=self._note(field.key, form),
                warning=self._warning(field.key),
            )
        return problems

    def _problems(self, form: JobForm) -> dict[str, str]:
        problems = form.problems(self._profile)
        if form.method == REINFORCEMENT:
            from fttui.services.job_grader import why_no_reinforcement

            why_not = why_no_reinforcement(is_openais=self._session.endpoint.is_openais)
            found = {"method": why_not, "grader": self.grader.waits}
            problems |= {key: text for key, text in found.items() if text}
        for field in self.fields if self.again is not None else ():
            if field.key in problems and field.key in _SWEPT and "," in field.value:
                problems[field.key] = _("One value here; `fttui create --from` takes lists.")
        return problems

    @property
    def more_rows(self) -> int:
        """The rows that the fields of this method take beyond those of supervised."""
        method = self.method.value
        own = len(settings_of(method)) - len(settings_of(METHODS[0]))
        return (own + 1) // 2 * 3 + 2 * (method == REINFORCEMENT)

    @property
    def needs_validation(self) -> bool:
        """Whether the endpoint refuses a job by this method without a validation file."""
        if self.method.value != REINFORCEMENT:
            return False
        from fttui.training_data.endpoints import limits_of

        return limits_of(self._session.endpoint.base_url).requires_validation

    @property
    def item_fields(self) -> tuple[str, ...]:
        """The fields of an example that the grader uses, of the last one that was good."""
        if self.method.value != REINFORCEMENT:
            return ()
        from fttui.services.job_grader import grader_problems

        text = self.grader.value
        if not self.grader.waits and not grader_problems(text, self._profile.graders):
            from fttui.training_data.profile import item_fields

            self._item_fields = item_fields(json.loads(text))
        return self._item_fields

    def take_grader(self, read: GraderRead) -> None:
        """Show a grader that was read or written, or why it could not be read."""
        if read.path is not None and read.refusal:
            self.grader.show_refusal(read.path, read.refusal)
        else:
            shown = safe_path(read.path) if read.path is not None else _("as edited")
            self.grader.show_text(read.text, shown)

    @on(GraderField.Typed)
    def _grader_typed(self, event: GraderField.Typed) -> None:
        event.stop()
        from fttui.training_data.files import as_meant

        utils_of(self).grader.read(as_meant(event.text))

    @on(GraderField.Wanted)
    def _grader_wanted(self, event: GraderField.Wanted) -> None:
        event.stop()
        if event.editor:
            utils_of(self).grader.edit(self.grader.value, self._profile.graders)
        else:
            utils_of(self).grader.browse()

    def _warning(self, key: str) -> str:
        if key != "model" or not self._knows_models:
            return ""
        return self._retirement.notice(self.model.value, brief=True)

    def _note(self, key: str, form: JobForm) -> str:
        """What else is told of a field: how it differs from the job that it was filled from."""
        note = self._own_note(key, form)
        if self.again is None:
            return note
        differs = changes(self.again.texts, form_texts(form)).get(key)
        was = _("≠ {old} before", old=safe(differs[0], maxlen=40) or "auto") if differs else ""
        return " · ".join(filter(None, (was, note)))

    def _own_note(self, key: str, form: JobForm) -> str:
        if key == "grader" and form.grader and not self._problems(form).get("grader"):
            from fttui.services.job_grader import grader_words

            return f"✓ {grader_words(json.loads(form.grader))}"
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
    is_alone = any(file.key == "validation" and not file.value.strip() for file in files)
    lacks_validation = is_alone and fields.needs_validation
    for file in files:
        if file.key == "training" and file.value.strip() and lacks_validation:
            return Obstacle("validation", _("Reinforcement needs a validation file."))
        sentence = file.obstacle(required=file.key == "training", allow_errors=allow_file_errors)
        if sentence and file.check.running:
            passing = passing if passing.sentence else Obstacle(file.key, sentence, passes=True)
        elif sentence:
            return Obstacle(file.key, sentence)
    for key, problem in problems.items():
        named = fields.field(key)
        return Obstacle(key, labelled(named.label if named else key, problem))
    if session.credential is None:
        return Obstacle("", no_key(session.endpoint))
    return passing


def show_refusal(
    files: Sequence[FileField], fields: JobFields, param: str, sentence: str
) -> Field | None:
    """Mark the field that the endpoint names, for example `hyperparameters.n_epochs`; that field.

    None where the form has none of that name.
    """
    parts = re.split(r"[.\[]", param)
    whole = next((name for name in ("grader", "metadata") if name in parts), parts[-1])
    field = fields.field(whole.removesuffix("_file"), files)
    if field is not None:
        fields.refuse(field, sentence)
    return field
