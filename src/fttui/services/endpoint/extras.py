"""What a profile has sent beside the usual: headers, query and body, with what is in variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fttui.services.endpoint.errors import NotSentError, Outcome
from fttui.storage.profile_rules import is_sendable, variable_of, variables_in
from fttui.storage.secrets import Secret, register
from fttui.storage.settings import Profile, SettingsError
from fttui.terminal.language import _
from fttui.terminal.text import safe


@dataclass(frozen=True, slots=True)
class Extras:
    """`headers` and `query` go with every call, `key_header` is the header of the key, or "".

    `sends_key` is False where the endpoint gets no key at all. `secrets` is what the named
    environment variables hold.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    key_header: str = ""
    sends_key: bool = True

    def filled(self, body: object) -> Any:
        """A value of JSON with what the variables hold in the place of each "env:NAME".

        Raises:
            NotSentError: it names a variable that the profile in use does not.
        """
        if isinstance(body, Mapping):
            return {name: self.filled(value) for name, value in body.items()}
        if isinstance(body, list):
            return [self.filled(value) for value in body]
        variable = variable_of(body)
        if not variable:
            return body
        if variable not in self.secrets:
            raise NotSentError(
                _(
                    "This job was to be sent with the variable {variable}, which the profile in use"
                    " does not name; nothing was sent.",
                    variable=safe(variable, maxlen=100),
                ),
                _("Use the profile that the job was confirmed with, or create it anew."),
                outcome=Outcome.NOT_SENT,
                code="extra_body",
            )
        return self.secrets[variable].reveal()


NO_EXTRAS = Extras()


def extras_of(profile: Profile, environ: Mapping[str, str]) -> Extras:
    """What `profile` has sent to its own server.

    Raises:
        SettingsError: a variable that it names is not set, or holds what cannot be sent.
    """
    tables = (profile.extra_headers, profile.extra_query, profile.extra_body)
    names = {name for table in tables for name in variables_in(table)}
    secrets = {name: _secret(profile, name, environ) for name in sorted(names)}

    def text(value: str) -> str:
        variable = variable_of(value)
        return secrets[variable].reveal() if variable else value

    return Extras(
        headers={name: text(value) for name, value in profile.extra_headers.items()},
        query={name: text(value) for name, value in profile.extra_query.items()},
        secrets=secrets,
        key_header=profile.key_header,
        sends_key=not profile.api_key,
    )


def _secret(profile: Profile, name: str, environ: Mapping[str, str]) -> Secret:
    value = environ.get(name, "").strip()
    secret = Secret(value)
    register(secret)
    if not is_sendable(value):
        reason = _("holds what cannot be sent") if value else _("is not set")
        raise SettingsError(
            _(
                "Profile {profile} wants the environment variable {name}, which {reason}. Set it"
                " in this shell, or take it out of the profile.",
                profile=profile.name,
                name=safe(name, maxlen=100),
                reason=reason,
            )
        )
    return secret
