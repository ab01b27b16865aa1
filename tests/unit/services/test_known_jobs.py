"""The last known list: whose it is, what of it is trusted, and when it is kept."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import stat
import threading
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from fttui.services import known_jobs
from fttui.services.endpoint.address import Endpoint
from fttui.services.endpoint.extras import Extras
from fttui.services.endpoint.models import Job
from fttui.services.known_jobs import ListKeeper, owner_of, read_known
from fttui.services.session import Session
from fttui.storage import last_lists
from fttui.storage.folders import state_folder
from fttui.storage.last_lists import ListOwner, forget_lists, read_list
from fttui.storage.secrets import Secret, register
from fttui.storage.settings import Profile

KEY = "sk-list-Ab3dEf6hIj9lMn2pQr5t"
OWNER = ListOwner("https://lab.example/v1", "lab.example", "0123abcd")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_jobs, "PAUSE", 0.0)


def job(number: int, status: str = "succeeded", **more: object) -> Job:
    value = {"id": f"ftjob-{number}", "status": status, "created_at": 1_795_000_000 + number}
    read = Job.read({**value, **more})
    assert read is not None
    return read


def kept(*jobs: Job, owner: ListOwner = OWNER) -> Path:
    """Where the list of `jobs` is, after a load of it and the end of the run."""

    async def load() -> None:
        keeper = ListKeeper(owner)
        keeper.begin()
        keeper.take(jobs)
        keeper.end()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})

    asyncio.run(load())
    return state_folder() / "lists" / last_lists.file_name_of(owner)


def known(owner: ListOwner = OWNER) -> list[Job]:
    found = read_known(owner)
    return [] if found is None else [one for piece in found.pieces for one in piece]


def ids(owner: ListOwner = OWNER) -> list[str]:
    return [one.id for one in known(owner)]


def put(path: Path, *lines: bytes, **head: object) -> None:
    """Write a list by hand, with a sum that fits."""
    values = orjson.loads(path.read_bytes().partition(b"\n")[0])
    body = b"\n".join(lines)
    fitting = {"sum": hashlib.blake2b(body, digest_size=16).hexdigest()}
    path.write_bytes(orjson.dumps({**values, **fitting, **head}) + b"\n" + body)


def test_a_job_is_known_as_it_was_told_and_is_older_than_any_answer() -> None:
    whole = job(
        1,
        "failed",
        model="gpt-4o-mini-2024-07-18",
        finished_at=1_795_000_900.5,
        estimated_finish=1_795_000_950,
        method={"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 3, "beta": "auto"}}},
        training_file="file-1",
        validation_file="file-2",
        result_files=["file-3"],
        trained_tokens=12,
        seed=7,
        user_provided_suffix="désk",
        metadata={"team": "blue"},
        organization_id="org-1",
        error={"code": "bad", "message": 'It says "no".', "param": "training_file"},
    )
    succeeded = job(2, fine_tuned_model="ft:gpt-4o:org:desk:A1")
    kept(whole, succeeded)
    assert known() == [whole, succeeded]
    assert {one.reading for one in known()} == {0}
    assert known()[0].updated(whole) is whole
    told_at = read_known(OWNER)
    assert told_at is not None and abs(told_at.told_at.timestamp() - time.time()) < 600


def test_a_first_page_comes_first_and_then_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_jobs, "_FIRST", 2)
    monkeypatch.setattr(known_jobs, "_PIECE", 3)
    kept(*map(job, range(9)))
    found = read_known(OWNER)
    assert found is not None and [len(piece) for piece in found.pieces] == [2, 3, 3, 1]


def test_what_no_call_can_name_is_not_kept() -> None:
    kept(job(1), job(2, id=""), job(3))
    assert ids() == ["ftjob-1", "ftjob-3"]


def test_a_text_that_is_no_unicode_costs_that_job_alone() -> None:
    kept(job(1), job(2, id="ftjob-\ud800"), job(3))
    assert ids() == ["ftjob-1", "ftjob-3"]


def test_only_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_lists, "MOST_JOBS", 2)
    kept(*map(job, range(4)))
    assert ids() == ["ftjob-0", "ftjob-1"]


def test_a_list_that_grew_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_lists, "_LONGEST_FILE", last_lists._LONGEST_HEAD + 100)
    assert not kept(*map(job, range(40))).exists()


def test_the_file_is_its_owners_alone_and_holds_no_key() -> None:
    register(Secret(KEY))
    path = kept(job(1, user_provided_suffix=f"x {KEY}", metadata={"k": KEY}), job(2, id=KEY))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert KEY[:8].encode() not in path.read_bytes()
    assert ids() == ["ftjob-1"]


@pytest.mark.parametrize(
    "other",
    [
        replace(OWNER, account="4567abcd"),
        replace(OWNER, base_url="https://lab.example/other"),
        replace(OWNER, base_url="http://lab.example/v1", server="other.example"),
        replace(OWNER, scope="0011"),
    ],
)
def test_nobody_elses_list_is_known_whatever_its_file_is_called(other: ListOwner) -> None:
    path = kept(job(1))
    assert known(other) == []
    shutil.copy(path, path.with_name(last_lists.file_name_of(other)))
    assert known(other) == [] and len(known()) == 1


def test_an_account_is_told_by_all_that_decides_which_jobs_there_are(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, account = session.endpoint, session.account.key
    plain = owner_of(endpoint, account)
    assert session.list_owner == plain
    assert (plain.base_url, plain.account) == (endpoint.base_url, account)
    owners = {
        plain,
        owner_of(endpoint, "another"),
        owner_of(replace(endpoint, organization="org"), account),
        owner_of(replace(endpoint, project="org"), account),
        owner_of(replace(endpoint, base_url=f"{endpoint.base_url}/x"), account),
    }
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Team: secret-blue")
    headers = owner_of(endpoint, account)
    assert len(owners | {headers}) == 6 and "blue" not in repr(headers)
    assert owner_of(replace(endpoint, is_environments=False), account) == plain


def test_an_archive_keeps_no_list(session: Session) -> None:
    session.endpoint = replace(session.endpoint, archive="archive of x")
    assert session.list_owner is None


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"ftjob-1", b"ftjob-7")),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"[" * 100_000),
        lambda path: path.write_bytes(b"\xff\xfe\n{}"),
        lambda path: put(path, b'{"id":"x"}', format="other"),
        lambda path: put(path, b'{"id":"x"}', version=2),
        lambda path: put(path, b'{"id":"x"}', saved=time.time() + 200_000),
        lambda path: put(path, b'{"id":"x"}', saved=-1.0),
        lambda path: put(path, b'{"id":"x"}', saved=None),
        lambda path: put(path, b'{"id":"x"}', saved="1795000000"),
        lambda path: put(path, b'{"id":"x"}', saved=True),
        lambda path: put(path, b"{"),
        lambda path: put(path, b"[]", b'{"id":"x"}'),
        lambda path: path.write_bytes(path.read_bytes() + b" " * 24_000_001),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
        lambda path: path.parent.chmod(0o777),
    ],
)
def test_a_file_that_is_no_list_of_ours_is_none_and_the_next_load_mends_it(
    change: Callable[[Path], object],
) -> None:
    change(kept(job(1)))
    assert known() == []
    if (state_folder() / "lists" / last_lists.file_name_of(OWNER)).is_file():
        (state_folder() / "lists").chmod(0o700)
        kept(job(3))
        assert ids() == ["ftjob-3"]


def test_a_hostile_file_is_read_as_an_answer_is(tmp_path: Path) -> None:
    path = kept(job(1))
    register(Secret(KEY))
    lines = [
        {"id": "ftjob-1", "status": "\x1b]52;c;eA==\x07", "suffix": f"a {KEY} \u202e"},
        {"id": KEY, "status": "running"},
        {"id": ["x"], "created_at": 1e300, "metadata": {"k": ["\x1b"]}, "error": 5},
        {"id": "ftjob-2", "trained_tokens": 2**70, "reading": 10**9},
    ]
    put(path, *map(orjson.dumps, lines[:3]), b'{"id":"ftjob-2","trained_tokens":1e999}')
    found = known()
    assert [one.id for one in found] == ["ftjob-1"]
    assert "\x1b" not in repr(found) and KEY[:8] not in repr(found)
    assert "\u202e" not in repr(found)


def test_a_file_of_very_many_lines_takes_little_memory() -> None:
    put(kept(job(1)), *[b"{}"] * 2_000_000)
    tracemalloc.start()
    found = read_list(OWNER)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found is not None and len(found.lines) == last_lists.MOST_JOBS
    assert most < 50_000_000


def test_jobs_end_at_a_line_that_is_none() -> None:
    put(kept(job(1)), b'{"id":"a"}', b'{"id":"b"', b'{"id":"c"}')
    assert ids() == ["a"]


def test_lists_that_were_used_long_ago_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_lists, "_MOST_LISTS", 2)
    owners = [replace(OWNER, account=f"{number:08}") for number in range(3)]
    for age, owner in zip((30, 20), owners, strict=False):
        path = kept(job(1), owner=owner)
        os.utime(path, (time.time() - age, time.time() - age))
    kept(job(1), owner=owners[2])
    assert [len(known(owner)) for owner in owners] == [0, 1, 1]


def test_the_lists_of_a_server_are_forgotten_and_no_others() -> None:
    other = replace(OWNER, server="other.example", base_url="https://other.example/v1")
    second = replace(OWNER, account="4567abcd")
    for owner in (OWNER, second, other):
        kept(job(1), owner=owner)
    forget_lists("lab.example")
    assert [len(known(owner)) for owner in (OWNER, second, other)] == [0, 0, 1]
    assert read_list(OWNER) is None


def test_forgetting_hurts_nothing_where_nothing_is_kept() -> None:
    forget_lists("lab.example")
    kept(job(1)).write_bytes(b"{")
    forget_lists("lab.example")


@pytest.mark.parametrize("is_told_to_end", [False, True])
def test_a_load_that_did_not_end_changes_nothing(is_told_to_end: bool) -> None:
    kept(job(1))

    async def load() -> None:
        keeper = ListKeeper(OWNER)
        keeper.begin()
        keeper.take([job(2)])
        keeper.note(job(3))
        keeper.drop("ftjob-2")
        if is_told_to_end:
            keeper.end()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})

    asyncio.run(load())
    assert set(ids()) == ({"ftjob-3"} if is_told_to_end else {"ftjob-1"})


async def test_changes_of_a_whole_list_are_kept_the_newest_job_first() -> None:
    keeper = ListKeeper(OWNER)
    keeper.begin()
    keeper.take([job(2, "running"), job(1)])
    keeper.end()
    keeper.note(job(2))
    keeper.note(job(3, "queued"))
    keeper.drop("ftjob-1")
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
    assert [(one.id, one.status.word) for one in known()] == [
        ("ftjob-3", "queued"),
        ("ftjob-2", "succeeded"),
    ]
    keeper.note(job(2, "cancelled"))  # a change after the writing
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
    assert known()[1].status.word == "cancelled"


@pytest.mark.parametrize("moment", ["before it began", "in the pause", "while it is written"])
async def test_the_end_of_the_run_loses_no_list_whenever_it_comes(
    moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, may_go = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def save(*given: Any) -> None:
        if threading.current_thread() is not threading.main_thread():
            loop.call_soon_threadsafe(written.set)
            may_go.wait()  # as a daemon thread that the end of the process takes with it
            return
        last_lists.save_list(*given)

    monkeypatch.setattr(known_jobs, "save_list", save)
    monkeypatch.setattr(known_jobs, "PAUSE", 3600.0 if moment == "in the pause" else 0.0)
    keeper = ListKeeper(OWNER)
    keeper.begin()
    keeper.take([job(1)])
    keeper.end()
    saving = keeper._saving
    assert saving is not None
    if moment == "in the pause":
        await asyncio.sleep(0)
    elif moment == "while it is written":
        await written.wait()
    saving.cancel()
    await asyncio.wait([saving])
    may_go.set()
    assert ids() == ["ftjob-1"]


async def test_an_older_answer_replaces_no_newer_one() -> None:
    old, new = job(1, "running"), job(1, "succeeded")
    keeper = ListKeeper(OWNER)
    keeper.begin()
    keeper.note(new)
    keeper.take([old])
    keeper.end()
    keeper.note(old)
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
    assert [one.status.word for one in known()] == ["succeeded"]


def test_what_is_not_written_yet_is_written_when_the_run_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(known_jobs, "PAUSE", 3600.0)

    async def load_and_leave() -> None:
        keeper = ListKeeper(OWNER)
        keeper.begin()
        keeper.take([job(1)])
        keeper.end()
        await asyncio.sleep(0)

    asyncio.run(load_and_leave())  # its end cancels what still waits
    assert ids() == ["ftjob-1"]


def test_lists_told_for_other_headers_or_another_query_are_kept_apart() -> None:
    endpoint = Endpoint(
        Profile(), "https://lab.example/v1", "a test", is_profiles=True, is_environments=False
    )
    extras = (
        Extras(),
        Extras(headers={"x-project": "one"}),
        Extras(headers={"x-project": "two"}),
        Extras(query={"x-project": "one"}),
    )
    owners = {owner_of(replace(endpoint, extras=each), "0123abcd") for each in extras}
    assert len(owners) == 4
    assert owner_of(endpoint, "0123abcd").scope == ""
