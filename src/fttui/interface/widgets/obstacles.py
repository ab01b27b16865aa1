"""What keeps the form from being sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fttui.interface.create.fields import JobFields
from fttui.interface.create.file_field import FileField


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


def first_obstacle(
    files: Sequence[FileField], fields: JobFields, *, allow_file_errors: bool, has_key: bool
) -> Obstacle:
    """The first obstacle in the order of the form; one that passes by itself comes last.

    All fields are checked anew, and tell what is wrong with them.
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
    if not has_key:
        return Obstacle("", "There is no API key. Press F1 for how to set one.")
    return passing
