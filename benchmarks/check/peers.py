"""An environment with what a user would take instead: together's check, tiktoken, and a vocabulary.

The packages stay out of fttui's own environment. tiktoken has no vocabulary in its wheel and would
download one; here it gets the files of the bpe-openai wheel, which it verifies by their SHA-256.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGES = ("together==3.1.1", "tiktoken==0.14.0", "bpe-openai==0.1.4", "orjson==3.13.0")
PLACE = Path(tempfile.gettempdir()) / "fttui-benchmark-peers"
_URL = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
ENCODINGS = ("o200k_base", "cl100k_base")


def python() -> Path:
    """The interpreter of the environment, which is made when it is not there."""
    interpreter = PLACE / "bin" / "python"
    if not (PLACE / "ready").exists():
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        subprocess.run(["uv", "venv", "-q", "--clear", "--python", version, PLACE], check=True)
        install = ["uv", "pip", "install", "-q", "--python", interpreter, *PACKAGES]
        subprocess.run(install, check=True)
        _fill_cache(interpreter)
        (PLACE / "ready").touch()
    return interpreter


def environment() -> dict[str, str]:
    """The variables with which tiktoken finds its vocabulary offline."""
    return {**os.environ, "TIKTOKEN_CACHE_DIR": str(PLACE / "vocabularies")}


def _fill_cache(interpreter: Path) -> None:
    """Put each vocabulary where tiktoken keeps what it has downloaded."""
    ask = "import bpe_openai.data, os; print(os.path.dirname(bpe_openai.data.__file__))"
    found = subprocess.run([interpreter, "-c", ask], capture_output=True, text=True, check=True)
    cache = PLACE / "vocabularies"
    cache.mkdir(exist_ok=True)
    for encoding in ENCODINGS:
        packed = Path(found.stdout.strip()) / f"{encoding}.tiktoken.gz"
        name = hashlib.sha1(_URL.format(encoding).encode(), usedforsecurity=False).hexdigest()
        (cache / name).write_bytes(gzip.decompress(packed.read_bytes()))
