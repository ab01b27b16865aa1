"""What a file is checked for: its format, the model's limits and what the grader needs."""

from dataclasses import dataclass

from fttui.training_data.formats import Format

MB = 1_000_000
IN_PROCESS = 24 * MB
IN_PROCESS_WITH_TOKENS = 6 * MB
"""Bytes under which no worker is started, without and with tokens."""


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
class CheckProfile:
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
