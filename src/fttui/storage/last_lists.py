"""The list of jobs that each account was told of last, so that the next start has it at once.

One file an account, in the state folder: a head, then a JSON object a job, the newest first. What
is in it holds no key. Anybody may have written there since, so whoever reads it trusts none of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import orjson

from fttui.disk.reading import NotReadable, read_beginning, read_small
from fttui.storage.folders import (
    FolderRefused,
    check_private_folder,
    private_folder,
    state_folder,
    write_private,
)

MOST_JOBS = 10_000
_FOLDER = "lists"
_SUFFIX = ".jsonl"
_MOST_LISTS = 20
_LONGEST_FILE = 24_000_000
_LONGEST_HEAD = 4096
_FORMAT = "fttui-jobs"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class ListOwner:
    """Whose list: the endpoint, its server in one spelling, and the fingerprint of the key.

    `scope` tells apart what else decides which jobs are told: organisation, project, headers.
    """

    base_url: str
    server: str
    account: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class LastList:
    """A list that was kept: when it was told (seconds since 1970), and the jobs, one a line."""

    saved: float
    lines: Sequence[bytes]


def save_list(owner: ListOwner, jobs: Iterable[Mapping[str, object]], saved: float) -> None:
    """Keep the first 10,000 jobs as the owner's list, told at `saved`.

    Where nothing can be kept nothing is: the next start then waits for the endpoint.
    """
    lines: list[bytes] = []
    for job in islice(jobs, MOST_JOBS):
        with contextlib.suppress(TypeError):  # a text that is no Unicode
            lines.append(orjson.dumps(job))
    body = b"\n".join(lines)
    if len(body) > _LONGEST_FILE - _LONGEST_HEAD:
        return
    head = {"format": _FORMAT, "version": _VERSION, **asdict(owner), "saved": saved}
    content = orjson.dumps({**head, "sum": _sum_of(body)}) + b"\n" + body
    with contextlib.suppress(OSError, FolderRefused):
        private_folder(state_folder())
        folder = private_folder(state_folder() / _FOLDER)
        write_private(folder / file_name_of(owner), content)
        _drop_oldest(folder)


def read_list(owner: ListOwner) -> LastList | None:
    """What was kept last for the owner; None where there is nothing, or nothing sound."""
    path = state_folder() / _FOLDER / file_name_of(owner)
    try:
        check_private_folder(path.parent)
        content, _unused = read_small(path, _LONGEST_FILE)
    except (NotReadable, OSError, ValueError, FolderRefused):
        return None
    first, _newline, body = content.partition(b"\n")
    head = _head_of(first)
    saved = head.get("saved")
    is_owners = all(head.get(name) == value for name, value in asdict(owner).items())
    if not is_owners or not isinstance(saved, float) or head.get("sum") != _sum_of(body):
        return None
    return LastList(saved, body.split(b"\n", MOST_JOBS)[:MOST_JOBS])


def forget_lists(server: str) -> list[Path]:
    """Remove the lists of all accounts at a server; returns those that stay. Never raises."""
    left: list[Path] = []
    with contextlib.suppress(OSError):
        for path in (state_folder() / _FOLDER).glob(f"*{_SUFFIX}"):
            if _server_of(path) == server:
                try:
                    path.unlink(missing_ok=True)
                except OSError:
                    left.append(path)
    return left


def _sum_of(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def file_name_of(owner: ListOwner, suffix: str = _SUFFIX) -> str:
    """The name of the file in which something is kept for an owner."""
    mark = hashlib.sha256(json.dumps(asdict(owner)).encode()).hexdigest()[:16]
    return f"{owner.account}-{mark}{suffix}"


def _head_of(line: bytes) -> dict[str, object]:
    """The values of a head; none of what is no head."""
    try:
        head = orjson.loads(line)
    except ValueError:
        return {}
    is_ours = isinstance(head, dict) and head.get("format") == _FORMAT
    return head if is_ours and head.get("version") == _VERSION else {}


def _server_of(path: Path) -> object:
    try:
        content, _ = read_small(path, _LONGEST_FILE)
    except (NotReadable, OSError):
        return None
    return _head_of(content[:_LONGEST_HEAD].partition(b"\n")[0]).get("server")


def _drop_oldest(folder: Path) -> None:
    """Leave the lists of the accounts that were used last."""
    known = [(path.lstat().st_mtime, path) for path in folder.glob(f"*{_SUFFIX}")]
    for _unused, path in sorted(known, reverse=True)[_MOST_LISTS:]:
        path.unlink()


def newest_jobs(base_url: str, most_bytes: int = 400_000) -> list[dict[str, object]]:
    """The first jobs of the list that was kept last for an endpoint, whosever key it was.

    For what must answer at once: no more than the beginning of the file is read, and its sum is
    not looked at. Empty where there is nothing sound; never raises.
    """
    folder = state_folder() / _FOLDER
    with contextlib.suppress(NotReadable, OSError, ValueError, FolderRefused):
        check_private_folder(folder)
        known = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda one: -one.lstat().st_mtime)
        for path in known[:_MOST_LISTS]:
            content, is_whole = read_beginning(path, most_bytes)
            first, _newline, body = content.partition(b"\n")
            if _head_of(first).get("base_url") == base_url:
                lines = body.split(b"\n")
                return _jobs_in(lines if is_whole else lines[:-1])
    return []


def _jobs_in(lines: Iterable[bytes]) -> list[dict[str, object]]:
    jobs = []
    for line in lines:
        with contextlib.suppress(ValueError):
            job = orjson.loads(line)
            if isinstance(job, dict):
                jobs.append(job)
    return jobs
