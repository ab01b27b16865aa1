"""A sandbox with as many jobs as asked for; prints its address and key, then serves."""

import signal
import sys

from fttui.server import SandboxConfig, SandboxServer, seed_many_jobs

with SandboxServer(SandboxConfig()) as server:
    seed_many_jobs(server, int(sys.argv[1]))
    print(server.base_url, server.api_key, flush=True)
    signal.pause()
