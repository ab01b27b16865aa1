"""The file that a copied text goes to when no clipboard can be reached."""

from pathlib import Path

from fttui.storage.atomic import write_private
from fttui.storage.folders import private_folder, state_folder


def save_copied_text(text: str) -> Path:
    """Write `text` to `clipboard.txt` (0600) in the state folder; OSError or FolderRefused."""
    path = private_folder(state_folder()) / "clipboard.txt"
    write_private(path, text)
    return path
