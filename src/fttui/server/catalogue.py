"""The base models that a server has."""

from __future__ import annotations

import pkgutil
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol


@dataclass(frozen=True)
class BaseModel:
    """A model as `GET /v1/models` shows it, with the limits that training on it has."""

    id: str
    created: int
    shutdown_date: str | None
    methods: tuple[str, ...]
    learning_rate: float
    max_tokens: int
    encoding: str
    chats: bool
    formats: tuple[str, ...]
    owned_by: str = "system"


@cache
def _models() -> dict[str, BaseModel]:
    """The models by name; the short name of a family is that of its first model."""
    content = pkgutil.get_data("fttui", "models.toml") or b""
    rows = [row for row in tomllib.loads(content.decode())["models"] if "created" in row]
    models = {row["name"]: _read(row) for row in rows}
    for row in rows:
        models.setdefault(row.get("family", row["name"]), models[row["name"]])
    return models


def _read(row: dict[str, Any]) -> BaseModel:
    return BaseModel(
        id=row["name"],
        created=row["created"],
        shutdown_date=str(row["shut_down"]) if "shut_down" in row else None,
        methods=tuple(row.get("methods", ())),
        learning_rate=row.get("learning_rate", 2.0),
        max_tokens=row.get("token_limit", 65_536),
        encoding=row["encoding"],
        chats=row.get("chats", True),
        formats=tuple(row.get("formats", ())),
    )


def base_model(name: str) -> BaseModel | None:
    """The model of this name or alias; None for anything else, fine-tuned models included."""
    return _models().get(name)


def listed_models() -> list[tuple[str, BaseModel]]:
    """Every name a base model is listed under, aliases included, with the model."""
    return sorted(_models().items(), key=lambda named: named[0])


class Catalogue(Protocol):
    """The base models that a server has."""

    def find(self, name: str) -> BaseModel | None:
        """The model of this name or alias; None for anything else, fine-tuned models included."""

    def listed(self) -> list[tuple[str, BaseModel]]:
        """Every name a base model is listed under, aliases included, with the model."""


class OpenAICatalogue:
    """The models in `models.toml` that a sandbox offers."""

    def find(self, name: str) -> BaseModel | None:
        """The model of this name or alias."""
        return base_model(name)

    def listed(self) -> list[tuple[str, BaseModel]]:
        """All of them, aliases too."""
        return listed_models()


def base_name(fine_tuned: str) -> str:
    """The base model in `ft:gpt-4o-mini-2024-07-18:sandbox::8Qk2vB0c`; "" in any other name."""
    fields = fine_tuned.split(":")
    return fields[1] if len(fields) >= 4 and fields[0] == "ft" else ""
