"""Examples in the formats of other tools: which one it is, and the same in a format of ours."""

from fttui.training_data.foreign.columns import ColumnMap
from fttui.training_data.foreign.converter import Converted, Converter
from fttui.training_data.foreign.recogniser import reading_of, recognise_examples
from fttui.training_data.foreign.shapes import Unconvertible
from fttui.training_data.profile import Recognition

__all__ = [
    "ColumnMap",
    "Converted",
    "Converter",
    "Recognition",
    "Unconvertible",
    "reading_of",
    "recognise_examples",
]
