"""Archives made by hand, so that what reads them is tried without what writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

WHEN = "2026-11-26T13:00:00Z"
_CREATED = 1_790_000_000
_UNLISTED = ("index.json", "archive.lock", "unfinished.json")

Record = Mapping[str, Any]


def job_record(number: int, **told: Any) -> dict[str, Any]:
    """A succeeded job as an endpoint tells it; `told` replaces parts of it."""
    return {
        "object": "fine_tuning.job",
        "id": f"ftjob-{number:04}",
        "status": "succeeded",
        "model": "gpt-4.1-mini-2025-04-14",
        "fine_tuned_model": f"ft:gpt-4.1-mini-2025-04-14:org:desk-{number}:{number:04}",
        "created_at": _CREATED + 1000 * number,
        "finished_at": _CREATED + 1000 * number + 600,
        "hyperparameters": {"n_epochs": 3, "batch_size": 1},
        "training_file": f"file-{number:04}",
        "validation_file": None,
        "result_files": [],
        "trained_tokens": 1000 + number,
        **told,
    }


def event_records(job: str, count: int) -> list[dict[str, Any]]:
    """Events of a job, the oldest first, each with the metrics of its step."""
    return [
        {
            "object": "fine_tuning.job.event",
            "id": f"ftevent-{job}-{step}",
            "created_at": _CREATED + step,
            "level": "info",
            "type": "metrics",
            "message": f"Step {step}/{count}: training loss={2 / step:.2f}",
            "data": {"step": step, "total_steps": count, "train_loss": 2 / step},
        }
        for step in range(1, count + 1)
    ]


def write_archive(
    folder: Path,
    jobs: int | Sequence[Record] = 2,
    *,
    events: int = 3,
    files: Mapping[str, bytes] | None = None,
    models: Sequence[Record] = ({"id": "gpt-4.1", "shutdown_date": "2027-01-14"},),
    notes: Sequence[Record] = (),
    host: str = "api.openai.com",
    version: int = 1,
    missing: Sequence[Record] = (),
) -> Path:
    """Write an archive of jobs, newest first, and of files by id; ids must be safe names."""
    records = [job_record(n) for n in range(jobs, 0, -1)] if isinstance(jobs, int) else list(jobs)
    contents = {"file-0001": b'{"messages":[]}\n'} if files is None else files
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for record in records:
        _write_job(folder / "jobs" / record["id"].lower(), record, events)
    file_lines = [_write_file(folder, name, content) for name, content in contents.items()]
    job_lines = [
        {"id": one["id"], "folder": f"jobs/{one['id'].lower()}", "record": one} for one in records
    ]
    _write_lines(folder / "jobs.jsonl", job_lines)
    _write_lines(folder / "files.jsonl", file_lines)
    _write_lines(folder / "models.jsonl", [{"id": one["id"], "record": one} for one in models])
    _write_lines(folder / "notes.jsonl", notes)
    _write(folder / "index.html", b"<!DOCTYPE html>\n<title>jobs</title>\n")
    _write(folder / "archive.lock", b"")
    counts = {"jobs": len(records), "files": len(contents), "models": len(models)}
    write_index(folder, host=host, version=version, counts=counts, missing=missing)
    return folder


def write_index(
    folder: Path,
    *,
    host: str = "api.openai.com",
    version: int = 1,
    counts: Record | None = None,
    missing: Sequence[Record] = (),
    entries: Sequence[Record] | None = None,
) -> None:
    """Write the index of what is in `folder`, or with other `entries` in its list."""
    listed = entry_records(folder) if entries is None else entries
    told = {"things": len(listed), "saved": len(listed), **(counts or {})}
    head = {
        "format": "fttui-archive",
        "version": version,
        "host": host,
        "base_url": f"https://{host}/v1",
        "account": "1a2b3c4d",
        "saved": WHEN,
        "fttui": "0.1.0",
        "counts": told,
    }
    lines = ["{", *(f"{json.dumps(key)}: {json.dumps(value)}," for key, value in head.items())]
    for name, things in (("missing", missing), ("files", listed)):
        inside = ",\n".join(map(json.dumps, things))
        lines += [f'"{name}": [', *([inside] if inside else []), "],"]
    body = "\n".join(lines).encode() + b"\n"
    digest = sha256(body).hexdigest().encode()
    _write(folder / "index.json", body + b'"sha256": "' + digest + b'"\n}\n')


def entry_records(folder: Path) -> list[dict[str, Any]]:
    """What the index lists of the files in `folder`, by rising path."""
    found = []
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in _UNLISTED:
            found.append({"path": name, **_digest(path.read_bytes()), "source": "", "when": WHEN})
    return sorted(found, key=lambda one: str(one["path"]))


def _write_job(folder: Path, record: Record, events: int) -> None:
    told = event_records(record["id"], events)
    losses = [f"{one['data']['step']},{one['data']['train_loss']}\n" for one in told]
    _write(folder / "job.json", json.dumps(record).encode() + b"\n")
    _write_lines(folder / "events.jsonl", told)
    _write_lines(folder / "checkpoints.jsonl", [])
    _write(folder / "metrics.csv", "".join(["step,train_loss\n", *losses]).encode())
    _write(folder / "index.html", b"<!DOCTYPE html>\n<title>job</title>\n")
    parts = [
        {"name": path.name, **_digest(path.read_bytes()), "source": "", "when": WHEN}
        for path in sorted(folder.iterdir())
    ]
    saved = {"id": record["id"], "final": True, "files": parts, "results": [], "missing": []}
    _write(folder / "saved.json", json.dumps(saved).encode() + b"\n")


def _write_file(folder: Path, name: str, content: bytes) -> dict[str, Any]:
    digest = _digest(content)
    path = f"contents/{digest['sha256']}.jsonl"
    _write(folder / path, content)
    place = {"path": path, **digest, "source": f"GET /files/{name}/content", "when": WHEN}
    saved = {"id": name, "content": place, "decoded": None, "redacted": False, "missing": []}
    _write(folder / "files" / name / "saved.json", json.dumps(saved).encode() + b"\n")
    record = {
        "object": "file",
        "id": name,
        "filename": f"{name}.jsonl",
        "bytes": len(content),
        "purpose": "fine-tune",
        "created_at": _CREATED,
    }
    return {"id": name, "folder": f"files/{name}", "record": record}


def _digest(content: bytes) -> dict[str, Any]:
    return {"sha256": sha256(content).hexdigest(), "size": len(content)}


def _write_lines(path: Path, values: Sequence[Record]) -> None:
    _write(path, b"".join(json.dumps(value).encode() + b"\n" for value in values))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o600)
