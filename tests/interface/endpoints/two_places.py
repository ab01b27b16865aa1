"""Two profiles that lead to two places, and the app that goes from one to the other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from faults.harness import hasty
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.carried import Switch
from fttui.services.profiles.sessions import ProfileSessions
from fttui.services.session import Session
from fttui.storage.settings import settings_path

PROFILE = '[profiles.{name}]\nbase_url = "{url}"\napi_key_env = "{variable}"\n'


@dataclass
class Places:
    """Profiles by their names: base URL and key; `more` is what else the settings say."""

    urls: Mapping[str, str]
    keys: Mapping[str, str]
    more: str = ""
    sessions: list[Session] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, **{f"{name.upper()}_KEY": key for name, key in self.keys.items()}}

    def write(self) -> None:
        text = "".join(
            PROFILE.format(name=name, url=url, variable=f"{name.upper()}_KEY")
            for name, url in self.urls.items()
        )
        settings_path().parent.mkdir(parents=True, exist_ok=True)
        settings_path().write_text(text + self.more)

    def app(self, name: str, size_of: int = 1) -> OpenAIInterfaceFT:
        """The app at one of them."""
        self.write()
        options = hasty(tries=size_of)
        session = Session.open(profile=name, environ=self.environ, options=options)
        self.sessions.append(session)
        profiles = ProfileSessions(session, environ=self.environ, asked=name, options=options)
        return OpenAIInterfaceFT(session, profiles=profiles)

    def close(self) -> None:
        for session in self.sessions:
            session.close()


def switch_of(app: OpenAIInterfaceFT) -> Switch:
    """How an app has ended that goes on somewhere else."""
    switch = app.return_value
    assert isinstance(switch, Switch)
    return switch
