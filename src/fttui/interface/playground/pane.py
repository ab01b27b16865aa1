"""The tab "Playground"."""

from __future__ import annotations

from fttui.interface.kit.opened_pane import OpenedPane


class PlaygroundPane(OpenedPane):
    """Shows answers, and asks the app's utilities for everything else."""
