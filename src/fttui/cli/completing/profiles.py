"""The profiles that there are, read without what the settings need to be understood whole."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from fttui.disk.reading import NotReadable, read_small
from fttui.storage.folders import config_folder

_LARGEST = 256_000
_OPENAI = "https://api.openai.com/v1"


class Profiles(NamedTuple):
    """The base URL of each profile, by its name, and the one that the settings begin with."""

    urls: dict[str, str]
    chosen: str = ""


def written_profiles(config: str) -> Profiles:
    """Those of a settings file, by default the usual one, and of the file beside it.

    An archive has no base URL. What cannot be read has no profiles; never raises.
    """
    path = Path(config).expanduser() if config else config_folder() / "config.toml"
    urls, chosen = {"openai": _OPENAI}, ""
    for each in (path.with_name("profiles.toml"), path):
        document = _read(each)
        profiles = document.get("profiles")
        for name, one in (profiles if isinstance(profiles, dict) else {}).items():
            told = one if isinstance(one, dict) else {"base_url": ""}
            url = told.get("base_url", _OPENAI)
            urls[name] = url if isinstance(url, str) and not told.get("archive") else ""
        named = document.get("profile")
        chosen = named if isinstance(named, str) else chosen
    return Profiles(urls, chosen)


def _read(path: Path) -> dict[str, object]:
    with suppress(NotReadable, OSError, ValueError, RecursionError):
        content, _unused = read_small(path, _LARGEST)
        import tomllib

        return tomllib.loads(content.decode("utf-8-sig"))
    return {}
