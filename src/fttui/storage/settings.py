"""The settings file that people write: profiles of endpoints, keys, prices, looks.

TOML, read once at start; fttui never writes it. What it does not know is a warning, not a failure.
Profiles that fttui made are read from a file beside it.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from fttui.disk.reading import NotReadable, read_small, why
from fttui.storage.folders import config_folder
from fttui.storage.notify_rules import read_command, read_kinds
from fttui.storage.profile_rules import problem_of
from fttui.storage.settings_doubts import doubts_about
from fttui.terminal.catalogues import is_spoken, languages
from fttui.terminal.language import _
from fttui.terminal.near_words import did_you_mean
from fttui.terminal.notify import KINDS
from fttui.terminal.text import safe, safe_path

OPENAI_BASE_URL = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-3.5-turbo"
SUFFIX_LIMIT = 18
API_SUFFIX_LIMIT = 64
MOST_DIRECT_UPLOAD_MB = 512
LONGEST_FILE = 256_000
"""Bytes of a settings file."""
_MADE = "profiles.toml"
_MOST_DOTS = 50
_HIGHEST_PRICE = 1_000_000.0
_RANGES = {
    "suffix_limit": (1, API_SUFFIX_LIMIT),
    "direct_upload_mb": (0, MOST_DIRECT_UPLOAD_MB),
}


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
    `archive` is a folder that was saved by `fttui archive`; it stands in the place of an endpoint.

    `api_key` is "none" where no key is sent, and else "". `key_header` is the header that the key
    goes in, in the place of `Authorization`. `suffix` is "needed", "forbidden" or "". The tables
    are sent as well: headers and query with every call, the body and the hyperparameters with the
    create call; a value "env:NAME" stands for what that environment variable holds. `methods` and
    `graders` are what the endpoint takes of those, empty where it may take any.

    The last three say what becomes of a job that is moved there: `takes` are further
    hyperparameters that the endpoint knows, `lacks` what it has not (`profile_rules.LACKS`, or a
    hyperparameter's name), `renames` what it calls a hyperparameter, by OpenAI's name.
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
    archive: str = ""
    top_level_hyperparameters: bool = False
    api_key: str = ""
    key_header: str = ""
    suffix: str = ""
    job_page: str = ""
    extra_headers: Mapping[str, str] = field(default_factory=dict)
    extra_query: Mapping[str, str] = field(default_factory=dict)
    extra_body: Mapping[str, object] = field(default_factory=dict)
    hyperparameters: Mapping[str, object] = field(default_factory=dict)
    methods: list[str] = field(default_factory=list)
    graders: list[str] = field(default_factory=list)
    takes: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    renames: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set; `prices` maps a model to US dollars per million trained tokens.

    `answer_prices` are those for a million tokens of prompts, and of answers. Files of up to
    `direct_upload_mb` (of 1024 x 1024 bytes) are sent in one request. `notify` are the ways to tell
    that a job has ended, `on_finish` is a command with its arguments. `columns` are those of the
    list of jobs, in their order; none for the usual ones. `language` is one of the catalogues', ""
    for the environment's; it is chosen before this is read.
    """

    profile: str = ""
    theme: str = ""
    language: str = ""
    clipboard: str = "auto"
    editor: str = ""
    notify: tuple[str, ...] = KINDS
    on_finish: tuple[str, ...] = ()
    direct_upload_mb: int = 32
    profiles: Mapping[str, Profile] = field(default_factory=lambda: {"openai": Profile()})
    prices: Mapping[str, float] = field(default_factory=dict)
    prices_as_of: str = ""
    answer_prices: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    keymap: Mapping[str, str] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    warnings: tuple[str, ...] = ()


def settings_path() -> Path:
    """Where the settings are unless `--config` names another file."""
    return config_folder() / "config.toml"


