"""The tab "Files"."""

from __future__ import annotations

from fttui.interface.kit.opened_pane import OpenedPane


class FilesPane(OpenedPane):
    """Shows files, and asks the app's utilities for everything else."""
