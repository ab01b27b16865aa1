"""`fttui profiles templates|add|remove`: profiles that fttui writes, so that nobody has to."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fttui.cli.output import Output
from fttui.cli.parser import header_pair
from fttui.cli.problems import UsageError
from fttui.cli.table import TextColumn
from fttui.terminal.language import _
from fttui.terminal.near_words import did_you_mean
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.storage.templates import Template

_COLUMNS = (
    TextColumn(_("TEMPLATE")),
    TextColumn(_("ENDPOINT"), least=12, rank=1),
    TextColumn(_("BASE URL"), least=20),
    TextColumn(_("KEY"), rank=2),
)
_TEXTS = (
    ("base_url", "--base-url", "URL", _("where the endpoint is")),
    ("api_key_env", "--api-key-env", "NAME", _("the environment variable of its key")),
    ("key_header", "--key-header", "NAME", _("the header of the key; else Authorization: Bearer")),
    ("default_model", "--model", "M", _("the model that is fine-tuned by default")),
    ("training_type", "--training-type", "T", _("Azure's trainingType")),
)


def add_actions(actions: Any) -> None:
    """Add the three actions to those of `fttui profiles`."""
    words = _("endpoints that fttui knows, and what each offers")
    listing = actions.add_parser("templates", help=words, description=words.capitalize() + ".")
    listing.set_defaults(run=_list)
    add = actions.add_parser(
        "add",
        help=_("write a profile, from a template"),
        description=_(
            "Write a profile into profiles.toml, beside your config.toml, which goes before it."
            " Nothing is sent. `fttui profiles templates` lists what --template can be."
            " A profile that is there already with the same settings stays, with others"
            " it is refused."
        ),
    )
    add.add_argument("name", metavar="NAME", help=_("how the profile is called"))
    add.add_argument("--template", metavar="T", default="", help=_("what is known of the endpoint"))
    for dest, option, metavar, words in _TEXTS:
        add.add_argument(option, dest=dest, metavar=metavar, help=words)
    for dest, option, words in (
        ("extra_headers", "--header", _("send it with every call (may be given again)")),
        ("extra_query", "--query", _("the same in the query of the URL")),
    ):
        add.add_argument(
            option,
            dest=dest,
            action="append",
            type=header_pair,
            default=[],
            metavar="NAME=VALUE",
            help=words,
        )
    add.add_argument("--no-key", action="store_true", help=_("it needs no key, so send none"))
    add.add_argument(
        "--allow-insecure-http",
        action="store_true",
        help=_("send the key unencrypted over a network"),
    )
    add.set_defaults(run=_add)
    remove = actions.add_parser("remove", help=_("take out a profile that `add` has written"))
    remove.add_argument("name", metavar="NAME", help=_("how the profile is called"))
    remove.set_defaults(run=_remove)


def _list(args: argparse.Namespace) -> int:
    from fttui.storage.templates import templates

    output = Output.of(args)
    known = list(templates().values())
    if output.json:
        output.document([_document(template) for template in known])
        return 0
    output.table(_COLUMNS, [_row(template) for template in known])
    for template in known:
        output.line("")
        output.lines(
            [_("{name} offers {calls}.", name=template.name, calls=", ".join(template.offers))]
        )
        output.lines(output.wrapped(_(template.note)))
    return 0


def _row(template: Template) -> list[str]:
    return [
        template.name,
        _(template.title),
        template.base_url,
        str(template.settings.get("api_key_env", "")),
    ]


def _document(template: Template) -> dict[str, object]:
    return {
        "name": template.name,
        "title": template.title,
        "offers": list(template.offers),
        "note": template.note or None,
        "settings": dict(template.settings),
    }


def _add(args: argparse.Namespace) -> int:
    from fttui.services.endpoint.address import check_base_url
    from fttui.services.profiles.drafts import unset_variables
    from fttui.storage.made_profiles import add_profile
    from fttui.storage.settings import made_path

    output = Output.of(args)
    template = _template(args.template)
    values = _values(args, template)
    values["base_url"] = check_base_url(
        values["base_url"], "--base-url", allow_http=args.allow_insecure_http
    )
    config = _config(args)
    is_there = _is_there(config, args.name, values)
    path = made_path(config) if is_there else add_profile(config, args.name, values)
    unset = unset_variables(values, os.environ)
    steps = [_("set {variables}", variables=_(" and ").join(unset))] if unset else []
    steps.append(_("run `fttui --profile {name} doctor`", name=args.name))
    document = {"name": args.name, "path": os.fspath(path), "variables_to_set": unset, **values}
    words = {"name": args.name, "path": safe_path(path)}
    done = _("Profile {name} is added to {path}.", **words)
    if is_there:
        done = _("Profile {name} is in {path} already, as asked for.", **words)
    output.outcome(document, [], done=done)
    output.message(done)
    output.message(_("Next: {steps}.", steps=_(", then ").join(steps)))
    if template is not None and template.note:
        output.message(_(template.note))
    return 0


def _is_there(config: Path, name: str, values: dict[str, Any]) -> bool:
    """True where a profile of this name was made with these very settings."""
    from fttui.storage.made_profiles import made_names, made_values

    return name in made_names(config) and made_values(config, name) == values


def _template(name: str) -> Template | None:
    from fttui.storage.templates import templates

    if not name:
        return None
    if name not in templates():
        there_are = _("There are: {names}.", names=", ".join(templates()))
        raise UsageError(
            _("There is no template {name!r}.", name=safe(name, maxlen=60)),
            f"{did_you_mean(name, templates())} {there_are}".lstrip(),
        )
    return templates()[name]


def _values(args: argparse.Namespace, template: Template | None) -> dict[str, Any]:
    """The settings of the new profile: the template's, and what the options say."""
    from fttui.services.profiles.drafts import VARIABLE, template_values

    values = template_values(template) if template else {}
    values |= {name: text for name, *_unused in _TEXTS if (text := getattr(args, name)) is not None}
    _require_filled(str(values.get("base_url", "")), template)
    if args.no_key or args.api_key_env or args.base_url:
        values.pop("api_key_file", None)  # its key is for the template's own address alone
    if args.no_key:
        if args.api_key_env or args.key_header:
            raise UsageError(_("--no-key and a key are both asked for."), _("Leave one out."))
        values.pop("api_key_env", None)
        values["api_key"] = "none"
    elif not VARIABLE.fullmatch(variable := values.get("api_key_env", "")) and variable:
        raise UsageError(
            _("--api-key-env takes the name of an environment variable, not what it holds."),
            _("For example --api-key-env LAB_API_KEY; `fttui login` keeps a key without one."),
        )
    for table in ("extra_headers", "extra_query"):
        if given := dict(getattr(args, table)):
            values[table] = {**values.get(table, {}), **given}
    if args.allow_insecure_http:
        values["allow_insecure_http"] = True
    return values