def load_settings(path: Path) -> Settings:
    """Read the settings at `path`; a file that does not exist gives the defaults.

    The profiles that fttui made are read from beside it, where the settings have none of the name.

    Raises:
        SettingsError: a file cannot be read, is not TOML, or holds a value of the wrong type
            or out of range.
    """
    where = safe_path(path)
    data, warnings = _document(path)
    written = _table(data.pop("profiles", {}), "profiles", where)
    profiles = {"openai": Profile(), **read_profiles(written, where, warnings)}
    beside = made_path(path)
    if beside != path:
        data_made, more = _document(beside)
        made = _table(data_made.pop("profiles", {}), "profiles", safe_path(beside))
        warnings += more
        free = {name: table for name, table in made.items() if name not in written}
        profiles |= read_profiles(free, safe_path(beside), warnings)
    return _read_settings(data, where, warnings, _told_apart(profiles, warnings))


def _told_apart(profiles: Mapping[str, Profile], warnings: list[str]) -> dict[str, Profile]:
    """The profiles that can be named: keys and jobs are kept by what a profile is called."""
    called: dict[str, str] = {}
    for name, profile in profiles.items():
        if name and called.setdefault(profile.name, name) == name:
            continue
        warnings.append(
            _(
                "Profile {name!r} is left out: it has no name, or another one is called the same.",
                name=safe(name, maxlen=60),
            )
        )
    return {name: profiles[name] for name in called.values()}


def made_path(config: Path) -> Path:
    """The file of the profiles that fttui makes, beside the settings file `config`."""
    return config.with_name(_MADE)


def written_profiles(path: Path) -> dict[str, Any]:
    """The tables of the profiles in a file, unread; none where there is no file. SettingsError."""
    data, _unused = _document(path)
    return dict(_table(data.get("profiles", {}), "profiles", safe_path(path)))


def read_profiles(
    tables: Mapping[str, object], where: str, warnings: list[str]
) -> dict[str, Profile]:
    """Profiles by name; what is not known is added to `warnings`. Raises SettingsError."""
    profiles = {}
    for name, table in tables.items():
        values = _typed(_table(table, f"profiles.{name}", where), Profile, where, warnings)
        if problem := problem_of(values):
            shown = safe(name, maxlen=60)
            raise SettingsError(
                _("{where}: profile {shown}: {problem}.", where=where, shown=shown, problem=problem)
            )
        profiles[name] = Profile(**{**values, "name": safe(name, maxlen=60)})
    return profiles


def _document(path: Path) -> tuple[dict[str, Any], list[str]]:
    """What a settings file says, and doubts about it; nothing where there is no file."""
    where = safe_path(path)
    try:
        content, found = read_small(path, LONGEST_FILE)
    except FileNotFoundError:
        return {}, []
    except NotReadable as refused:
        raise SettingsError(
            _("{where} cannot be read: {refused}.", where=where, refused=refused)
        ) from None
    except OSError as error:
        raise SettingsError(
            _("{where} cannot be read: {why}.", where=where, why=why(error))
        ) from error
    except ValueError:
        raise SettingsError(_("{where} cannot be the path of a file.", where=where)) from None
    return _parsed(content, where), doubts_about(found, path, where)


def _parsed(content: bytes, where: str) -> dict[str, Any]:
    # tomllib's time grows with the cube of the steps of one key.
    for number, line in enumerate(content.splitlines(), 1):
        if line.count(b".") > _MOST_DOTS and not line.lstrip().startswith(b"#"):
            raise SettingsError(
                _(
                    "{where} has over {most_dots} dots in line {number}.",
                    where=where,
                    most_dots=_MOST_DOTS,
                    number=number,
                )
            )
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError(_("{where} is not UTF-8. Save it as UTF-8.", where=where)) from None
    except RecursionError:
        raise SettingsError(_("{where} is nested too deeply to be read.", where=where)) from None
    except ValueError as error:  # of TOML, of a number with too many digits, or of a date
        reason = safe(error, maxlen=200).rstrip(".")
        raise SettingsError(
            _("{where} is not valid TOML: {reason}.", where=where, reason=reason)
        ) from None


