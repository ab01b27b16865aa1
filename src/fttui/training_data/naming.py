"""The name under which a training file is sent."""

import os
import re
from pathlib import Path

_UNWANTED = re.compile(r"[^A-Za-z0-9._-]+")
_EXTENSION = ".jsonl"
_LONGEST_STEM = 64


def upload_name(path: str | Path) -> str:
    """Reduce a local path to `[A-Za-z0-9._-]{1,64}` and `.jsonl`.

    Folders, personal characters and anything that a server or a terminal could read as more
    than a name stay at home.
    """
    name = os.fsencode(Path(path).name).decode("ascii", "replace")
    stem = name[: -len(_EXTENSION)] if name.lower().endswith(_EXTENSION) else name
    stem = _UNWANTED.sub("_", stem).strip("._-")[:_LONGEST_STEM]
    return (stem or "training") + _EXTENSION
