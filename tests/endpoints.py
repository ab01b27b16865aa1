"""Several endpoints side by side: profiles of settings, each at a sandbox of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fttui.server import SandboxConfig, SandboxServer, fill_with_samples
from fttui.services.profiles.sessions import ProfileSessions
from fttui.services.profiles.several import Sessions
from fttui.services.session import Session, SessionOptions

KEYS = {"one": "sk-one-" + "1" * 20, "two": "sk-two-" + "2" * 20, "three": "sk-three-" + "3" * 20}


def write_profiles(path: Path, urls: Mapping[str, str]) -> Path:
    """Settings with a profile for each name; the key is in the variable NAME_KEY."""
    lines = ['profile = "one"']
    for name, url in urls.items():
        lines += [
            f"[profiles.{name}]",
            f'base_url = "{url}"',
            f'api_key_env = "{name.upper()}_KEY"',
        ]
    path.write_text("\n".join(lines))
    return path


def keys_of(names: Iterator[str] | list[str]) -> dict[str, str]:
    """The variables with the keys of profiles."""
    return {f"{name.upper()}_KEY": KEYS[name] for name in names}


@contextmanager
def sandboxes(*names: str) -> Iterator[dict[str, SandboxServer]]:
    """A sandbox for each name, all with the same sample jobs: the same ids, too."""
    with ExitStack() as stack:
        servers = {}
        for name in names:
            config = SandboxConfig(api_key=KEYS[name], seed=7)
            servers[name] = stack.enter_context(SandboxServer(config))
            fill_with_samples(servers[name])
        yield servers


@contextmanager
def opened(
    config: Path, environ: Mapping[str, str], options: SessionOptions | None = None
) -> Iterator[Sessions]:
    """The sessions of all profiles in `config`, the one in use first."""
    environ = {**os.environ, **environ}
    own = Session.open(config=config, environ=environ, options=options)
    profiles = ProfileSessions(own, config, environ, options=options)
    profiles.lists_all = True
    sessions = Sessions(own, profiles)
    try:
        yield sessions
    finally:
        sessions.close_others()
        own.close()
        profiles.end()
