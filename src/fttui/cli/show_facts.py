"""What `fttui show` tells of a job beside its record, without a call of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.services.job_cost import ActualCost, actual_cost
from fttui.services.job_files import JobFiles, known_files
from fttui.services.job_moderation import verdict_of
from fttui.terminal.language import clauses, labelled

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.endpoint.moderation import Moderation
    from fttui.services.session import Session


@dataclass(frozen=True, slots=True)
class FactsBeside:
    """What a job's files are called, what it has cost, and what its moderation has found."""

    files: JobFiles
    cost: ActualCost | None
    moderation: Moderation | None

    @property
    def moderation_text(self) -> str:
        """The verdict, and each category with its threshold, those with findings first."""
        if self.moderation is None:
            return ""
        found = [labelled(one.name, one.words) for one in self.moderation.in_order]
        return f"{verdict_of(self.moderation)[0]} ({clauses(found)})"


def facts_beside(session: Session, job: Job, moderation: Moderation | None) -> FactsBeside:
    """What is known of a job on this machine; the session must be open."""
    return FactsBeside(known_files(session, job), actual_cost(job, session), moderation)
