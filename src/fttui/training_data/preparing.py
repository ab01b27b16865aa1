"""Beginning what a check will need while the modules of the check are still being imported."""

from pathlib import Path

from fttui.training_data.models import encoding_of
from fttui.training_data.profile import IN_PROCESS, IN_PROCESS_WITH_TOKENS

_HEAD = 1 << 20


def prepare(path: str, *, model: str | None, count_tokens: bool) -> None:
    """Start workers for a large file, or load the vocabulary for a small one.

    Only for a program that checks this file next, and no validation file with it. Whatever is
    wrong with the file is left to the check.
    """
    encoding = encoding_of(model)[0] if count_tokens else ""
    try:
        file = Path(path)
        size = file.stat().st_size if file.is_file() else 0
        head = b""
        if size and encoding:
            with file.open("rb") as opened:
                head = opened.read(_HEAD)
    except (OSError, ValueError):
        return
    warm = not head.isascii() or b"\\u" in head
    if size >= (IN_PROCESS_WITH_TOKENS if encoding else IN_PROCESS):
        from fttui.training_data.worker_start import start_ahead

        start_ahead(encoding, warm=warm)
    elif size and encoding:
        from fttui.training_data.vocabulary import load_ahead

        load_ahead(encoding, warm=warm)
