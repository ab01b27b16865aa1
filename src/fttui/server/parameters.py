"""Reads request bodies and query strings strictly, and refuses as OpenAI's API does.

Every refusal names the parameter by its full path, such as
`method.dpo.hyperparameters.beta`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence, Sized
from typing import TYPE_CHECKING, Any

import orjson

from . import errors
from .depth import MAX_DEPTH, is_too_deep
from .errors import ApiError

if TYPE_CHECKING:
    from starlette.requests import Request


MAX_PAIRS = 16
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)

_TYPE_NAMES: dict[type, str] = {
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    str: "a string",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


class Fields:
    """One JSON object of a request; what has not been asked for is refused by `finish`."""

    def __init__(self, data: Mapping[str, Any], path: str = "") -> None:
        self._data = data
        self._path = path
        self._seen: set[str] = set()

    @classmethod
    def from_json(cls, body: bytes) -> Fields:
        """Reads a request body that must be one JSON object. Raises ApiError 400."""
        try:
            data = orjson.loads(body) if body else {}
        except orjson.JSONDecodeError as error:
            raise ApiError(
                400, f"We could not parse the JSON body of your request: {error}."
            ) from None
        if is_too_deep(body, data):
            raise ApiError(
                400, f"The JSON body of your request is nested more than {MAX_DEPTH} levels deep."
            )
        if not isinstance(data, dict):
            raise ApiError(400, f"The body of the request must be an object, not {describe(data)}.")
        return cls(data)

    def name(self, key: str) -> str:
        """The full path of a key, as refusals name it."""
        return f"{self._path}.{key}" if self._path else key

    def take(self, key: str, *, required: bool = False) -> Any:
        """The raw value; None for both null and absent, which `required` refuses."""
        self._seen.add(key)
        value = self._data.get(key)
        if value is None and required:
            raise errors.missing(self.name(key))
        return value

    def has(self, key: str) -> bool:
        """Whether the key was sent with something other than null."""
        return self._data.get(key) is not None

    def whole(self) -> dict[str, Any]:
        """The object as it came."""
        return dict(self._data)

    def finish(self) -> None:
        """Refuses the first key that nobody asked for."""
        for key in self._data:
            if key not in self._seen:
                raise errors.unknown(self.name(key))

    def string(
        self,
        key: str,
        *,
        required: bool = False,
        minimum: int = 0,
        maximum: int | None = None,
        choices: Sequence[str] = (),
    ) -> str | None:
        """A string with its length in characters or its allowed values checked."""
        value = self.take(key, required=required)
        if value is None:
            return None
        return check_string(
            value, self.name(key), minimum=minimum, maximum=maximum, choices=choices
        )

    def required_string(self, key: str, *, minimum: int = 1, choices: Sequence[str] = ()) -> str:
        """A string that must be there and must not be empty."""
        value = self.string(key, required=True, minimum=minimum, choices=choices)
        assert value is not None
        return value

    def integer(
        self,
        key: str,
        *,
        required: bool = False,
        minimum: int | None = None,
        maximum: int | None = None,
    ) -> int | None:
        """A whole number within inclusive bounds."""
        value = self.take(key, required=required)
        if value is None:
            return None
        return check_integer(value, self.name(key), minimum=minimum, maximum=maximum)

    def boolean(self, key: str) -> bool | None:
        """True or false."""
        value = self.take(key)
        if value is not None and not isinstance(value, bool):
            raise wrong_type(self.name(key), "a boolean", value)
        return value

    def number(
        self,
        key: str,
        *,
        above: float | None = None,
        minimum: float | None = None,
        maximum: float | None = None,
    ) -> float | None:
        """A finite number; `above` is an exclusive bound, the others are inclusive."""
        value = self.take(key)
        if value is None:
            return None
        return check_number(value, self.name(key), above=above, minimum=minimum, maximum=maximum)

    def object(self, key: str, *, required: bool = False) -> Fields | None:
        """A nested object to read in turn."""
        value = self.take(key, required=required)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise wrong_type(self.name(key), "an object", value)
        return Fields(value, self.name(key))

    def array(
        self, key: str, *, required: bool = False, minimum: int = 0, maximum: int | None = None
    ) -> list[Any] | None:
        """A list with its length checked; its items are the caller's to check."""
        value = self.take(key, required=required)
        if value is None:
            return None
        if not isinstance(value, list):
            raise wrong_type(self.name(key), "an array", value)
        _check_length(value, self.name(key), minimum=minimum, maximum=maximum)
        return value

    def strings(
        self, key: str, *, required: bool = False, minimum: int = 0, maximum: int | None = None
    ) -> list[str] | None:
        """A list that holds nothing but non-empty strings."""
        items = self.array(key, required=required, minimum=minimum, maximum=maximum)
        if items is None:
            return None
        return [
            check_string(item, f"{self.name(key)}[{place}]", minimum=1)
            for place, item in enumerate(items)
        ]

    def pairs(self, key: str) -> dict[str, str] | None:
        """Metadata: at most 16 pairs, keys of at most 64 characters, values of at most 512."""
        value = self.take(key)
        if value is None:
            return None
        name = self.name(key)
        if not isinstance(value, dict):
            raise wrong_type(name, "an object", value)
        _check_pairs(value, name)
        for label, text in value.items():
            check_string(label, f"{name}.{label[:80]}", minimum=1, maximum=64)
            check_string(text, f"{name}.{label}", maximum=512)
        return dict(value)


