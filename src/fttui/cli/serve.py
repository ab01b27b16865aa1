"""`fttui serve`: the embedded server with real training behind it."""

from __future__ import annotations

import argparse
import json
import re
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fttui.cli import serve_ray
from fttui.cli.output import Output
from fttui.cli.parser import folder, input_file, positive_int
from fttui.cli.problems import CommandError, UsageError
from fttui.cli.sandbox import host, port
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.server.config import ServeConfig
    from fttui.server.engines.probe import Probe

PORT = 8321
"""The same each time, so that a profile for it holds."""
_MODEL_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)?", re.ASCII)
_SHOWN_MODELS = 8


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "serve",
        description=_(
            "Serve OpenAI's fine-tuning API on this machine, until SIGINT or SIGTERM, and train "
            "for real: LoRA on the models in the folder that --models names. With --json the "
            'first line on stdout is {"base_url": ..., "api_key": ...}. The key stays the same; '
            "it is in DATA/key, or in the file that --api-key-file names. Runs outlive the server."
        ),
    )
    parser.add_argument(
        "--models",
        metavar="DIR",
        type=folder,
        required=True,
        help=_(
            "the folder with the base models; each is a folder with config.json and *.safetensors"
        ),
    )
    parser.add_argument(
        "--python",
        metavar="PATH",
        default=sys.executable,
        help=_("the interpreter that trains: it has torch, transformers, trl and peft"),
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=folder,
        help=_("where everything is kept; by default fttui/serve in the folder for user data"),
    )
    parser.add_argument(
        "--host", type=host, default="127.0.0.1", help=_("the address to listen on")
    )
    parser.add_argument(
        "--port",
        type=port,
        default=PORT,
        help=_("{port} by default; 0 takes a free one", port=PORT),
    )
    _add_training(parser)
    parser.set_defaults(run=run)


def _add_training(parser: argparse.ArgumentParser) -> None:
    """Add what decides how it trains and answers."""
    parser.add_argument(
        "--parallel",
        metavar="N",
        type=positive_int,
        help=_(
            "how many jobs train at a time; 1 by default, with --ray 64, those waiting too, with "
            "--ray-workers 8"
        ),
    )
    parser.add_argument(
        "--recipe",
        metavar="FILE",
        type=input_file,
        help=_("a JSON file with settings of training that no request can make"),
    )
    parser.add_argument(
        "--allow-download",
        metavar="IDS",
        type=_model_ids,
        default=(),
        help=_("fetch these models from the Hugging Face Hub first, with commas between them"),
    )
    parser.add_argument(
        "--answers",
        metavar="URL",
        type=_answers_url,
        help=_("have chats answered by a vLLM server that loads LoRA adapters"),
    )
    serve_ray.add_options(parser)


def _model_ids(text: str) -> tuple[str, ...]:
    """Names of models at the Hub."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if not _MODEL_ID.fullmatch(name) or ".." in name:
            raise argparse.ArgumentTypeError(_("{text!r} is no name of a model", text=name))
    return names


def _answers_url(text: str) -> str:
    """The base URL of a server for chats."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fits = False
    if not fits:
        raise argparse.ArgumentTypeError(_("{text!r} is no http(s) URL", text=text))
    return text.rstrip("/")


