"""What a program that trains or answers is told of this process's environment."""

from __future__ import annotations

import os
from collections.abc import Mapping

_TAKEN = frozenset({
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "CUDA_HOME", "CUDA_PATH",
    "CUDA_DEVICE_ORDER", "ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "PYTORCH_CUDA_ALLOC_CONF",
    "PYTORCH_ALLOC_CONF", "PYTORCH_ENABLE_MPS_FALLBACK", "HF_HOME", "HF_HUB_CACHE",
    "XDG_CACHE_HOME", "TRITON_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR",
})  # fmt: skip
_TAKEN_BEGINNINGS = ("LC_",)


def child_environment(environ: Mapping[str, str], *, threads: int | None = None) -> dict[str, str]:
    """The few variables that such a program needs; never a key. `threads` are OpenMP's."""
    taken = {
        name: value
        for name, value in environ.items()
        if name in _TAKEN or name.startswith(_TAKEN_BEGINNINGS)
    }
    return taken | {
        "OMP_NUM_THREADS": str(threads or _idle_cores()),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _idle_cores() -> int:
    """Real cores with nothing to do, at least one: threads on busy ones cost several times more."""
    cores = os.cpu_count() or 1
    busy = os.getloadavg()[0]
    return max(1, int(cores - busy) // 2)
