"""A sandbox with as many files as asked for, a job for every tenth; prints its address and key."""

import signal
import sys

from fttui.server import SandboxConfig, SandboxServer, fill_with_samples, seed_many_jobs
from fttui.server.files import add_file
from fttui.server.samples.jobs import on_state

DAY = 86_400


def add_files(sandbox, count):
    """Add `count` files, an hour apart; every seventh expires."""
    now = sandbox.clock.now()
    with sandbox.database.transaction():
        for place in range(count):
            add_file(
                sandbox,
                filename=f"train-{place:05}.jsonl",
                purpose="fine-tune" if place % 5 else "batch",
                size=1_000 + 977 * place,
                created_at=now - 3_600 * (count - place),
                lifetime=None if place % 7 else 900 * DAY,
            )


with SandboxServer(SandboxConfig()) as server:
    fill_with_samples(server)
    seed_many_jobs(server, int(sys.argv[1]) // 10)
    on_state(server, lambda sandbox: add_files(sandbox, int(sys.argv[1])))
    print(server.base_url, server.api_key, flush=True)
    signal.pause()
