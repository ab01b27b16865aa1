"""`fttui profiles`: the endpoints that the settings name, and what works there."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from fttui.cli.made_profiles import add_actions
from fttui.cli.output import Output
from fttui.cli.problems import CommandError
from fttui.cli.sessions import open_session
from fttui.cli.table import TextColumn
from fttui.services.job_words import shorten_model
from fttui.terminal.format import NOTHING
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.address import Endpoint
    from fttui.services.session import Session
    from fttui.storage.settings import Profile, Settings

_LONGEST = 2000
_COLUMNS = (
    TextColumn(_("PROFILE")),
    TextColumn(_("BASE URL"), least=20),
    TextColumn(_("KEY"), rank=2),
    TextColumn(_("DEFAULT MODEL"), least=12, rank=1, shorten=shorten_model),
)


def add_parser(commands: Any) -> None:
    """Add the command and its actions to the program's."""
    parser = commands.add_parser(
        "profiles",
        description=_("The endpoints in your settings; `list` without an action."),
    )
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(title=_("actions"), metavar="ACTION")
    actions.add_parser("list", help=_("all profiles")).set_defaults(run=run)
    for name, action, words, sentence in (
        (
            "show",
            _show,
            _("one profile, and where its key comes from"),
            _("One profile, and where its key comes from."),
        ),
        (
            "verify",
            _verify,
            _("ask whether the key works, and what is offered; costs nothing"),
            _("Ask whether the key works, and what is offered; costs nothing."),
        ),
    ):
        one = actions.add_parser(name, help=words, description=sentence)
        one.add_argument("name", metavar="NAME", nargs="?", default="", help=_("by default yours"))
        one.set_defaults(run=action)
    add_actions(actions)


def run(args: argparse.Namespace) -> int:
    """Print all profiles; an asterisk marks the one that is used."""
    from fttui.storage.settings import load_settings, settings_path

    output = Output.of(args)
    settings = load_settings(args.config or settings_path())
    for warning in settings.warnings:
        output.message(_("Warning: {warning}", warning=warning))
    used = _resolved(settings, args.profile, output)
    name = used.profile.name if used else ""
    listed = [
        (profile, used if profile.name == name else _resolved(settings, asked, output))
        for asked, profile in settings.profiles.items()
    ]
    if output.json:
        output.document([_document(profile, endpoint, name) for profile, endpoint in listed])
    else:
        output.table(_COLUMNS, [_row(profile, endpoint, name) for profile, endpoint in listed])
    return 0


def _resolved(settings: Settings, name: str, output: Output) -> Endpoint | None:
    """The endpoint of a profile, or the one in use for ""; None with a message."""
    from fttui.cli.opened_archive import unserved
    from fttui.services.endpoint.address import chosen_profile, resolve_endpoint
    from fttui.storage.settings import SettingsError

    try:
        profile = chosen_profile(settings, os.environ, name)
        return unserved(profile) or resolve_endpoint(settings, os.environ, name)
    except (SettingsError, CommandError) as problem:
        output.message(str(problem))
        return None


def _base_url(profile: Profile, endpoint: Endpoint | None) -> str:
    """The base URL in use, or which archive stands in its place."""
    if endpoint is None:
        return profile.archive or profile.base_url
    return endpoint.archive or endpoint.base_url


def _route(endpoint: Endpoint | None) -> str | None:
    """Where the key comes from that this endpoint gets, and where it goes."""
    if endpoint is None or endpoint.archive:
        return None
    return f"{_source_of(endpoint)} -> {endpoint.host}"


def _source_of(endpoint: Endpoint) -> str:
    from fttui.storage.credentials import find_key
    from fttui.storage.secrets import KeyRefused

    variable = endpoint.key_variable
    if not endpoint.extras.sends_key:
        return _("no key")
    if os.environ.get(variable, "").strip():
        return variable
    try:
        found = find_key(endpoint.profile.name, endpoint.origin, variable=variable).credential
    except KeyRefused:
        found = None
    return found.name if found else endpoint.key_file or _("no key")


def _document(profile: Profile, endpoint: Endpoint | None, used: str) -> dict[str, object]:
    from fttui.storage.secrets import redact

    return {
        "name": profile.name,
        "used": profile.name == used,
        "base_url": None if profile.archive else redact(_base_url(profile, endpoint)),
        "archive": profile.archive or None,
        "organization": profile.organization or None,
        "project": profile.project or None,
        "default_model": profile.default_model,
        "suffix_limit": profile.suffix_limit,
        "key_variable": (endpoint.key_variable if endpoint else profile.api_key_env) or None,
        "key_file": (endpoint.key_file if endpoint else profile.api_key_file) or None,
        "key_route": _route(endpoint),
        "key_header": profile.key_header or None,
        "extra_headers": list(profile.extra_headers) or None,
        "extra_query": list(profile.extra_query) or None,
        "extra_body": list(profile.extra_body) or None,
        "hyperparameters": list(profile.hyperparameters) or None,
        "methods": profile.methods or None,
        "graders": profile.graders or None,
        "takes": profile.takes or None,
        "lacks": profile.lacks or None,
        "renames": dict(profile.renames) or None,
    }


def _row(profile: Profile, endpoint: Endpoint | None, used: str) -> list[str]:
    from fttui.storage.secrets import redact
    from fttui.terminal.text import safe

    mark = "* " if profile.name == used else "  "
    return [
        mark + profile.name,
        safe(redact(_base_url(profile, endpoint)), maxlen=200),
        safe(redact(_route(endpoint) or NOTHING), maxlen=200),
        safe(profile.default_model, maxlen=100) or NOTHING,
    ]


def _named(args: argparse.Namespace) -> argparse.Namespace:
    """The same arguments, with the profile that the action names."""
    return argparse.Namespace(**{**vars(args), "profile": args.name or args.profile})


def _show(args: argparse.Namespace) -> int:
    from fttui.storage.secrets import redact
    from fttui.terminal.text import safe

    output = Output.of(args)
    with open_session(_named(args)) as session:
        document = _described(session)
    if output.json:
        output.document(document)
        return 0
    longest = max(map(len, document))
    for name, value in document.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        told = NOTHING if value is None else safe(redact(f"{text}"), maxlen=_LONGEST)
        output.lines([f"{name.replace('_', ' '):<{longest}}  {told}"])
    return 0


def _described(session: Session) -> dict[str, object]:
    endpoint: Endpoint = session.endpoint
    credential = session.credential
    return {
        **{k: v for k, v in _document(endpoint.profile, endpoint, "").items() if k != "used"},
        "base_url_from": endpoint.source,
        "connection": endpoint.connection_parts(os.environ),
        "organization": endpoint.organization or None,
        "project": endpoint.project or None,
        "key": credential.secret.masked if credential and not endpoint.archive else None,
        "key_from": credential.source if credential else session.key_problem or None,
        "key_route": None if endpoint.archive else session.key_route,
    }


def _verify(args: argparse.Namespace) -> int:
    from fttui.services.verification import verify_offers

    output = Output.of(args)
    with open_session(_named(args)) as session:
        result = session.thread.wait(verify_offers(session.handle))
        name, host = session.endpoint.profile.name, session.endpoint.host
    if output.json:
        output.document({"name": name, "host": host, **result.to_json()})
    else:
        output.line(f"{name} ({host}): {result.text}")
        output.lines(list(result.told))
    return 0 if result.is_good else 1
