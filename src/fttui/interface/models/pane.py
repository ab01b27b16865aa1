"""The tab "Models"."""

from __future__ import annotations

from fttui.interface.kit.opened_pane import OpenedPane


class ModelsPane(OpenedPane):
    """Shows models, and asks the app's utilities for everything else."""