def run(args: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    from fttui.server import FolderRefusedError, ListenError, SandboxConfig, StartError
    from fttui.server import run as serve
    from fttui.server.engines.probe import ProbeError

    try:
        training = _training(args)
        config = SandboxConfig(
            args.host,
            args.port,
            data_dir=_data(args),
            api_key=_key(args),
            seed=secrets.randbits(32),
            serve=training,
        )
        return serve(config, json=args.json, out=sys.stdout)
    except (ProbeError, FolderRefusedError) as error:
        raise UsageError(safe(error.sentence), safe(error.hint)) from None
    except StartError as error:
        raise CommandError(safe(error.sentence), safe(error.hint)) from None
    except ListenError as error:
        raise CommandError(
            _(
                "The server cannot listen on {host}:{port}: {strerror}.",
                host=safe(args.host),
                port=args.port,
                strerror=safe(error.strerror or error),
            ),
            _("Choose another --port or --host."),
        ) from None


def _training(args: argparse.Namespace) -> ServeConfig:
    """What it trains with; tells what was found."""
    from fttui.server.config import ServeConfig
    from fttui.server.engines.probe import fetch, program_of

    models = args.models.absolute()
    if not models.is_dir():
        raise UsageError(
            _("There is no folder {path} with models.", path=safe_path(args.models)),
            _("Name one whose folders hold config.json and *.safetensors with --models."),
        )
    recipe = _recipe(args)
    engine = None
    if args.ray is not None:
        engine = serve_ray.engine(args, _data(args))
    else:
        serve_ray.refuse_alone(args)
    python, found = _interpreter(args)
    output = Output.of(args)
    for name in args.allow_download:
        if not (models / name / "config.json").exists():
            output.message(_("Fetching {name} ...", name=name))
            fetch(program_of(python), name, models / name)
    _tell(output, args, models, found)
    return ServeConfig(
        models=models,
        python=python,
        engine=engine,
        places=args.parallel or 1,
        recipe=recipe,
        answers=args.answers,
        device="auto" if engine is not None or found is None else found.device,
    )


def _interpreter(args: argparse.Namespace) -> tuple[str, Probe | None]:
    """The program of the one that was named, and what it has; raises ProbeError.

    With Ray it trains elsewhere: what is missing here only leaves chats without an answer.
    """
    from fttui.server.engines.probe import ProbeError, checked_probe, program_of

    try:
        program = program_of(args.python)
        # Loading torch takes seconds, from a slow disk a minute.
        Output.of(args).message(_("Looking at what there is to train with ..."))
        return program, checked_probe(program)
    except ProbeError as error:
        if args.ray is None:
            raise
        if args.answers is None:
            Output.of(args).message(
                _(
                    "{error} So no chat is answered here, unless --answers names a server for it.",
                    error=safe(error.sentence),
                )
            )
        return args.python, None


def _recipe(args: argparse.Namespace) -> dict[str, Any]:
    if args.recipe is None:
        return {}
    try:
        recipe = json.loads(args.recipe.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else _("it is no JSON")
        raise UsageError(
            _("{path} cannot be read: {why}.", path=safe_path(args.recipe), why=safe(why or error))
        ) from None
    if not isinstance(recipe, dict):
        raise UsageError(_("{path} is no JSON object.", path=safe_path(args.recipe)))
    return recipe


def _tell(output: Output, args: argparse.Namespace, models: Path, found: Probe | None) -> None:
    """Say what there is to train with."""
    from fttui.server.folder_models import FolderCatalogue

    if found is not None and args.ray is None:
        versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
        output.message(
            _(
                "Engine local: {python}, {versions}.",
                python=safe(args.python),
                versions=safe(versions),
            )
        )
        output.message(_("Device: {device}.", device=safe(found.summary())))
    names = [name for name, _model in FolderCatalogue(models).listed()]
    if not names:
        output.message(
            _(
                "There is no model in {path} yet: a folder with config.json and *.safetensors.",
                path=safe_path(models),
            )
        )
        return
    shown = ", ".join(names[:_SHOWN_MODELS])
    further = len(names) - _SHOWN_MODELS
    more = _(" and {count} more", count=further) if further > 0 else ""
    output.message(_("Models: {shown}{more}.", shown=safe(shown), more=more))


def _data(args: argparse.Namespace) -> Path:
    if args.data is not None:
        return Path(args.data).absolute()
    from fttui.storage.folders import data_folder

    return data_folder() / "serve"


def _key(args: argparse.Namespace) -> str | None:
    """The key that is to be asked for; None leaves it to the one in the data folder."""
    if args.api_key_file is None:
        return None
    from fttui.storage.credentials import read_key_file

    return read_key_file(args.api_key_file.expanduser()).reveal()