class Query:
    """The parameters of a query string, read with the same refusals as a body."""

    def __init__(self, items: Mapping[str, str]) -> None:
        self._fields = Fields(items)
        self._items = items

    def string(self, key: str, *, choices: Sequence[str] = ()) -> str | None:
        """A value as it was sent."""
        return self._fields.string(key, choices=choices)

    def integer(self, key: str, default: int, *, minimum: int, maximum: int) -> int:
        """A whole number within inclusive bounds, `default` when it was not sent."""
        text = self._fields.take(key)
        if text is None:
            return default
        number = whole_number(text)
        if number is None:
            raise wrong_type(key, "an integer", text)
        return check_integer(number, key, minimum=minimum, maximum=maximum)

    def metadata(self) -> dict[str, str] | None:
        """The pairs of `metadata[k]=v`; an empty dict stands for `metadata=null`."""
        if self._fields.take("metadata") is not None:
            if self._items["metadata"] == "null":
                return {}
            raise wrong_type("metadata", "an object", self._items["metadata"])
        keys = [key for key in self._items if key.startswith("metadata[") and key.endswith("]")]
        _check_pairs(keys, "metadata")
        for key in keys:
            self._fields.take(key)
            name, nested, _ = key.removeprefix("metadata[").partition("][")
            if nested:
                raise wrong_type(f"metadata.{name[:64]}", "a string", {})
        return {key[len("metadata[") : -1]: self._items[key] for key in keys} or None

    def finish(self) -> None:
        """Refuses the first parameter that nobody asked for."""
        self._fields.finish()


def whole_number(text: str) -> int | None:
    """The number that is written with at most 18 digits of ASCII; None for any other text."""
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else None


def check_string(
    value: object,
    name: str,
    *,
    minimum: int = 0,
    maximum: int | None = None,
    choices: Sequence[str] = (),
) -> str:
    """The value if it is a string of an allowed length or one of `choices`.

    `minimum` and `maximum` count characters. Raises ApiError 400.
    """
    if not isinstance(value, str):
        raise wrong_type(name, f"one of {listed(choices)}" if choices else "a string", value)
    if choices and value not in choices:
        raise ApiError(
            400, f"Invalid value: '{value[:200]}'. Supported values are: {listed(choices)}.",
            param=name, code="invalid_value",
        )  # fmt: skip
    if len(value) < minimum:
        raise ApiError(
            400, f"Invalid '{name}': empty string. Expected a string with minimum length "
            f"{minimum}, but got an empty string instead.", param=name, code="empty_string",
        )  # fmt: skip
    if maximum is not None and len(value) > maximum:
        raise ApiError(
            400, f"Invalid '{name}': string too long. Expected a string with maximum length "
            f"{maximum}, but got a string with length {len(value)} instead.",
            param=name, code="string_above_max_length",
        )  # fmt: skip
    return value


