"""What a user asks a fine-tuning job to be, frozen from the form to the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fttui.services.endpoint.models import HyperparameterValue

SUBMISSION_TAG = "fttui_submission"
METHODS = ("supervised", "dpo")


@dataclass(frozen=True, slots=True)
class JobRequest:
    """One create call. `hyperparameters` holds only what is not left to the endpoint ("auto").

    `training_file` and `validation_file` are ids on the endpoint, "" until they are uploaded.
    """

    model: str
    training_file: str = ""
    validation_file: str = ""
    method: str = "supervised"
    hyperparameters: Mapping[str, HyperparameterValue] = field(default_factory=dict)
    seed: int | None = None
    suffix: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    training_type: str = ""
    top_level_hyperparameters: bool = False

    def with_files(self, training_file: str, validation_file: str = "") -> JobRequest:
        """The same request for files that are now on the endpoint."""
        return replace(self, training_file=training_file, validation_file=validation_file)

    def tagged(self, submission_id: str) -> JobRequest:
        """The same request with the mark by which its job is found again after a lost answer."""
        return replace(self, metadata={**self.metadata, SUBMISSION_TAG: submission_id})

    def to_body(self) -> dict[str, object]:
        """The JSON body of POST /fine_tuning/jobs; what is left out is the endpoint's choice."""
        settings: dict[str, object] = {}
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
        return body
