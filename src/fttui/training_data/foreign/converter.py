"""Making examples of ours of foreign ones, line by line."""

from dataclasses import dataclass
from typing import Any

from fttui.terminal.language import _
from fttui.training_data.foreign.columns import ColumnMap
from fttui.training_data.foreign.plain import is_plain
from fttui.training_data.foreign.recogniser import reading_of
from fttui.training_data.foreign.requests import wrapped
from fttui.training_data.foreign.shapes import Unconvertible
from fttui.training_data.profile import Format, Recognition, format_of


@dataclass(frozen=True, slots=True)
class Converted:
    """An example in a format of ours, and the keys of the original that are not in it."""

    value: dict[str, Any]
    left_out: tuple[str, ...] = ()
    name: str = ""
    """The format that the line was in, empty where it was one of ours."""


class Converter:
    """Converts the lines of a file to one format, each by the format that it is in itself."""

    def __init__(self, recognition: Recognition | None, mapping: ColumnMap | None = None) -> None:
        self._recognition = recognition
        self._mapping = mapping
        self._target = recognition.target if recognition else None

    @classmethod
    def to(cls, target: Format) -> "Converter":
        """A converter for the odd foreign line in a file that is in a format of ours."""
        return cls(Recognition("", "", target, is_certain=True))

    def __call__(self, value: Any) -> Converted:
        """Convert the example of a line; one of the right format is passed on as it is.

        Raises Unconvertible for a line that does not fit.
        """
        if self._mapping is not None:
            key, inner = wrapped(value) or ("", value)
            made, others = self._mapping.convert(inner)
            beside = [other for other in value if other != key] if key else ()
            return Converted(made, (*beside, *others), self._mapping.words)
        recognition, target = self._recognition, self._target
        if recognition is None or target is None or not recognition.is_certain:
            raise Unconvertible(_("only a person can say what becomes what here"))
        wants = (target,)
        found = None if is_plain(value, wants) else reading_of(value, wants=wants)
        if found is None:
            if isinstance(value, dict) and format_of(value) is target:
                return Converted(value)
            name = recognition.name or _("a known format")
            raise Unconvertible(_("the line is not in {name}", name=name))
        if found.fault is not None:
            raise found.fault
        if found.value is None:
            raise Unconvertible(_("the line is in {name}", name=found.name))
        if found.target is not target:
            raise Unconvertible(
                _(
                    "the line is in {name}, which becomes a {found} example, not {target}",
                    name=found.name,
                    found=found.target,
                    target=target,
                )
            )
        return Converted(found.value, found.left_out, found.name)
