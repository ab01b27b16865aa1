"""What a file is checked for: its format, the model's limits and what the grader needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from fttui.training_data.formats import Format

MB = 1_000_000
IN_PROCESS = 24 * MB
IN_PROCESS_WITH_TOKENS = 6 * MB
"""Bytes under which no worker is started, without and with tokens."""

DEFAULT_ENCODING = "o200k_base"
DEFAULT_TOKEN_LIMIT = 65_536
_OLD_TOKEN_LIMIT = 16_385

_ENCODINGS: tuple[tuple[str, str], ...] = (
    ("gpt-4o", "o200k_base"),
    ("gpt-4.1", "o200k_base"),
    ("gpt-4.5", "o200k_base"),
    ("gpt-5", "o200k_base"),
    ("gpt-6", "o200k_base"),
    ("gpt-oss", "o200k_base"),
    ("chatgpt-4o", "o200k_base"),
    ("o1", "o200k_base"),
    ("o3", "o200k_base"),
    ("o4", "o200k_base"),
    ("gpt-4", "cl100k_base"),
    ("gpt-3.5", "cl100k_base"),
    ("gpt-35", "cl100k_base"),
    ("davinci-002", "cl100k_base"),
    ("babbage-002", "cl100k_base"),
)
_TOKEN_LIMITS: Mapping[str, int] = {
    "gpt-4o": DEFAULT_TOKEN_LIMIT,
    "gpt-4.1": DEFAULT_TOKEN_LIMIT,
    "o4-mini": DEFAULT_TOKEN_LIMIT,
    "gpt-3.5": _OLD_TOKEN_LIMIT,
    "gpt-35": _OLD_TOKEN_LIMIT,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What an endpoint takes; other endpoints than OpenAI's may take more or less."""

    max_bytes: int = 8_000 * MB
    max_line_bytes: int = 16 * MB
    min_examples: int = 10
    recommended_examples: int = 50
    images_per_example: int = 10
    examples_with_images: int = 50_000
    reinforcement_examples: int = 50_000
    reinforcement_validation_examples: int = 1_000
    completion_tokens: int = 2_048


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that decides how one line is judged; it travels to the worker processes."""

    format: Format | None = None
    encoding: str | None = None
    """The vocabulary to count tokens with, None for no count."""
    token_limit: int | None = None
    images_per_example: int = 10
    item_fields: tuple[str, ...] = ()
    """Item fields that the grader's templates use."""
    item_keys: tuple[str, ...] = ()
    """The item fields of the first example, sorted."""
    first_prompt: str | None = None
    """The system prompt of the first example."""


def base_model(model: str) -> str:
    """The model that a fine-tuned model or a checkpoint of one began as."""
    parts = model.strip().split(":")
    return parts[1] if parts[0] == "ft" and len(parts) > 1 else parts[0]


def encoding_of(model: str | None) -> tuple[str, bool]:
    """The vocabulary for a model, and whether it is known to be the model's own.

    Without a model the vocabulary of the models that can be fine-tuned today is taken.
    """
    if not model:
        return DEFAULT_ENCODING, True
    name = base_model(model).lower().rsplit("/", 1)[-1]
    for prefix, encoding in _ENCODINGS:
        if name == prefix or name.startswith((prefix + "-", prefix + ".", prefix + "o")):
            return encoding, True
    return DEFAULT_ENCODING, False


def token_limit_of(model: str | None) -> int | None:
    """Tokens of one example that a model is trained on at most, None when it is not known."""
    if not model:
        return DEFAULT_TOKEN_LIMIT
    name = base_model(model).lower()
    return next((limit for start, limit in _TOKEN_LIMITS.items() if name.startswith(start)), None)
