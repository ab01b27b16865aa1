"""Bytes and times of the screen, side by side with plain Textual, on a pseudo-terminal.

    python benchmarks/screen/run.py [cursor] [starts] [many] [check] [paint]

cursor  bytes that one press of `j` sends in a list of 100 jobs at 120x40
starts  10,000 jobs, 5 starts without and 5 with a last known list, by turns: from the first paint
        to the first rows (the list is asked for then) and to all of them from the endpoint, the
        worst answer to a key meanwhile, CPU, and what a page costs the endpoint
many    10,000 jobs: a key of the filter, and a key of sorting; the same for a DataTable that is
        filled and refilled
check   the answer to a letter typed into a field while 1 GB is checked with tokens
paint   first paint against a Textual hello-world, 7 runs each, alternating

All of it takes about four minutes. Times are medians; compare only within one run.
"""

import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "check"))
from data import write
from pty_run import PYTHON, PtyRun, environment, here

SIZE = (120, 40)
FTTUI = [PYTHON, "-m", "fttui"]
BACK = (b"\x7f",)


@contextmanager
def jobs(count):
    """Address and key of a sandbox process with `count` jobs."""
    process = subprocess.Popen(
        [PYTHON, here("serve_jobs.py"), str(count)], stdout=subprocess.PIPE, text=True
    )
    try:
        yield process.stdout.readline().split()
    finally:
        process.kill()
        process.wait()


def cursor_bytes(run, presses=30):
    """Median bytes of a press of `j`: painted at once, and until all is quiet again."""
    at_once, settled = [], []
    for _ in range(presses):
        before = run.total
        run.press(b"j")
        time.sleep(0.1)
        at_once.append(run.total - before)
        run.settle(0.4)
        settled.append(run.total - before)
    return statistics.median(at_once), statistics.median(settled), max(settled)


def measure_cursor():
    """Print the bytes of a cursor move for the list and for a DataTable."""
    with jobs(100) as (url, key), environment(url, key) as env:
        for label, more in (("default theme", {}), ("ansi theme, over SSH", {"SSH_TTY": "x"})):
            run = PtyRun(FTTUI, env | more, SIZE)
            run.wait_for("Create")
            run.press(b"\x1bOR")
            run.wait_for("Jobs 100")
            run.settle(1.0)
            print(f"fttui, {label}: {line(cursor_bytes(run))}")
            before = run.total
            run.press(b"j" * 8)
            run.settle(0.6)
            print(f"fttui, {label}: 8 presses in a row: {run.total - before} B in all")
            run.end()
    with environment() as env:
        run = PtyRun([PYTHON, here("plain_table.py")], env, SIZE)
        run.wait_for("ftjob-")
        run.settle(1.0)
        for _ in range(2):
            run.press(b"\x1b[B")
        run.settle()
        print(f"DataTable: {line(arrow_bytes(run))}")
        run.end()


def arrow_bytes(run, presses=30):
    """As `cursor_bytes`, with the arrow key that a DataTable knows."""
    at_once = []
    for _ in range(presses):
        before = run.total
        run.press(b"\x1b[B")
        run.settle(0.15)
        at_once.append(run.total - before)
    return statistics.median(at_once), statistics.median(at_once), max(at_once)


def line(figures):
    """The figures of a cursor move in words."""
    at_once, settled, worst = figures
    return f"{at_once:.0f} B at once, {settled:.0f} B with the panel, {worst} B at most"


COUNT = 10_000


def measure_starts(turns=5):
    """Print what stands between the first paint and the list, new to this machine or known."""
    figures = {"no list known": [], "last known list": []}
    with jobs(COUNT) as (url, key):
        pages = page_costs(url, key)
        with environment(url, key) as known:
            start_figures(known)  # from here on there is a list
            for _ in range(turns):
                with environment(url, key) as new:
                    figures["no list known"].append(start_figures(new))
                figures["last known list"].append(start_figures(known))
    print(f"{COUNT} jobs, medians of {turns} starts, by turns; times from the first paint on")
    for label, starts in figures.items():
        painted, rows, everything, median, worst, cpu = map(
            statistics.median, zip(*starts, strict=True)
        )
        print(
            f"{label}: first paint {painted:.2f} s, rows {rows * 1000:.0f} ms, all of the endpoint"
            f" {everything:.2f} s, a key meanwhile {median * 1000:.0f} ms, worst {worst * 1000:.0f}"
            f" ms (of all starts {max(start[4] for start in starts) * 1000:.0f}), CPU {cpu:.2f} s"
        )
    print(f"a page of 100 ended jobs: {line_ms(pages[:100])} at first, {line_ms(pages[100:])} then")


