"""What is typed into the fields of a tab: to be taken along, and to be put there again."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget
from textual.widgets import Input, TextArea

from fttui.interface.carried import Texts
from fttui.interface.kit.typed_line import TypedLine


class CarriesTexts(Widget):
    """A tab's content, whose texts go along to another profile.

    `carried` is what was typed here before; it is taken when the fields are there. What hides its
    text, as a key's field does, is not carried.
    """

    carried: Texts = {}  # noqa: RUF012 - never changed
    _has_fields = False

    def texts(self) -> Texts:
        """The text of each field that has an id."""
        if not self._has_fields:
            return self.carried
        return {name: _text_of(field) for name, field in self._typed_into()}

    def take_texts(self) -> None:
        """Put what was typed where it was; a line that is hidden while it is empty is shown."""
        self._has_fields = True
        for name, field in self._typed_into():
            text = self.carried.get(name)
            if not isinstance(text, str):
                continue
            if isinstance(field, Input):
                field.value = text
            else:
                field.text = text
        for line in self.query(TypedLine):
            if line.text:
                line.display = True

    def _typed_into(self) -> Iterator[tuple[str, Input | TextArea]]:
        for field in self.query("Input, TextArea"):
            is_shown = isinstance(field, TextArea) or (
                isinstance(field, Input) and not field.password
            )
            if is_shown and field.id and not getattr(field, "read_only", False):
                yield field.id, field  # type: ignore[misc]


def _text_of(field: Input | TextArea) -> str:
    return field.value if isinstance(field, Input) else field.text
