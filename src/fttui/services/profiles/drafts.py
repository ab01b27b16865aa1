"""A profile as a form has it: from a template or from the file, checked, and to be written."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fttui.services.endpoint.address import check_base_url, is_loopback_host
from fttui.storage.credentials import origin_of
from fttui.storage.made_profiles import require_name
from fttui.storage.profile_rules import NO_KEY, problem_of, variables_in
from fttui.storage.settings import SettingsError
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.storage.templates import Template

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    """The texts of the form, by the names of the settings; `key_variable` is api_key_env.

    It is "none" where the endpoint gets no key.
    """

    name: str = ""
    base_url: str = ""
    key_variable: str = ""
    default_model: str = ""
    organization: str = ""
    project: str = ""
    key_header: str = ""

    @property
    def sends_unencrypted(self) -> bool:
        """True where a key would travel over a network in the clear."""
        try:
            parts = urlsplit(self.base_url.strip())
            return parts.scheme == "http" and not is_loopback_host(parts.hostname or "")
        except ValueError:
            return False


_SENT_TABLES = ("extra_headers", "extra_query", "extra_body")
_SETTINGS = ("base_url", "default_model", "organization", "project", "key_header")


def draft_from(name: str, values: Mapping[str, Any]) -> ProfileDraft:
    """The form for these settings of a profile or a template."""
    texts = {key: str(values.get(key, "")) for key in _SETTINGS}
    variable = NO_KEY if values.get("api_key") == NO_KEY else str(values.get("api_key_env", ""))
    return ProfileDraft(name, key_variable=variable, **texts)


def free_name(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, or with a number behind it that makes it a name that is not taken."""
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def problems_of(draft: ProfileDraft, taken: Collection[str] = ()) -> dict[str, str]:
    """What is wrong with the form, a sentence by field; nothing where it can be written."""
    found: dict[str, str] = {}
    for field in fields(draft):
        text = getattr(draft, field.name)
        if len(text) > _LONGEST or not text.isprintable():
            found[field.name] = _("Use plain characters, at most {most}.", most=_LONGEST)
    if draft.name in taken:
        found["name"] = _("There is a profile of this name. Choose another one.")
    try:
        require_name(draft.name)
    except SettingsError as refused:
        found["name"] = str(refused) if draft.name else _("Give the profile a name.")
    url = draft.base_url.strip()
    if "{" in url or "}" in url:
        found["base_url"] = _("Put your own word in the place of what is in braces.")
    else:
        try:
            check_base_url(url, _("the form"), allow_http=True)
        except SettingsError as refused:
            found["base_url"] = str(refused) if url else _("Write where it is: https://HOST/v1.")
    if draft.key_variable and not VARIABLE.fullmatch(draft.key_variable):
        found["key_variable"] = _("Write the name of a variable, not what it holds.")
    if problem := problem_of({"key_header": draft.key_header}):
        found["key_header"] = f"{problem}."
    return found


def values_from(
    draft: ProfileDraft, before: Mapping[str, Any], *, allow_http: bool = False
) -> dict[str, Any]:
    """The settings to write: those of the form, and what else there was `before`.

    A file with a key goes where another address or a variable is named: it is for the old ones.
    """
    values = dict(before)
    for key in _SETTINGS:
        values[key] = getattr(draft, key).strip()
    values["base_url"] = check_base_url(values["base_url"], _("the form"), allow_http=True)
    variable = draft.key_variable.strip()
    for name in ("api_key", "api_key_env"):
        values.pop(name, None)
    if variable == NO_KEY:
        values["api_key"] = NO_KEY
    elif variable:
        values["api_key_env"] = variable
    if variable != before.get("api_key_env", "") or values["base_url"] != before.get("base_url"):
        values.pop("api_key_file", None)
    values.pop("allow_insecure_http", None)
    if draft.sends_unencrypted and allow_http:
        values["allow_insecure_http"] = True
    emptied = {key for key in _SETTINGS if not values[key] and key not in before}
    return {key: value for key, value in values.items() if key not in emptied}


def sent_along(draft: ProfileDraft, before: Mapping[str, Any]) -> dict[str, str]:
    """What the form does not show and would go to another server than `before`, by its name.

    The environment variable that each is read from: it is as secret as a key.
    """
    try:
        if origin_of(draft.base_url) == origin_of(str(before.get("base_url", ""))):
            return {}
    except ValueError:  # of a template, which names no server yet
        return {}
    tables = [before.get(name, {}) for name in _SENT_TABLES]
    named = [(name, value) for table in tables for name, value in table.items()]
    found = {name: ", ".join(variables_in(value)) for name, value in named}
    return {name: variables for name, variables in found.items() if variables}


def template_values(template: Template) -> dict[str, Any]:
    """The settings of a template, its key file where it is on this machine."""
    values = dict(template.settings)
    path = values.pop("api_key_file", "")
    if path:
        from fttui.storage.folders import data_folder

        values["api_key_file"] = path.replace("{data}", os.fspath(data_folder()))
    return values


def unset_variables(values: Mapping[str, Any], environ: Mapping[str, str]) -> list[str]:
    """The environment variables that a profile needs and that are not set, each once."""
    tables = [values.get(name, {}) for name in _SENT_TABLES]
    variable = "" if "api_key_file" in values else str(values.get("api_key_env", ""))
    wanted = [variable, *(name for table in tables for name in variables_in(table))]
    return [name for name in dict.fromkeys(wanted) if name and not environ.get(name)]


def next_steps(name: str, unset: Collection[str]) -> str:
    """What to do after a profile was made, as a sentence."""
    shown = safe(name, maxlen=60)
    if not unset:
        return _("Profile {name} is there. t tests it, K gives it another key.", name=shown)
    return _(
        "Profile {name} is there. Set {variables} before you start fttui, or press K for its key.",
        name=shown,
        variables=_(" and ").join(unset),
    )
