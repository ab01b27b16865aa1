"""Which model stands for another at an endpoint that does not have that one.

The table is the data file `model_moves.toml`, read when a model is first asked about.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

from fttui.training_data.models import base_model, find_model

_FAMILY = re.compile(
    r"(gpt-oss|llama|qwen|mixtral|ministral|mistral|gemma|phi|deepseek|smollm|olmo|granite)"
    r"[-_ ]?v?(\d+(?:\.\d+)?(?![\d.]*b))?"
)
_SIZE = re.compile(r"(?<![\d.a-z])(\d+(?:\.\d+)?)b(?![a-z])")
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_NO_TEXT = re.compile(r"embed|rerank|guard|vision|-vl|whisper|tts|audio|diffusion|moderation")


@dataclass(frozen=True, slots=True)
class Kin:
    """What the name of an open model tells: family, version and billions of parameters."""

    family: str
    version: str = ""
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class _Moves:
    sizes: Mapping[str, tuple[str, ...]]
    hosts: tuple[tuple[tuple[str, ...], Mapping[str, str]], ...]


@cache
def _table() -> _Moves:
    import pkgutil
    import tomllib

    content = pkgutil.get_data("fttui", "model_moves.toml") or b""
    document: dict[str, Any] = tomllib.loads(content.decode())
    return _Moves(
        {row["name"]: tuple(row["models"]) for row in document["sizes"]},
        tuple((tuple(row["hosts"]), row) for row in document["hosts"]),
    )


@lru_cache(2048)
def kin_of(model: str) -> Kin | None:
    """What a name tells of an open model; None of a name that tells nothing."""
    name = model.lower().rpartition("/")[2].replace("_", "-")
    found = list(_FAMILY.finditer(name))
    if not found or _NO_TEXT.search(name):
        return None
    last = found[-1]  # `meta-llama-Meta-Llama-3.1` has its version at the last one
    size = _SIZE.search(name, last.end(1))
    return Kin(last[1], last[2] or "", float(size[1]) if size else 0.0)


def same_model(model: str, offered: Collection[str]) -> str:
    """The one of `offered` that is `model` itself, in whatever spelling; "" for none."""
    name = _plain(model)
    return next((one for one in offered if _plain(one) == name), "")


def stand_in(model: str, offered: Sequence[str], base_url: str) -> str:
    """The likeliest of the models that are `offered` at `base_url`; "" where none is like `model`.

    Where nothing is offered by name, what the table knows of that host.
    """
    size = _size_of(model)
    if not offered:
        return _usual_at(base_url).get(size, "")
    for wanted in _in_order(model, size):
        found = same_model(wanted, offered) or _same_kin(wanted, offered)
        if found:
            return found
    return _nearest(model, offered)


def _plain(model: str) -> str:
    return _DATED.sub("", base_model(model).lower().rpartition("/")[2])


def _same_kin(model: str, offered: Collection[str]) -> str:
    kin = kin_of(model)
    return next((one for one in offered if kin is not None and kin_of(one) == kin), "")


def _size_of(model: str) -> str:
    """The name of the row of the table that a model stands in, "" for none."""
    known = find_model(model)
    names = {_plain(model), *((known.family, known.name) if known else ())}
    kin = kin_of(model)
    for size, models in _table().sizes.items():
        if any(_plain(one) in names or (kin and kin_of(one) == kin) for one in models):
            return size
    if kin is None or not kin.size:
        return ""
    return "small" if kin.size < 6 else "medium" if kin.size < 25 else "large"


def _in_order(model: str, size: str) -> Sequence[str]:
    """The names to look for: those of the model's own family first."""
    row = _table().sizes.get(size, ())
    kin = kin_of(model)
    family = kin.family if kin else _plain(model).partition("-")[0]
    return sorted(row, key=lambda name: family not in name.lower())  # stable: the table's order


def _nearest(model: str, offered: Collection[str]) -> str:
    """Of the same open family the one of nearest size."""
    kin = kin_of(model)
    if kin is None or not kin.size:
        return ""
    found = [(one, other) for one in offered if (other := kin_of(one)) and other.size]
    alike = [(one, other) for one, other in found if other.family == kin.family]
    return min(
        alike,
        key=lambda pair: max(pair[1].size, kin.size) / min(pair[1].size, kin.size),
        default=("", kin),
    )[0]


def _usual_at(base_url: str) -> Mapping[str, str]:
    try:
        host = (urlsplit(base_url).hostname or "").rstrip(".")
    except ValueError:
        return {}
    for hosts, row in _table().hosts:
        if any(host.endswith(one) if one.startswith(".") else host == one for one in hosts):
            return row
    return {}
