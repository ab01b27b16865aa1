"""The key of an endpoint, wherever it is: a variable, the keyring, a private file, a named file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.storage.credentials import (
    DEFAULT_VARIABLE,
    Credential,
    KeySearch,
    find_key,
    hide_keys,
    read_key_file,
)
from fttui.storage.profile_rules import NO_KEY
from fttui.storage.secrets import KeyRefused, Secret
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.services.endpoint.address import Endpoint


def search_key(endpoint: Endpoint, environ: Mapping[str, str]) -> KeySearch:
    """Look for the key, which may take some seconds where a keyring does not answer; never raises.

    Keys that are set are known to the redactor from then on, whether they are this one or not.
    """
    profile = endpoint.profile
    hide_keys(environ, {DEFAULT_VARIABLE, "OPENAI_ADMIN_KEY", profile.api_key_env} - {""})
    problems = tuple(endpoint.withheld_keys(environ))
    if not endpoint.extras.sends_key:
        source = _("profile {name}, which says that none is needed", name=profile.name)
        return KeySearch(Credential(Secret(NO_KEY), source, _("no key")))
    found = KeySearch(None)
    try:
        found = find_key(
            profile.name, endpoint.origin, variable=endpoint.key_variable, environ=environ
        )
        problems += found.problems
        if found.credential is None and endpoint.key_file:
            path = Path(endpoint.key_file).expanduser()
            source = _("the file {path}", path=safe_path(path))
            named = Credential(read_key_file(path), source, _("key file"))
            found = replace(found, credential=named)
    except KeyRefused as problem:
        problems += (str(problem),)
    except RuntimeError:  # of `expanduser`
        missing = safe_path(endpoint.key_file)
        problems += (_("There is no home folder for {key_file}.", key_file=missing),)
    return replace(found, problems=problems)
