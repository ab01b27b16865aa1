"""An archive made by hand, small and sound, for tests that read one or break one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

HOST = "api.example.com"
SAVED = "2026-11-26T13:00:00Z"
LABEL = f"archive of {HOST}, saved 2026-11-26"
RESULT = "step,train_loss\n1,2.5\n2,1.25\n"
TRAINING = '{"messages": []}\n'


def job(number: int, status: str = "succeeded", **more: object) -> dict[str, Any]:
    """The record of a job; a higher number is newer."""
    done = status == "succeeded"
    return {
        "object": "fine_tuning.job",
        "id": f"ftjob-{number:04}",
        "model": "gpt-4.1-mini-2025-04-14",
        "created_at": 1_780_000_000 + number,
        "finished_at": 1_780_003_600 + number if status != "running" else None,
        "fine_tuned_model": f"ft:gpt-4.1-mini:org:desk{number}:x" if done else None,
        "status": status,
        "training_file": "file-train",
        "validation_file": None,
        "result_files": ["file-result"] if done else [],
        "trained_tokens": 1000 if done else None,
        "metadata": {"team": "a" if number % 2 else "b"},
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
        **more,
    }


def events_of(number: int, count: int = 5) -> list[dict[str, Any]]:
    """The events of a job with its curve, oldest first."""
    return [
        {
            "object": "fine_tuning.job.event",
            "id": f"ftevent-{number}-{step}",
            "created_at": 1_780_000_000 + number + step,
            "level": "info",
            "message": f"Step {step}/{count}: training loss={3 / (step + 1):.2f}",
            "type": "metrics",
            "data": {"step": step, "total_steps": count, "train_loss": 3 / (step + 1)},
        }
        for step in range(1, count + 1)
    ]


def lines(items: list[Any]) -> str:
    """Items as JSONL."""
    return "".join(json.dumps(item) + "\n" for item in items)


def stored(folder: Path, text: str, kind: str) -> dict[str, Any]:
    """Store a content once, and return its entry."""
    content = text.encode()
    sha256 = hashlib.sha256(content).hexdigest()
    path = f"contents/{sha256}.{kind}"
    (folder / "contents").mkdir(exist_ok=True)
    (folder / path).write_bytes(content)
    return {"path": path, "sha256": sha256, "size": len(content), "source": "GET", "when": SAVED}


def write_head(folder: Path, **changed: object) -> None:
    """Write `index.json`, as far as what is served depends on it."""
    values = {
        "format": "fttui-archive", "version": 1, "host": HOST,
        "base_url": f"https://{HOST}/v1", "account": "1a2b3c4d", "saved": SAVED,
        "fttui": "0.1.0", "counts": {"jobs": 3}, **changed,
    }  # fmt: skip
    head = "".join(f'"{name}": {json.dumps(value)},\n' for name, value in values.items())
    (folder / "index.json").write_text(
        f'{{\n{head}"missing": [\n],\n"files": [\n],\n"sha256": ""\n}}\n'
    )


def write_job(folder: Path, record: dict[str, Any], events: list[dict[str, Any]]) -> str:
    """Write a job's folder, and return its line."""
    place = folder / "jobs" / record["id"]
    place.mkdir(parents=True)
    checkpoint = {
        "id": f"ftckpt-{record['id']}", "created_at": record["created_at"] + 9,
        "fine_tuned_model_checkpoint": "ft:gpt-4.1-mini:org:desk:x:ckpt-step-2",
        "step_number": 2, "metrics": {"step": 2, "train_loss": 1.25},
    }  # fmt: skip
    (place / "job.json").write_text(json.dumps(record))
    (place / "events.jsonl").write_text(lines(events))
    (place / "checkpoints.jsonl").write_text(lines([checkpoint]))
    (place / "saved.json").write_text(json.dumps({"id": record["id"], "missing": []}))
    return lines([{"id": record["id"], "folder": f"jobs/{record['id']}", "record": record}])


def write_file(
    folder: Path, file_id: str, text: str | None, kind: str = "jsonl", purpose: str = "fine-tune"
) -> str:
    """Write a file's folder and content, and return its line; without text it is not saved."""
    place = folder / "files" / file_id
    place.mkdir(parents=True)
    content = None if text is None else stored(folder, text, kind)
    missing = [{"what": f"content of {file_id}", "code": "deleted", "reason": "It is deleted."}]
    saved = {"id": file_id, "content": content, "decoded": None, "redacted": False}
    (place / "saved.json").write_text(json.dumps({**saved, "missing": [] if content else missing}))
    record = {
        "id": file_id, "object": "file", "bytes": len(text or ""), "created_at": 1_780_000_000,
        "filename": f"{file_id}.{kind}", "purpose": purpose, "status": "processed",
    }  # fmt: skip
    return lines([{"id": file_id, "folder": f"files/{file_id}", "record": record}])


def write_archive(folder: Path) -> Path:
    """Three jobs, the newest one still running, their files and a model; returns `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    records = [job(3, "running"), job(2, "failed"), job(1)]
    told = [write_job(folder, one, events_of(int(one["id"][-4:]))) for one in records]
    (folder / "jobs.jsonl").write_text("".join(told))
    files = [
        write_file(folder, "file-result", RESULT, "csv", "fine-tune-results"),
        write_file(folder, "file-train", TRAINING),
        write_file(folder, "file-gone", None),
    ]
    (folder / "files.jsonl").write_text("".join(files))
    model = {"id": "ft:gpt-4.1-mini:org:desk1:x", "object": "model", "created": 1, "owned_by": "me"}
    (folder / "models.jsonl").write_text(lines([{"id": model["id"], "record": model}]))
    write_head(folder)
    return folder
