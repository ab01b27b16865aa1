"""fttui's own files, which only their owner can read, written whole or not at all."""

from pathlib import Path

from fttui.disk.writing import replace_file


def write_private(path: Path, data: str | bytes) -> None:
    """Put `data` into `path` with mode 0600: after a crash it holds the old or the new content.

    A symlink at `path` is replaced, never followed. Text is written as UTF-8, lone
    surrogates as `?`. Raises OSError.
    """
    replace_file(path, data.encode("utf-8", "replace") if isinstance(data, str) else data)