def page_costs(url, key):
    """Seconds that each page of all jobs takes, read twice in a row."""
    import json
    from urllib.request import Request, urlopen

    costs, after = [], ""
    for _ in range(2 * COUNT // 100):
        address = f"{url}/fine_tuning/jobs?limit=100{after}"
        began = time.perf_counter()
        with urlopen(Request(address, headers={"Authorization": f"Bearer {key}"})) as answer:
            body = answer.read()
        costs.append(time.perf_counter() - began)
        page = json.loads(body)
        after = f"&after={page['data'][-1]['id']}" if page["has_more"] else ""
    return costs


def start_figures(env):
    """First paint, then rows, all rows, median and worst key, and CPU until all are there."""
    run = PtyRun(FTTUI, env, SIZE)
    painted = run.wait_for("Create Fine-Tuning Job")
    run.press(b"\x1bOR")
    rows = run.wait_for("▸")
    waits = []
    while f"Jobs {COUNT} · newest" not in tail(run) and time.perf_counter() - run.began < 120:
        waits.append(run.latency(b"j"))
        time.sleep(0.05)
    everything, cpu = time.perf_counter() - run.began, run.cpu_seconds()
    run.settle(1.0)  # the list is written
    run.end()
    return (
        painted,
        rows - painted,
        everything - painted,
        statistics.median(waits),
        max(waits),
        cpu,
    )


def measure_many():
    """Print what a key of the filter and of sorting costs with 10,000 rows."""
    with jobs(COUNT) as (url, key), environment(url, key) as env:
        run = PtyRun(FTTUI, env, SIZE)
        run.wait_for("Create Fine-Tuning Job")
        run.press(b"\x1bOR")
        run.wait_for(f"Jobs {COUNT} · newest")
        run.settle(1.0)
        quiet = [run.latency(b"j") for _ in range(30) if time.sleep(0.1) is None]
        sorts = [filter_wait(run, key) for key in (b"s", b"S", b"s", b"s", b"S")]
        run.press(b"/")
        run.settle(0.5)
        typed = [filter_wait(run, key) for key in (b"r", b"u", b"n", b"-", b"7", b"7", *BACK * 6)]
        run.end()
    print(f"{COUNT} jobs: a key that moves the cursor: {line_ms(quiet)}")
    print(f"a key of the filter: {line_ms(typed)}; of sorting: {line_ms(sorts)}")
    measure_plain_many(COUNT)


def filter_wait(run, key):
    """Seconds from a key of the filter to the first that comes out; then all comes to rest."""
    wait = run.latency(key)
    run.settle(0.4)
    return wait


def measure_plain_many(count):
    """Print how long a DataTable with as many rows lets a key wait, filled and refilled."""
    with environment() as env:
        run = PtyRun([PYTHON, here("plain_table.py"), str(count)], env, SIZE)
        rows = run.wait_for("ftjob-", timeout=120.0)
        first = run.latency(b"\x1b[B", timeout=60.0)
        run.settle(2.0)
        cpu = run.cpu_seconds()
        refills = [filter_wait(run, b"f") for _ in range(3)]
        run.end()
    print(f"DataTable: rows {rows:.2f} s, first key after them {first * 1000:.0f} ms, ", end="")
    print(f"{cpu:.2f} s of CPU so far; refilled with half of them: {line_ms(refills)}")


def line_ms(waits):
    """Waits in words."""
    return f"median {statistics.median(waits) * 1000:.0f} ms, worst {max(waits) * 1000:.0f} ms"


def tail(run):
    """The last text that was sent."""
    return b"".join(data for _, data in run.arrivals[-40:]).decode(errors="replace")


def measure_check(megabytes=1000):
    """Print how long a letter waits for its field while a large file is checked."""
    with TemporaryDirectory() as folder, jobs(14) as (url, key), environment(url, key) as env:
        path = write(Path(folder) / "large.jsonl", megabytes)
        run = PtyRun(FTTUI, env, SIZE)
        run.wait_for("Create Fine-Tuning Job")
        run.press(f"{path}\r\t\t".encode())
        run.wait_for("Checking", timeout=20.0)
        time.sleep(1.0)
        waits, end = [], time.perf_counter() + 5.0
        while time.perf_counter() < end:
            since, sent = len(run.arrivals), time.perf_counter()
            run.press(b"~")
            answered = run.wait_for("~", since=since)
            waits.append(run.began + answered - sent)
            run.press(BACK[0])
            time.sleep(0.05)
        run.end()
    print(f"a letter while {megabytes} MB are checked: {line_ms(waits)} ({len(waits)} letters)")


def measure_paint(runs=7):
    """Print the first paint of the app and of a hello-world, and their ratio."""
    ours, hello = [], []
    with jobs(14) as (url, key), environment(url, key) as env:
        for _ in range(runs):
            for command, mark, times in (
                ([PYTHON, here("hello.py")], "Hello", hello),
                (FTTUI, "Create Fine-Tuning Job", ours),
            ):
                run = PtyRun(command, env, SIZE)
                times.append(run.wait_for(mark))
                run.end()
    ours_ms, hello_ms = statistics.median(ours) * 1000, statistics.median(hello) * 1000
    print(f"first paint: fttui {ours_ms:.0f} ms, hello-world {hello_ms:.0f} ms: ", end="")
    print(f"{ours_ms / hello_ms:.2f}x")


if __name__ == "__main__":
    measures = {
        "cursor": measure_cursor,
        "starts": measure_starts,
        "many": measure_many,
        "check": measure_check,
        "paint": measure_paint,
    }
    for name in sys.argv[1:] or measures:
        measures[name]()
