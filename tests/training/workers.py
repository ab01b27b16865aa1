"""Several workers of one training on this machine, as Ray Train would start and end them.

    PYTHON workers.py RUN_FOLDER COUNT [ASKED] [DISTURBED]

`DISTURBED` makes the last worker fail in that way in its third step: "memory", "killed".
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from driver import load


def main(folder: Path, count: int, asked: int, disturbed: str) -> int:
    """Starts them, ends all where one fails, and tells what came of it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    group = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(count)}
    children = [
        subprocess.Popen(
            [sys.executable, __file__, str(folder), str(count), str(asked), disturbed],
            env={
                **os.environ, **group, "RANK": str(rank), "LOCAL_RANK": str(rank),
                "LOCAL_WORLD_SIZE": str(count),
            },
        )
        for rank in range(count)
    ]  # fmt: skip
    said = ""
    while children and not said:
        process, status = os.wait()
        children = [each for each in children if each.pid != process]
        if status:
            said = f"a worker ended with {status}"
    for child in children:
        child.kill()
        child.wait()
    return int(load("distributed").ended(folder, said))


def work(folder: Path, asked: int, disturbed: str) -> None:
    """Is one of them."""
    import torch

    rank, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    torch.distributed.init_process_group("gloo", rank=rank, world_size=count)
    if disturbed and rank == count - 1:
        _disturb(disturbed)
    load("distributed").work(folder, asked)
    torch.distributed.destroy_process_group()


def _disturb(how: str) -> None:
    import torch

    trainer = load("trainers")._Sft
    original = trainer.training_step
    seen = {"calls": 0}

    def step(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen["calls"] += 1
        if seen["calls"] == 3:
            if how == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return original(self, *args, **kwargs)

    trainer.training_step = step


if __name__ == "__main__":
    named, number, *more = sys.argv[1:]
    wanted = int(more[0]) if more else int(number)
    way = more[1] if len(more) > 1 else ""
    if "RANK" in os.environ:
        work(Path(named), wanted, way)
    else:
        sys.exit(main(Path(named), int(number), wanted, way))
