"""The shapes of OpenAI's answers, and what an answer has otherwise.

`openai_shapes.json` holds the facts of OpenAI's OpenAPI document 2.3.0 (MIT, its notice beside it):
by call, the shape of the answer; by shape, the fields, `?` after those that may be left out, each
with the kinds that it may have: a type, `=word`, `[kind]` for a list, `{}` for any object,
`{string}` for one of texts, or another shape.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FACTS = json.loads(Path(__file__).with_suffix(".json").read_text())
CALLS: dict[str, str] = _FACTS["calls"]
SHAPES: dict[str, dict[str, str]] = _FACTS["shapes"]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
    "null": (type(None),), "{}": (dict,),
}  # fmt: skip


def differences(value: Any, shape: str) -> list[str]:
    """What is missing, not named or of another kind, each as `Shape.field: what`."""
    fields = {name.rstrip("?"): kinds.split() for name, kinds in SHAPES[shape].items()}
    needed = {name for name in SHAPES[shape] if not name.endswith("?")}
    found = [f"{shape}.{name}: missing" for name in sorted(needed - value.keys())]
    for name, part in value.items():
        if name in fields:
            found += _of_part(part, fields[name], f"{shape}.{name}")
        else:
            found.append(f"{shape}.{name}: not named")
    return found


def _of_part(part: Any, kinds: list[str], place: str) -> list[str]:
    """The differences from the kind that it fits best."""
    fitting = [found for kind in kinds if (found := _of_kind(part, kind, place)) is not None]
    if fitting:
        return min(fitting, key=len)
    words = all(kind.startswith("=") for kind in kinds)
    return [f"{place}: {part if words else json.dumps(part)[:20]}"]


def _of_kind(part: Any, kind: str, place: str) -> list[str] | None:
    """The differences in what is of this kind on the whole; None for what is not."""
    if kind in SHAPES:
        return differences(part, kind) if isinstance(part, dict) else None
    if kind.startswith("["):
        if not isinstance(part, list):
            return None
        return [each for item in part for each in _of_part(item, [kind[1:-1]], place)]
    if kind == "{string}":
        fits = isinstance(part, dict) and all(isinstance(text, str) for text in part.values())
    elif kind.startswith("="):
        fits = part == kind[1:]
    else:
        fits = isinstance(part, _TYPES[kind]) and isinstance(part, bool) == (kind == "boolean")
    return [] if fits else None