def _read_settings(
    data: dict[str, Any], where: str, warnings: list[str], profiles: dict[str, Profile]
) -> Settings:
    prices = _table(data.pop("prices", {}), "prices", where)
    as_of = str(prices.pop("as_of", ""))
    for model, price in prices.items():
        if not _is_price(price):
            raise SettingsError(
                _(
                    "{where}: prices.{model} must be a number of US dollars, "
                    "from 0 to {highest_price:,.0f}.",
                    where=where,
                    model=safe(model, maxlen=60),
                    highest_price=_HIGHEST_PRICE,
                )
            )
    answer_prices = _answer_prices(data, where)
    keymap = _table(data.pop("keymap", {}), "keymap", where)
    told = _how_to_tell(data, where)
    if "language" in data:
        told["language"] = _language(data.pop("language"), where, warnings)
    values = _typed(data, Settings, where, warnings)
    return Settings(
        **{
            **values,
            **told,
            "profiles": profiles,
            "prices": {model: float(price) for model, price in prices.items()},
            "prices_as_of": safe(as_of, maxlen=40),
            "answer_prices": answer_prices,
            "keymap": {str(key): str(value) for key, value in keymap.items()},
            "warnings": tuple(warnings),
        }
    )


def _answer_prices(data: dict[str, Any], where: str) -> dict[str, tuple[float, float]]:
    """What calls of models cost, taken out of `data`."""
    found = {}
    for model, pair in _table(data.pop("answer_prices", {}), "answer_prices", where).items():
        if not (isinstance(pair, list) and len(pair) == 2 and all(map(_is_price, pair))):
            raise SettingsError(
                _(
                    "{where}: answer_prices.{model} must be two numbers of US dollars for a "
                    "million tokens, of prompts and of answers, such as [0.3, 1.2].",
                    where=where,
                    model=safe(model, maxlen=60),
                )
            )
        found[model] = (float(pair[0]), float(pair[1]))
    return found


def _language(value: object, where: str, warnings: list[str]) -> str:
    """The language to speak, or a warning when there is no such one."""
    if isinstance(value, str) and (not value or is_spoken(value)):
        return value
    warnings.append(
        _(
            "{where}: language {shown} is not one of {known}, so the environment's is used.",
            where=where,
            shown=safe(repr(value), maxlen=40),
            known=", ".join(languages()),
        )
    )
    return ""


def _how_to_tell(data: dict[str, Any], where: str) -> dict[str, Any]:
    """What is to be done when a job has ended, taken out of `data`."""
    told: dict[str, Any] = {}
    for name, read in (("notify", read_kinds), ("on_finish", read_command)):
        if name in data:
            try:
                told[name] = read(data.pop(name))
            except ValueError as refused:
                raise SettingsError(
                    _("{where}: {name} must be {refused}.", where=where, name=name, refused=refused)
                ) from None
    return told


def _typed(
    data: Mapping[str, Any], kind: type[Profile] | type[Settings], where: str, warnings: list[str]
) -> dict[str, Any]:
    wanted = get_type_hints(kind)
    known = {field.name for field in fields(kind)} - {"name", "warnings"}
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in known:
            shown = safe(key, maxlen=60)
            warning = _("{where}: unknown setting {key!r} is ignored.", where=where, key=shown)
            warnings.append(f"{warning} {did_you_mean(key, sorted(known))}".rstrip())
            continue
        kind_wanted = get_origin(wanted[key]) or wanted[key]
        if kind_wanted is Mapping:
            _table(value, key, where)
        elif type(value) is not kind_wanted:
            raise SettingsError(
                _(
                    "{where}: {key} must be of type {name}.",
                    where=where,
                    key=key,
                    name=kind_wanted.__name__,
                )
            )
        values[key] = value
    for key, (least, most) in _RANGES.items():
        if key in values and not least <= values[key] <= most:
            raise SettingsError(
                _(
                    "{where}: {key} must be from {least} to {most}.",
                    where=where,
                    key=key,
                    least=least,
                    most=most,
                )
            )
    return values


def _is_price(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= _HIGHEST_PRICE and math.isfinite(value)


def _table(value: object, name: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SettingsError(_("{where}: {name} must be a table.", where=where, name=safe(name)))
    return value
