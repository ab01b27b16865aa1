"""Which models `fttui try` asks: by name, of a job, or the base of another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fttui.cli.job_word import find_jobs
from fttui.cli.problems import CommandError, UsageError
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.session import Session

BASE = "base"
"""The word for the model that the first one was made from."""
_JOB = re.compile(
    r"ftjob[-_].+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE
)


def asked_models(session: Session, word: str, against: Sequence[str]) -> list[str]:
    """The models that are asked, each once, `word`'s first.

    Raises:
        CommandError: a job has no model yet.
        UsageError: there is no base to compare with.
        ServiceError: a job cannot be read.
    """
    first, base = _model_of(session, word)
    models = [first]
    for other in against:
        if other != BASE:
            models.append(_model_of(session, other)[0])
        elif base and base != first:
            models.append(base)
        else:
            raise UsageError(
                _("{model} is not known to be made from another.", model=safe(first, maxlen=120)),
                _("Name the model to compare with: --against MODEL."),
            )
    return list(dict.fromkeys(models))


def _model_of(session: Session, word: str) -> tuple[str, str]:
    """The model that a word names, and its base or ""."""
    from fttui.services.job_ids import place_of_last
    from fttui.services.job_words import status_text
    from fttui.training_data.models import base_model

    if not _JOB.fullmatch(word) and place_of_last(word) is None:
        return word, base_model(word)
    job_id = find_jobs(session, [word])[0].raw_id
    job = session.thread.wait(session.handle.find_job(job_id))
    if not job.fine_tuned_model:
        raise CommandError(
            _("{id} has made no model: {status}.", id=job.id, status=status_text(job.status)),
            _("`fttui show {id}` tells why; `fttui checkpoints {id}` lists others.", id=job.id)
            if job.status.is_final
            else _(
                "`fttui watch {id}` follows it; `fttui checkpoints {id}` lists others.", id=job.id
            ),
        )
    return job.fine_tuned_model, job.model or base_model(job.fine_tuned_model)
