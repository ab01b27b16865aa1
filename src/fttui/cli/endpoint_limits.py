"""What the endpoint takes that a training file is meant for."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import TYPE_CHECKING

from fttui.training_data.endpoints import limits_of

if TYPE_CHECKING:
    from fttui.training_data.profile import Limits


def limits_for(args: Namespace) -> Limits:
    """The limits of the endpoint that the global options and the environment ask for.

    Nothing is sent, and no key is looked for. Raises SettingsError for settings that cannot be
    used, and for a profile that is not there.
    """
    return limits_of(_base_url(args))


def _base_url(args: Namespace) -> str | None:
    from fttui.storage.folders import config_folder

    asked = args.profile or os.environ.get("FTTUI_PROFILE", "")
    path = args.config or config_folder() / "config.toml"
    if not asked and args.config is None and not path.exists():
        return os.environ.get("OPENAI_BASE_URL", "").strip() or None
    from fttui.services.endpoint.address import EndpointRefusedError, resolve_endpoint
    from fttui.storage.settings import load_settings

    try:
        return resolve_endpoint(load_settings(path), os.environ, asked).base_url
    except EndpointRefusedError:
        # Nothing could be sent there; the file can be checked all the same.
        return None