def _require_filled(base_url: str, template: Template | None) -> None:
    if template is None and not base_url:
        raise UsageError(
            _("Neither a base URL nor a template is named."),
            _("Give --base-url, or --template; `fttui profiles templates` lists them."),
        )
    if "{" in base_url or "}" in base_url:
        known = template.base_url if template else base_url
        raise UsageError(
            _("The base URL {known} is to be filled in.", known=safe(known, maxlen=200)),
            _("Give it with --base-url, your own word in the place of what is in braces."),
        )


def _remove(args: argparse.Namespace) -> int:
    from fttui.storage.credentials import delete_key
    from fttui.storage.made_profiles import remove_profile
    from fttui.storage.settings import load_settings

    output = Output.of(args)
    path = remove_profile(_config(args), args.name)
    done = _("Profile {name} is removed from {path}.", name=args.name, path=safe_path(path))
    is_still_there = args.name in load_settings(_config(args)).profiles
    places = () if is_still_there else delete_key(args.name)[0]  # a kept key is that one's, too
    document = {"name": args.name, "path": os.fspath(path), "key_removed_from": list(places)}
    output.outcome(document, [], done=done)
    output.message(done)
    if places:
        where = _(" and ").join(places)
        output.message(_("Its key is removed from {where}.", where=where))
    return 0


def _config(args: argparse.Namespace) -> Path:
    from fttui.storage.settings import settings_path

    path: Path = args.config or settings_path()
    return path
