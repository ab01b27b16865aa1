"""Uploads measured against curl, and the create call measured against every fault.

    python benchmarks/upload/run.py [sink] [speed] [memory] [kill] [faults]  (all without a name)

sink    500 MB to a sink that keeps nothing: curl and fttui in one piece, in parts, and
        `fttui files upload`; wall and CPU seconds, medians of 5 by turns (sink:2 for 2 turns)
speed   500 MB to one sandbox: curl, fttui in parts, fttui in one piece; medians of 5, alternating
memory  peak memory of a 500 MB and of an 8 GB upload (the latter to a sink that keeps nothing)
kill    SIGKILL at 50 % of a 500 MB upload, then resume: bytes that went over the wire twice
faults  jobs that one create call makes under each fault: fttui, and the SDK with its defaults
Writes RESULTS.md beside this file when all of them run.
"""

import contextlib
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from relay import Relay
from sink import serve_sink

from fttui.services.submission.types import UploadOptions

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
MIB = 1024 * 1024
SIZE = 500 * MIB
PYTHON = sys.executable


@contextlib.contextmanager
def sandbox():
    """Base URL and key of a sandbox process."""
    with tempfile.TemporaryDirectory() as data:
        process = subprocess.Popen(
            [PYTHON, "-m", "fttui.server", "--json", "--data", data],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            found = json.loads(process.stdout.readline())
            yield found["base_url"], found["api_key"], process
        finally:
            process.terminate()
            process.wait()


def write_file(path, size):
    """About `size` bytes of chat examples."""
    row = {"messages": [{"role": "user", "content": ""}, {"role": "assistant", "content": "ok"}]}
    with path.open("w") as file:
        number = 0
        while file.tell() < size:
            row["messages"][0]["content"] = f"{number} " + "lorem ipsum dolor " * 40
            file.write((json.dumps(row) + "\n") * 200)
            number += 1


def digests(path):
    """SHA-256 and MD5, as a check of the file would have told them."""
    sha256, md5 = hashlib.sha256(), hashlib.md5()
    with path.open("rb") as file:
        while chunk := file.read(MIB):
            sha256.update(chunk)
            md5.update(chunk)
    return f"{sha256.hexdigest()} {md5.hexdigest()}"


def upload(base_url, key, path, told, way="parts", submission="", die_at=None, journal=None):
    """Run the uploader; what it printed, or None when it was killed."""
    with tempfile.TemporaryDirectory() as fresh:
        arguments = [base_url, key, journal or fresh, path, submission or str(uuid.uuid4()), way]
        arguments += [die_at] if die_at else []
        done = subprocess.run(
            [PYTHON, HERE / "uploader.py", *map(str, arguments)],
            input=told,
            capture_output=True,
            text=True,
        )
    if die_at:
        return None
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def curl(base_url, key, path):
    """Seconds that curl takes for the same file."""
    done = subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", "-w", "%{time_total}", "-H",
         f"Authorization: Bearer {key}", "-H", "Expect:", "-F", "purpose=fine-tune", "-F",
         f"file=@{path};type=application/jsonl", f"{base_url}/files"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout)


