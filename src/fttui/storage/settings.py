"""The settings file that people write: profiles of endpoints, keys, prices, looks.

TOML, read once at start; fttui never writes it. What it does not know is a warning, not a failure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from fttui.storage.folders import config_folder
from fttui.terminal.text import safe

OPENAI_BASE_URL = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-3.5-turbo"
SUFFIX_LIMIT = 18
API_SUFFIX_LIMIT = 64


class SettingsError(Exception):
    """The settings cannot be used; the text says where and what to change."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One endpoint and how to speak to it.

    `api_key_env` names the variable of its key; "" leaves OPENAI_API_KEY to OpenAI's own endpoint.
    `suffix_limit` is in characters (OpenAI takes up to 64). `allow_file_errors` lets a training
    file be sent although the check found errors, for endpoints with rules of their own.
    `training_type` is sent as Azure's `trainingType`. `top_level_hyperparameters` is for endpoints
    that know no `method`: supervised jobs then carry their settings as OpenAI's older API did.
    """

    name: str = "openai"
    base_url: str = OPENAI_BASE_URL
    api_key_env: str = ""
    api_key_file: str = ""
    organization: str = ""
    project: str = ""
    default_model: str = DEFAULT_MODEL
    suffix_limit: int = SUFFIX_LIMIT
    allow_insecure_http: bool = False
    allow_file_errors: bool = False
    training_type: str = ""
    top_level_hyperparameters: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set; `prices` maps a model to US dollars per million trained tokens."""

    profile: str = ""
    theme: str = ""
    clipboard: str = "auto"
    notify: bool = True
    direct_upload_mb: int = 32
    profiles: Mapping[str, Profile] = field(default_factory=lambda: {"openai": Profile()})
    prices: Mapping[str, float] = field(default_factory=dict)
    prices_as_of: str = ""
    keymap: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def settings_path() -> Path:
    """Where the settings are unless `--config` names another file."""
    return config_folder() / "config.toml"


def load_settings(path: Path) -> Settings:
    """Read the settings at `path`; a file that does not exist gives the defaults.

    Raises:
        SettingsError: the file cannot be read, is not TOML, or holds a value of the wrong type.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{safe(str(path))} cannot be read: {safe(str(error))}.") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{safe(str(path))} is not valid TOML: {safe(str(error))}.") from error
    return _read_settings(data, safe(str(path)))


def _read_settings(data: dict[str, Any], where: str) -> Settings:
    warnings: list[str] = []
    profiles = {"openai": Profile()}
    for name, table in _table(data.pop("profiles", {}), "profiles", where).items():
        values = _typed(_table(table, f"profiles.{name}", where), Profile, where, warnings)
        profiles[name] = Profile(**{**values, "name": safe(name, maxlen=60)})
    prices = _table(data.pop("prices", {}), "prices", where)
    as_of = str(prices.pop("as_of", ""))
    for model, price in prices.items():
        if isinstance(price, bool) or not isinstance(price, int | float) or price < 0:
            raise SettingsError(f"{where}: prices.{safe(model)} must be a number of US dollars.")
    keymap = _table(data.pop("keymap", {}), "keymap", where)
    values = _typed(data, Settings, where, warnings)
    return Settings(
        **{
            **values,
            "profiles": profiles,
            "prices": {model: float(price) for model, price in prices.items()},
            "prices_as_of": safe(as_of, maxlen=40),
            "keymap": {str(key): str(value) for key, value in keymap.items()},
            "warnings": tuple(warnings),
        }
    )


def _typed(
    data: Mapping[str, Any], kind: type[Profile] | type[Settings], where: str, warnings: list[str]
) -> dict[str, Any]:
    wanted = get_type_hints(kind)
    known = {field.name for field in fields(kind)} - {"name", "warnings"}
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in known:
            warnings.append(f"{where}: unknown setting {safe(key, maxlen=60)!r} is ignored.")
            continue
        if type(value) is not wanted[key]:
            raise SettingsError(f"{where}: {key} must be of type {wanted[key].__name__}.")
        values[key] = value
    limit = values.get("suffix_limit", 1)
    if not 1 <= limit <= API_SUFFIX_LIMIT:
        raise SettingsError(f"{where}: suffix_limit must be from 1 to {API_SUFFIX_LIMIT}.")
    return values


def _table(value: object, name: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SettingsError(f"{where}: {safe(name)} must be a table.")
    return value
