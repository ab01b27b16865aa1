"""OpenAI's own document to the letter."""

from __future__ import annotations

from .shape import Shape

STRICT = Shape(
    statuses={"paused": "queued"},
    dropped={
        "fine_tuning.job": frozenset(
            {"user_provided_suffix", "usage_metrics", "shared_with_openai", "eval_id"}
        ),
        "method.reinforcement": frozenset({"response_format"}),
        "wandb": frozenset({"run_id"}),
        "metrics": frozenset({"train_mean_reward", "full_valid_mean_reward"}),
    },
    without_nulls=frozenset({"file", "upload", "wandb"}),
)
"""OpenAI's own document to the letter: fields, words and nulls that it does not have are not sent;
a job that is paused waits in the queue."""
