"""How long a key takes in the events of a job of 50,000 steps: processor time, worst of many.

`uv run python benchmarks/events/run.py [EVENTS]` prints a line a key; nothing is sent anywhere.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "tests")]

from tests.interface.jobs.jobs_host import JobsHost, make_events, make_job  # noqa: E402

from fttui.interface.jobs.events_view import EventsView  # noqa: E402
from fttui.interface.messages import JobEvents, JobHistoryRead  # noqa: E402

KEYS = ("j", "ctrl+d", "G", "k", "g", "o", "i", "i", "f", "f", "f", "n")


async def main(count: int) -> None:
    """Open the details and press each key 20 times; the screen is painted after each."""
    job = make_job(1, "running")
    app = JobsHost([job])
    events = make_events(count, count)
    app.utils.histories[job.id] = JobHistoryRead(job, events, (), is_whole=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.5)
        await pilot.press("enter")
        await pilot.pause(1.0)
        await pilot.press("2")
        await pilot.pause(0.5)
        view = app.screen.query_one(EventsView)
        print(f"{view.total:,} events")
        began = time.process_time()
        view.seek("step 77")
        print(f"search    {1000 * (time.process_time() - began):6.1f} ms, {view.matches:,} found")
        for key in KEYS:
            took = []
            for _ in range(20):
                began = time.process_time()
                await pilot.press(key)
                took.append(1000 * (time.process_time() - began))
            print(f"{key:9} {sorted(took)[10]:6.1f} ms, worst {max(took):6.1f}")
        for number in range(3):
            news = make_events(count + 1 + number, count)[:1]
            began = time.process_time()
            app.tell(JobEvents(job.id, news))
            await pilot.pause()
            print(f"a new one {1000 * (time.process_time() - began):6.1f} ms")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000))
