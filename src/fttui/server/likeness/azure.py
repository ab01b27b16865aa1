"""Azure OpenAI: /openai/v1, `trainingType` for the 4.1 family, a status while it pauses."""

from __future__ import annotations

from ..errors import ApiError
from .shape import CHAT, CONTENT, FILES, JOBS, MODELS, PARTS, Document, Shape, calls

_TRAINING_TYPES = ("standard", "globalstandard", "developertier")


def _asked_of_azure(body: Document) -> Document:
    kind = body.get("trainingType")
    if kind is None and str(body.get("model")).startswith("gpt-4.1"):
        raise ApiError(
            400, f"The specified base model does not support fine-tuning: {body['model']}",
            code="invalidPayload",
        )  # fmt: skip
    if kind is not None and str(kind).lower() not in _TRAINING_TYPES:
        raise ApiError(400, f"The trainingType '{kind}' is not supported.", code="invalidPayload")
    return {name: value for name, value in body.items() if name != "trainingType"}


def _refused_by_azure(error: ApiError) -> tuple[int, Document]:
    code = error.code or {400: "invalidPayload", 404: "notFound"}.get(error.status)
    return error.status, {"error": {"code": code or str(error.status), "message": error.message}}


AZURE = Shape(
    calls=calls(
        *JOBS, *PARTS, *FILES, CONTENT, *MODELS, CHAT,
        "POST /fine_tuning/jobs/{id}/pause", "POST /fine_tuning/jobs/{id}/resume",
        "POST /uploads", "POST /uploads/{id}/parts", "POST /uploads/{id}/complete",
        "POST /uploads/{id}/cancel",
    ),
    no_call=lambda _: (404, {"error": {"code": "404", "message": "Resource not found"}}),
    refusal=_refused_by_azure,
    asked=_asked_of_azure,
    statuses={"validating_files": "pending", "queued": "pending"},
    answered={"pause": "pausing", "resume": "resuming"},
    dropped={"fine_tuning.job": frozenset({"organization_id", "usage_metrics", "eval_id"})},
    needs_length=True,
)  # fmt: skip