def curl_parts(base_url, key, path, md5):
    """Seconds that curl takes for the same calls as fttui: as large parts, three at a time, md5.

    The file is cut before the clock starts, and curl hashes nothing.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        part_size = UploadOptions().part_size(path.stat().st_size)
        subprocess.run(
            ["split", "-b", str(part_size), "-a", "3", path, folder / "part"], check=True
        )
        parts = sorted(folder.glob("part*"))
        started = time.monotonic()
        size = path.stat().st_size
        announced = {"bytes": size, "filename": "t.jsonl", "mime_type": "application/jsonl"}
        upload = post(base_url, key, "/uploads", {**announced, "purpose": "fine-tune"})
        lines = []
        for part in parts:
            lines += [
                f'url = "{base_url}/uploads/{upload["id"]}/parts"',
                f'form = "data=@{part}"',
                f'output = "{part}.json"',
                f'header = "Authorization: Bearer {key}"',
                'header = "Expect:"',
                "next",
            ]
        (folder / "config").write_text("\n".join(lines[:-1]))
        config = [
            "-sS",
            "--no-progress-meter",
            "--parallel",
            "--parallel-max",
            "3",
            "-K",
            folder / "config",
        ]
        subprocess.run(["curl", *config], check=True)
        ids = [json.loads(Path(f"{part}.json").read_text())["id"] for part in parts]
        body = {"part_ids": ids, "md5": md5}
        done = post(base_url, key, f"/uploads/{upload['id']}/complete", body)
        if done["status"] != "completed":
            raise SystemExit(str(done))
        return time.monotonic() - started


def post(base_url, key, path, body):
    """The answer to a JSON request, by curl."""
    done = subprocess.run(
        ["curl", "-sS", "-H", f"Authorization: Bearer {key}", "-H",
         "Content-Type: application/json", "-d", "@-", base_url + path],
        input=json.dumps(body), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def settle(process):
    """Wait until the sandbox has looked through the file and is idle, as nothing else may be."""
    while True:
        before = cpu_seconds(process.pid)
        time.sleep(0.5)
        if cpu_seconds(process.pid) - before < 0.03:
            return


def cpu_seconds(pid):
    """CPU time of a running process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def clear(base_url, key):
    """Delete all files, so that the disk does not fill."""
    listing = subprocess.run(
        ["curl", "-sS", "-H", f"Authorization: Bearer {key}", f"{base_url}/files"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    for file in json.loads(listing.stdout)["data"]:
        subprocess.run(
            ["curl", "-sS", "-o", "/dev/null", "-X", "DELETE", "-H",
             f"Authorization: Bearer {key}", f"{base_url}/files/{file['id']}"], check=True,
        )  # fmt: skip


def measure_speed(path, told, runs=5):
    """Lines with MB/s and the ratio to curl."""
    ways = {
        "curl, one POST": lambda url, key: curl(url, key, path),
        "fttui, in one piece": lambda url, key: upload(url, key, path, told, "whole"),
        "curl, the same parts": lambda url, key: curl_parts(url, key, path, told.split()[1]),
        "fttui, in parts": lambda url, key: upload(url, key, path, told, "parts"),
    }
    seconds = {name: [] for name in ways}
    peaks = []
    with sandbox() as (url, key, process):
        for _ in range(runs):
            for name, send in ways.items():
                found = send(url, key)
                if isinstance(found, dict):
                    peaks.append(found["peak_mb"])
                    found = found["seconds"]
                seconds[name].append(found)
                settle(process)
            clear(url, key)
    size = path.stat().st_size / 1e6
    median = {name: statistics.median(found) for name, found in seconds.items()}
    best = {name: min(found) for name, found in seconds.items()}
    lines = [
        "| way | median s | best s | MB/s | against curl, one POST | against curl, same calls |",
        "|---|---|---|---|---|---|",
    ]
    for name, found in median.items():
        base, peer = "curl, one POST", "curl, the same parts" if "parts" in name else ""
        same = f"{median[peer or base] / found:.2f}x (best {best[peer or base] / best[name]:.2f}x)"
        lines.append(
            f"| {name} | {found:.2f} | {best[name]:.2f} | {size / found:.0f} "
            f"| {median[base] / found:.2f}x (best {best[base] / best[name]:.2f}x) | {same} |"
        )
    lines += [
        "",
        f"Peak memory of the uploading process: {max(peaks):.0f} MB at most. Load of the machine "
        f"({os.cpu_count()} cores) at the end: {os.getloadavg()[0]:.1f}.",
        "",
        "fttui hashes every byte while it sends it, and the sandbox stores, records and hashes "
        "every part; on a machine whose cores are busy both show against a curl that does neither. "
        "The last column compares with curl making the same calls, files cut beforehand.",
    ]
    return lines


def with_cpu(send, *arguments):
    """Wall seconds that `send` tells, and CPU seconds of the processes that it ran."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = send(*arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "cpu": cpu}


def measure_sink(path, told, runs=5):
    """Lines with wall and CPU seconds of each way to a sink, and the speed against curl."""
    with serve_sink() as url:
        to = (url, "sk-sink-0000", path)
        ways = {
            "curl, one POST": lambda: with_cpu(curl, *to),
            "fttui, in one piece": lambda: upload(*to, told, "whole"),
            "curl, the same parts": lambda: with_cpu(curl_parts, *to, told.split()[1]),
            "fttui, in parts": lambda: upload(*to, told, "parts"),
            "`fttui files upload`, after its check": lambda: upload(*to, told, "files"),
        }
        found = {name: [] for name in ways}
        for _ in range(runs):
            for name, send in ways.items():
                found[name].append(send())
    wall, cpu = (
        {name: statistics.median(one[kind] for one in ones) for name, ones in found.items()}
        for kind in ("seconds", "cpu")
    )
    lines = [
        "| way | median s | best s | CPU s | MB/s | against curl |",
        "|---|---|---|---|---|---|",
    ]
    for name in found:
        same = "curl, one POST" if name in list(ways)[:2] else "curl, the same parts"
        best = {one: min(turn["seconds"] for turn in found[one]) for one in (name, same)}
        lines.append(
            f"| {name} | {wall[name]:.2f} | {best[name]:.2f} | {cpu[name]:.2f} "
            f"| {path.stat().st_size / 1e6 / wall[name]:.0f} "
            f"| {wall[same] / wall[name]:.2f}x (best {best[same] / best[name]:.2f}x) |"
        )
    part_size = UploadOptions().part_size(path.stat().st_size) / MIB
    load = os.getloadavg()[0]
    return [
        *lines,
        "",
        f"Parts of {part_size:.0f} MiB; in parts fttui and curl make the same calls. fttui "
        "hashes every byte while it sends it, curl none. CPU seconds are those of the sender (of "
        "curl in parts with the cutting of the file), not of the sink, which takes a core of "
        f"{os.cpu_count()} for itself. Load of the machine at the end: {load:.1f}.",
    ]


def measure_memory(path, told):
    """Lines with the peak memory of a 500 MB and of a sparse 8 GB upload to a sink."""
    lines = ["| file | peak memory of the process | MB/s |", "|---|---|---|"]
    with serve_sink() as url, tempfile.TemporaryDirectory() as folder:
        huge = Path(folder) / "huge.jsonl"
        with huge.open("wb") as file:
            file.truncate(8 * 1024 * MIB)
        for file, digest in ((path, told), (huge, digests(huge))):
            found = upload(url, "sk-sink-0000", file, digest)
            size = file.stat().st_size / 1e6
            speed = size / found["seconds"]
            lines.append(f"| {size:,.0f} MB | {found['peak_mb']:.0f} MB | {speed:.0f} |")
    return lines


def measure_kill(path, told):
    """Lines with the bytes that a kill at half of the upload costs."""
    with sandbox() as (url, key, _), tempfile.TemporaryDirectory() as journal:
        port = int(url.split(":")[2].split("/")[0])
        relay = Relay(port)
        through = url.replace(str(port), str(relay.port))
        submission = str(uuid.uuid4())
        upload(through, key, path, told, submission=submission, die_at=0.5, journal=journal)
        before = relay.sent
        upload(through, key, path, told, "resume", submission, journal=journal)
    size = path.stat().st_size
    again = relay.sent - size
    window, part = UploadOptions().window, UploadOptions().part_size(size) / MIB
    return [
        f"Sent before the kill {before / MIB:.1f} MiB, after it {(relay.sent - before) / MIB:.1f} "
        f"MiB, of a file of {size / MIB:.1f} MiB: **{again / MIB:.1f} MiB went twice** (with all "
        f"headers), at most {window} parts of {part:.0f} MiB were in flight."
    ]


def measure_faults(runs=3):
    """Lines with the jobs that one wish makes, for each fault."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(
        [PYTHON, HERE / "count_jobs.py", str(runs)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


def main():
    asked = sys.argv[1:] or ["sink", "speed", "memory", "kill", "faults"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.jsonl"
        write_file(path, SIZE)
        told = digests(path)
        sections = {
            "sink": (
                "500 MB to a sink, against curl",
                lambda *runs: measure_sink(path, told, *runs),
            ),
            "speed": (
                "500 MB to the sandbox, against curl",
                lambda *runs: measure_speed(path, told, *runs),
            ),
            "memory": ("Peak memory", lambda: measure_memory(path, told)),
            "kill": ("SIGKILL at 50 % of 500 MB, then resume", lambda: measure_kill(path, told)),
            "faults": ("Jobs made by one create call, by fault", measure_faults),
        }
        text = [f"# Uploads and the create call\n\nMeasured {time.strftime('%Y-%m-%d')} by run.py."]
        for name in asked:
            name, _, turns = name.partition(":")
            title, measure = sections[name]
            lines = measure(int(turns)) if turns else measure()
            text.append(f"## {title}\n\n" + "\n".join(lines))
            print(text[-1] + "\n", flush=True)
    if not sys.argv[1:]:
        (HERE / "RESULTS.md").write_text("\n\n".join(text) + "\n")


if __name__ == "__main__":
    main()