def check_integer(
    value: object, name: str, *, minimum: int | None = None, maximum: int | None = None
) -> int:
    """The value if it is a whole number (true and false are not) within inclusive bounds."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(name, "an integer", value)
    _check_bounds(value, name, "integer", "a value >=", minimum, maximum)
    return value


def check_number(
    value: object,
    name: str,
    *,
    above: float | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
) -> float:
    """The value if it is a finite number within its bounds. Raises ApiError 400."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise wrong_type(name, "a decimal", value)
    if above is not None and value <= above:
        raise ApiError(
            400, f"Invalid '{name}': decimal below minimum value. Expected a value > {above:g}, "
            f"but got {value} instead.", param=name, code="decimal_below_min_value",
        )  # fmt: skip
    _check_bounds(value, name, "decimal", "a value >=", minimum, maximum)
    return float(value)


def _check_bounds(
    value: float, name: str, kind: str, request: str, minimum: float | None, maximum: float | None
) -> None:
    if minimum is not None and value < minimum:
        raise ApiError(
            400, f"Invalid '{name}': {kind} below minimum value. Expected {request} {minimum:g}, "
            f"but got {value} instead.", param=name, code=f"{kind}_below_min_value",
        )  # fmt: skip
    if maximum is not None and value > maximum:
        raise ApiError(
            400, f"Invalid '{name}': {kind} above maximum value. Expected a value <= {maximum}, "
            f"but got {value} instead.", param=name, code=f"{kind}_above_max_value",
        )  # fmt: skip


def _check_pairs(pairs: Sized, name: str) -> None:
    if len(pairs) > MAX_PAIRS:
        raise ApiError(
            400, f"Invalid '{name}': too many properties. Expected an object with at most "
            f"{MAX_PAIRS} properties, but got an object with {len(pairs)} properties instead.",
            param=name, code="object_above_max_properties",
        )  # fmt: skip


def _check_length(items: list[Any], name: str, *, minimum: int, maximum: int | None) -> None:
    if len(items) < minimum:
        raise ApiError(
            400, f"Invalid '{name}': array too short. Expected an array with minimum length "
            f"{minimum}, but got an array with length {len(items)} instead.",
            param=name, code="array_below_min_length",
        )  # fmt: skip
    if maximum is not None and len(items) > maximum:
        raise ApiError(
            400, f"Invalid '{name}': array too long. Expected an array with maximum length "
            f"{maximum}, but got an array with length {len(items)} instead.",
            param=name, code="array_above_max_length",
        )  # fmt: skip


def wrong_type(name: str, expected: str, value: object) -> ApiError:
    """400 for a value of the wrong JSON type."""
    return ApiError(
        400, f"Invalid type for '{name}': expected {expected}, but got {describe(value)} instead.",
        param=name, code="invalid_type",
    )  # fmt: skip


def describe(value: object) -> str:
    """The JSON type of a value with its article."""
    return _TYPE_NAMES.get(type(value), "something else")


def listed(choices: Sequence[str]) -> str:
    """Choices as prose: 'a', 'b', and 'c'."""
    quoted = [f"'{choice}'" for choice in choices]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return ", ".join(quoted[:-1]) + f", and {quoted[-1]}"


MAX_JSON = 16 * 1024 * 1024


async def read_fields(request: Request) -> Fields:
    """The request's body as one JSON object; 400 if it is none, 413 if it is over 16 MiB."""
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > MAX_JSON:
            raise errors.too_large(MAX_JSON)
    return Fields.from_json(bytes(body))
