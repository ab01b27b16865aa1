"""What `fttui serve` has to do with Ray: its options, and what is looked at before the start."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.cli.output import Output
from fttui.cli.parser import positive_int
from fttui.cli.problems import UsageError
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.server.engines import Engine
    from fttui.server.engines.ray_api import RayApi

_MOST = 100_000.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what decides how jobs are trained on a Ray cluster."""
    parser.add_argument(
        "--ray",
        metavar="URL",
        help=_(
            "train on the Ray cluster with this dashboard, by https or through a tunnel; it sees "
            "DATA, DIR and --python by the same paths. Its token is in RAY_AUTH_TOKEN, or in the "
            "file that RAY_AUTH_TOKEN_PATH names"
        ),
    )
    parser.add_argument(
        "--ray-cpus",
        metavar="N",
        type=_amount,
        help=_("CPUs that Ray reserves for a job, or for each of its workers; 1 by default"),
    )
    parser.add_argument(
        "--ray-gpus",
        metavar="N",
        type=_amount,
        help=_("GPUs that Ray reserves for a job, or for each of its workers; none by default"),
    )
    parser.add_argument(
        "--ray-workers",
        metavar="N",
        type=positive_int,
        help=_(
            "have each job trained by N workers that share its batches, through Ray Train; "
            "1 by default"
        ),
    )


def _amount(text: str) -> float:
    """How much of something a job takes: a number from 0 on."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= _MOST:
        raise argparse.ArgumentTypeError(_("{text!r} is not a number from 0 on", text=text))
    return number


def refuse_alone(args: argparse.Namespace) -> None:
    """Raises UsageError for what says how Ray is to be used where it is not used."""
    for name in ("ray_cpus", "ray_gpus", "ray_workers"):
        if getattr(args, name) is not None:
            raise UsageError(_("--{name} needs --ray URL.", name=name.replace("_", "-")))


def engine(args: argparse.Namespace, data: Path) -> Callable[[Path], Engine]:
    """What makes the engine; asks Ray first, and tells what it found. Raises UsageError.

    A cluster that does not answer now may later: the server then starts, and its jobs wait.
    """
    from fttui.server.engines.ray import RayEngine

    cpus, gpus = (1.0 if args.ray_cpus is None else args.ray_cpus), args.ray_gpus or 0.0
    workers = args.ray_workers or 1
    if workers > 1 and gpus not in (0, 1):
        raise UsageError(
            _("Each of several workers trains on one GPU or on none."),
            _("Give --ray-gpus 1 with --ray-workers, or leave it out."),
        )
    python = _python_there(args.python)
    api = _asked(args, cpus * workers, gpus * workers)
    Output.of(args).message(
        _(
            "Ray's machines must see {data}, {models} and {python} by these paths.",
            data=safe_path(data),
            models=safe_path(args.models.absolute()),
            python=safe(python),
        )
    )
    return lambda runs: RayEngine(
        runs, api, python, cpus=cpus, gpus=gpus, workers=workers, places=args.parallel
    )


def _asked(args: argparse.Namespace, cpus: float, gpus: float) -> RayApi:
    """The cluster's API, once it was asked who it is; `cpus` and `gpus` are those of a job."""
    from fttui.server.engines import EngineUnavailable
    from fttui.server.engines.ray_api import RayApi, RayRefusedError, RayTokenError, token_from

    output = Output.of(args)
    try:
        api = RayApi(args.ray, token_from(os.environ))
        version = api.version()
    except (RayRefusedError, RayTokenError) as error:
        hint = error.hint if isinstance(error, RayRefusedError) else ""
        sentence = error.sentence if isinstance(error, RayRefusedError) else str(error)
        raise UsageError(safe(sentence), safe(hint)) from None
    except EngineUnavailable as error:
        output.message(_("{error} Jobs wait until it answers.", error=safe(error)))
    else:
        output.message(
            _(
                "Engine ray: Ray {version} at {url}, {cpus:g} CPUs and {gpus:g} GPUs a job.",
                version=safe(version),
                url=safe(api.url),
                cpus=cpus,
                gpus=gpus,
            )
        )
    return api


def _python_there(python: str) -> str:
    """The interpreter as Ray's machines are to find it: a name stays one."""
    return str(Path(python).expanduser().absolute()) if "/" in python else python
