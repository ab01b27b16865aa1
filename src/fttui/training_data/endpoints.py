"""What an endpoint takes in a training file, by its address.

The table is the data file `endpoints.toml`, read when an endpoint is first asked about.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from fttui.training_data.profile import Limits


def limits_of(base_url: str | None) -> Limits:
    """The limits of the endpoint at `base_url`; OpenAI's for none, and for one not in the table.

    Nothing is asked of the endpoint.
    """
    host = _host(base_url) if base_url else ""
    for hosts, limits in _table():
        if any(_is_at(host, known) for known in hosts):
            return limits
    return Limits()


def _host(base_url: str) -> str:
    try:
        return (urlsplit(base_url).hostname or "").rstrip(".")
    except ValueError:  # no address at all; whoever opens it says so
        return ""


def _is_at(host: str, known: str) -> bool:
    return host.endswith(known) if known.startswith(".") else host == known


@cache
def _table() -> tuple[tuple[tuple[str, ...], Limits], ...]:
    """The hosts of each endpoint with its limits; read once."""
    import pkgutil
    import tomllib

    content = pkgutil.get_data("fttui", "endpoints.toml") or b""
    rows: list[Mapping[str, Any]] = tomllib.loads(content.decode())["endpoints"]
    return tuple(
        (tuple(row["hosts"]), Limits(**{key: row[key] for key in row if key != "hosts"}))
        for row in rows
    )
