"""Templates of profiles: what is known of endpoints, before one of them is used.

The table is the data file `endpoints.toml`, read when a template is first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
_OF_TEMPLATES = ("name", "title", "offers", "note")


@dataclass(frozen=True, slots=True)
class Template:
    """One row; `settings` are those of a profile, among them the `base_url` and `api_key_env`.

    `offers` are the calls that the endpoint has, as far as is known, `note` is what else to know.
    Title and note are English; `_` has them in the user's language, from the catalogues.
    """

    name: str
    title: str
    offers: tuple[str, ...]
    note: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """Where it is; what stands in braces is for the user to fill in."""
        return str(self.settings["base_url"])

    @property
    def placeholder(self) -> str:
        """What is to be filled in, without its braces; "" where nothing is."""
        found = _PLACEHOLDER.search(self.base_url)
        return found[1] if found else ""


@cache
def templates() -> Mapping[str, Template]:
    """All templates by their names, in the order of the file."""
    import pkgutil
    import tomllib

    content = pkgutil.get_data("fttui", "endpoints.toml") or b""
    rows: list[dict[str, Any]] = tomllib.loads(content.decode())["templates"]
    return {row["name"]: _read(row) for row in rows}


def _read(row: Mapping[str, Any]) -> Template:
    return Template(
        row["name"],
        row["title"],
        tuple(row["offers"]),
        row.get("note", ""),
        {key: value for key, value in row.items() if key not in _OF_TEMPLATES},
    )
