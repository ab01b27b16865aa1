"""Opens what a server keeps, with the kind of jobs and models that its config asks for."""

from __future__ import annotations

from .config import SandboxConfig
from .state import Sandbox


def open_sandbox(config: SandboxConfig) -> Sandbox:
    """A server's state; raises StartError when it cannot be had."""
    serve = config.serve
    if serve is None:
        from .catalogue import OpenAICatalogue
        from .jobs.planned import PlannedJobs

        return Sandbox(config, OpenAICatalogue(), PlannedJobs)
    from .folder_models import FolderCatalogue
    from .jobs.running import RecordedJobs

    catalogue = FolderCatalogue(serve.models)
    return Sandbox(config, catalogue, lambda sandbox: RecordedJobs(sandbox, serve))
