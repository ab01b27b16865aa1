"""`fttui login` and `fttui logout`: keeping a key for later runs, and forgetting it."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output
from fttui.cli.problems import CommandError, UsageError
from fttui.cli.progress import waiting_for
from fttui.services.verification import Verification, verify
from fttui.storage.secrets import LONGEST_KEY
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.services.endpoint.address import Endpoint
    from fttui.storage.secrets import Secret


_LONGEST_INPUT = LONGEST_KEY + 1024


def add_parser(commands: Any) -> None:
    """Add both commands to the program's."""
    login = commands.add_parser(
        "login",
        description=_(
            "Read an API key from the terminal, unseen, or from stdin, ask the endpoint "
            "whether it works, and keep it in the system's keyring or a private file. It is "
            "kept for "
            "that endpoint and never sent to another one."
        ),
    )
    login.add_argument(
        "--where", choices=("auto", "keyring", "file"), default="auto", help=_("where to keep it")
    )
    login.add_argument("--no-verify", action="store_true", help=_("do not ask the endpoint"))
    login.set_defaults(run=run)
    logout = commands.add_parser("logout", description=_("Forget the kept API key."))
    logout.set_defaults(run=_logout)


def run(args: argparse.Namespace) -> int:
    """Keep a key, unless the endpoint says that it is wrong."""
    from fttui.storage.credentials import KeyringUnavailable, store_key

    output = Output.of(args)
    endpoint = _endpoint(args)
    if not endpoint.extras.sends_key:
        raise UsageError(
            _("Profile {name} sends no key, so none is kept.", name=endpoint.profile.name),
            _('Take `api_key = "none"` out of the profile first.'),
        )
    secret = _read_key(args, endpoint)
    verdict = Verification(None, _("Not verified.")) if args.no_verify else _ask(endpoint, secret)
    if verdict.works is False:
        raise CommandError(verdict.text, _("The key was not kept."))
    try:
        with waiting_for(_("Waiting for the place where the API key is kept ...")):
            place, error_text = store_key(
                endpoint.profile.name, endpoint.origin, secret, where=args.where
            )
    except KeyringUnavailable as problem:
        raise CommandError(
            _("The keyring cannot be used: {problem}.", problem=problem),
            _("`--where file` keeps it in a private file."),
        ) from None
    sentence = _(
        "The key {masked} is kept in {place}, for {origin} alone.",
        masked=secret.masked,
        place=place,
        origin=endpoint.origin,
    )
    document = {
        "profile": endpoint.profile.name,
        "key": secret.masked,
        "origin": endpoint.origin,
        "kept_in": place,
        **verdict.to_json(),
    }
    output.outcome(document, [], done=sentence)
    output.message(verdict.text)
    if error_text:
        output.message(_("The keyring cannot be used: {error_text}.", error_text=error_text))
    output.message(sentence)
    _warn_of_variable(output, endpoint)
    return 0


def _endpoint(args: argparse.Namespace) -> Endpoint:
    from fttui.services.endpoint.address import resolve_endpoint
    from fttui.storage.logs import configure_logging
    from fttui.storage.settings import load_settings, settings_path

    configure_logging()
    settings = load_settings(args.config or settings_path())
    for warning in settings.warnings:
        Output.of(args).message(_("Warning: {warning}", warning=warning))
    return resolve_endpoint(settings, os.environ, args.profile)


def _read_key(args: argparse.Namespace, endpoint: Endpoint) -> Secret:
    from fttui.storage.credentials import read_key_file
    from fttui.storage.secrets import parse_key

    if args.api_key_file is not None:
        return read_key_file(args.api_key_file.expanduser())
    if not sys.stdin.isatty():
        with waiting_for(_("Waiting for the key on stdin ...")):
            raw = sys.stdin.buffer.read(_LONGEST_INPUT)
        return parse_key(raw.decode("utf-8", "replace"), source=_("the key on stdin"))
    try:
        text = getpass.getpass(_("API key for {host} (it is not shown): ", host=endpoint.host))
    except EOFError:
        raise UsageError(_("No key was entered.")) from None
    return parse_key(text)


def _ask(endpoint: Endpoint, secret: Secret) -> Verification:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.service_thread import ServiceThread

    thread = ServiceThread()
    thread.around_wait = partial(waiting_for, _("Waiting for {host} ...", host=endpoint.host))
    try:
        return thread.wait(verify(FineTuningHandle(endpoint, secret)))
    finally:
        thread.stop()


def _logout(args: argparse.Namespace) -> int:
    from fttui.storage.credentials import delete_key
    from fttui.storage.last_lists import forget_lists

    output = Output.of(args)
    endpoint = _endpoint(args)
    with waiting_for(_("Waiting for the places where an API key is kept ...")):
        places, error_text = delete_key(endpoint.profile.name)
        lists_left = forget_lists(endpoint.server)
    sentence = "" if error_text else _("No key was kept for {name}.", name=endpoint.profile.name)
    if places:
        sentence = _(
            "The key of {name} is removed from {list}.",
            name=endpoint.profile.name,
            list=_list(places),
        )
    document = {"profile": endpoint.profile.name, "removed_from": list(places)}
    output.outcome(document, [], done=sentence)
    if error_text:
        output.message(
            _(
                "The keyring cannot be used: {error_text}. A key may still be in it.",
                error_text=error_text,
            )
        )
    for path in lists_left:
        output.message(
            _("{path}, a list of jobs, could not be removed. Delete it.", path=safe_path(path))
        )
    if sentence:
        output.message(sentence)
    _warn_of_variable(output, endpoint)
    return 1 if error_text or lists_left else 0


def _list(places: tuple[str, ...]) -> str:
    return _(" and ").join(places)


def _warn_of_variable(output: Output, endpoint: Endpoint) -> None:
    variable = endpoint.key_variable
    if os.environ.get(variable, "").strip():
        output.message(
            _(
                "{variable} is set in the environment, and goes before a kept key.",
                variable=variable,
            )
        )
