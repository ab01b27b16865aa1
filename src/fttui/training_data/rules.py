"""Every rule that a training file is held to, by name; `fttui check --rules` prints this list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from fttui.training_data.rules_of_examples import CHAT, OTHER
from fttui.training_data.rules_of_files import FILE, LINE


class Severity(StrEnum):
    """Whether an endpoint refuses the file (error) or takes it with a doubtful result (warning)."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it demands, why, and what to do where a message has no better advice."""

    name: str
    severity: Severity
    title: str
    explanation: str
    fix: str


def _catalogue(rows: Iterable[tuple[str, str, str, str, str]]) -> dict[str, Rule]:
    """Index the rows by name, in the order in which they are printed."""
    return {row[0]: Rule(row[0], Severity(row[1]), *row[2:]) for row in rows}


RULES: Mapping[str, Rule] = MappingProxyType(_catalogue((*FILE, *LINE, *CHAT, *OTHER)))
"""All rules by their kebab-case name."""
