"""Doubts about a settings file: who else can change what says where keys and data are sent."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from fttui.terminal.language import _
from fttui.terminal.text import safe_path


def doubts_about(found: os.stat_result, path: Path, where: str) -> list[str]:
    """Warnings about who else can change the file, which says where keys and data are sent."""
    sent = _("it says where your key and data are sent")
    doubts = []
    if found.st_uid not in (os.geteuid(), 0):
        doubts.append(
            _(
                "{where} belongs to another user, and {sent}. Make it your own.",
                where=where,
                sent=sent,
            )
        )
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        doubts.append(
            _(
                "{where} can be changed by other users, and {sent}. Run: chmod go-w {where}",
                where=where,
                sent=sent,
            )
        )
    folder = path.absolute().parent
    try:
        mode = folder.stat().st_mode
    except OSError:
        return doubts
    if mode & (stat.S_IWGRP | stat.S_IWOTH) and not mode & stat.S_ISVTX:
        shown = safe_path(folder)
        doubts.append(
            _(
                "{where} can be replaced by other users, and {sent}. Run: chmod go-w {shown}",
                where=where,
                sent=sent,
                shown=shown,
            )
        )
    return doubts
