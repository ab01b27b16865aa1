"""What is saved of an account, what is asked again, and what could not be had."""

from __future__ import annotations

import json
import resource
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archiving import save, timeless
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.server import ManualClock, SandboxServer, fill_with_samples, seed_many_jobs
from fttui.services.archive.begin import open_folder
from fttui.services.archive.plan import ArchiveOptions, ArchiveProgress
from fttui.services.endpoint.errors import UnauthorizedError
from fttui.services.endpoint.offered import EVENTS
from fttui.services.endpoint.transport import Timeouts
from fttui.services.session import Session, SessionOptions
from fttui.storage.archive.folder import ArchiveRefused
from fttui.storage.archive.names import folder_name
from fttui.training_data.files import open_checked

HASTY = SessionOptions(timeouts=Timeouts(read=5.0, tries=1, first_pause=0.01))


@pytest.fixture
def account(sandbox: SandboxServer, clock: ManualClock) -> SandboxServer:
    """A small account of which nothing changes any more."""
    seed_many_jobs(sandbox, 6)
    return sandbox


@pytest.fixture
def proxied(
    account: SandboxServer, fault_proxy: FaultProxy, open_session: Callable[..., Session]
) -> Iterator[Session]:
    """A session on the account behind the fault proxy."""
    yield open_session(fault_proxy.base_url, HASTY)


@pytest.fixture
def whole(account: SandboxServer, proxied: Session, tmp_path: Path) -> dict[str, bytes]:
    """What an archive of the account holds when nothing goes wrong."""
    save(proxied, tmp_path / "whole")
    return timeless(tmp_path / "whole")


NOTHING = Fault("answer", body=b'{"object": "list", "data": [], "has_more": false}')


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_an_account_is_saved_with_all_that_the_endpoint_has(
    sandbox: SandboxServer, session: Session, tmp_path: Path
) -> None:
    fill_with_samples(sandbox)
    result = save(session, tmp_path / "a")
    assert result.is_whole
    assert result.jobs == 14
    assert result.saved == result.things > 50
    listed = session.thread.wait(session.handle.list_jobs())
    jobs = entries(tmp_path / "a/jobs.jsonl")
    assert [job["id"] for job in jobs] == [job.raw_id for job in listed.items]
    for job in jobs:
        folder = tmp_path / "a" / job["folder"]
        assert json.loads((folder / "job.json").read_text()) == job["record"]
        told = session.thread.wait(_all_events(session, job["id"]))
        assert [event["id"] for event in entries(folder / "events.jsonl")] == told[::-1]
    assert len(entries(tmp_path / "a/models.jsonl")) == result.models
    succeeded = next(job for job in jobs if job["record"]["result_files"])
    metrics = (tmp_path / "a" / succeeded["folder"] / "metrics.csv").read_text().splitlines()
    assert metrics[0].startswith("step,total_steps,train_loss")
    assert len(metrics) > 50


async def _all_events(session: Session, job_id: str) -> list[str]:
    return [e.raw_id async for page in session.handle.event_pages(job_id) for e in page.items]


def test_results_are_kept_as_they_came_and_decoded(
    account: SandboxServer, session: Session, tmp_path: Path
) -> None:
    save(session, tmp_path / "a")
    saved = [json.loads(path.read_text()) for path in (tmp_path / "a/files").glob("*/saved.json")]
    decoded = [one for one in saved if one["decoded"]]
    assert decoded
    for one in decoded:
        text = (tmp_path / "a" / one["decoded"]["path"]).read_text()
        assert text.startswith("step,train_loss")
        raw = session.thread.wait(session.handle.file_content(one["id"]))
        assert (tmp_path / "a" / one["content"]["path"]).read_bytes() == raw


def test_only_the_owner_may_look_into_an_archive(
    account: SandboxServer, session: Session, tmp_path: Path
) -> None:
    save(session, tmp_path / "a")
    for path in [tmp_path / "a", *(tmp_path / "a").rglob("*")]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.lstat().st_mode) == wanted, path


def test_what_is_final_is_not_asked_again(
    proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    save(proxied, tmp_path / "a")
    first = timeless(tmp_path / "a")
    fault_proxy.calm()
    result = save(proxied, tmp_path / "a")
    assert result.is_whole
    assert timeless(tmp_path / "a") == first
    again = [one for one in fault_proxy.seen if "/events" in one or "/content" in one]
    ended = [job["record"]["finished_at"] for job in entries(tmp_path / "a/jobs.jsonl")]
    assert len(again) == ended.count(None)


@pytest.mark.parametrize("how", ["reset", "close", "truncate"])
def test_calls_that_are_lost_are_made_again(
    whole: dict[str, bytes], proxied: Session, fault_proxy: FaultProxy, tmp_path: Path, how: str
) -> None:
    lost = Fault(how)
    for route in ("/jobs$", "/files$", "/models", "/events", "/checkpoints", "/content"):
        fault_proxy.script(route, None, lost, lost, None, lost)
    assert save(proxied, tmp_path / "a").is_whole
    assert timeless(tmp_path / "a") == whole


def test_a_pause_that_the_endpoint_asks_for_is_kept_by_all_calls(
    whole: dict[str, bytes], proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    busy = error_answer(429, commit=False, headers=(("retry-after-ms", "30"),))
    fault_proxy.script("/events", busy, busy, None, busy)
    assert save(proxied, tmp_path / "a").is_whole
    assert timeless(tmp_path / "a") == whole


def test_a_pause_is_told_once_and_not_for_all_that_comes_after_it(
    proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    busy = error_answer(429, commit=False, headers=(("retry-after-ms", "1"),))
    fault_proxy.script("GET /files$", busy)
    seen: list[ArchiveProgress] = []
    save(proxied, tmp_path / "a", seen=seen)
    assert [(one.stage, one.listed) for one in seen if one.note] == [("listing", "models")]


def test_what_never_comes_is_a_failure_until_another_run_has_it(
    whole: dict[str, bytes], proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    job = entries(tmp_path / "whole/jobs.jsonl")[2]["id"]
    fault_proxy.always(f"{job}/events", error_answer(500, commit=False))
    result = save(proxied, tmp_path / "a")
    assert not result.is_whole
    assert result.things - result.saved == 1
    assert [one.code for one in result.missing if job in one.what] == ["failed"]
    fault_proxy.calm()
    assert save(proxied, tmp_path / "a").is_whole
    assert timeless(tmp_path / "a") == whole


@pytest.mark.parametrize(
    ("status", "code"), [(404, "deleted"), (403, "no_permission"), (501, "not_offered")]
)
def test_what_the_endpoint_does_not_have_is_told_and_no_failure(
    proxied: Session, fault_proxy: FaultProxy, tmp_path: Path, status: int, code: str
) -> None:
    fault_proxy.always("/content", error_answer(status, commit=False, code="gone"))
    result = save(proxied, tmp_path / "a")
    assert result.is_whole
    assert {one.code for one in result.missing} == {code}
    assert len(result.missing) == result.files


def test_a_file_that_is_gone_for_good_is_not_asked_for_again(
    proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    fault_proxy.always("/content", error_answer(404, commit=False, code="gone"))
    fault_proxy.always("GET /files$", NOTHING)
    save(proxied, tmp_path / "a")
    fault_proxy.seen.clear()
    result = save(proxied, tmp_path / "a")
    assert not [one for one in fault_proxy.seen if "/content" in one]
    assert {one.code for one in result.missing} == {"deleted"}


def test_calls_that_are_not_offered_are_not_made_for_every_job(
    proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    fault_proxy.always("/checkpoints", error_answer(501, commit=False))
    result = save(proxied, tmp_path / "a")
    assert result.is_whole
    assert len([one for one in fault_proxy.seen if "/checkpoints" in one]) <= 4
    assert len([one for one in result.missing if one.code == "not_offered"]) == result.jobs


def test_large_files_are_left_out_until_they_are_allowed(
    whole: dict[str, bytes], proxied: Session, tmp_path: Path
) -> None:
    result = save(proxied, tmp_path / "a", ArchiveOptions(most_bytes=100))
    assert result.is_whole
    assert {one.code for one in result.missing} == {"too_large"}
    assert save(proxied, tmp_path / "a").missing == ()
    assert timeless(tmp_path / "a") == whole


def test_some_jobs_are_added_without_losing_the_others(
    whole: dict[str, bytes], proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    ids = [job["id"] for job in entries(tmp_path / "whole/jobs.jsonl")]
    save(proxied, tmp_path / "a", ArchiveOptions(jobs=(ids[4],)))
    assert [job["id"] for job in entries(tmp_path / "a/jobs.jsonl")] == [ids[4]]
    save(proxied, tmp_path / "a", ArchiveOptions(jobs=(ids[2], ids[4])))
    assert [job["id"] for job in entries(tmp_path / "a/jobs.jsonl")] == [ids[2], ids[4]]
    save(proxied, tmp_path / "a")
    assert timeless(tmp_path / "a") == whole


def test_a_job_that_is_listed_no_more_stays_in_the_archive(
    proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    save(proxied, tmp_path / "a")
    ids = {job["id"] for job in entries(tmp_path / "a/jobs.jsonl")}
    empty = Fault("answer", body=b'{"object": "list", "data": [], "has_more": false}')
    fault_proxy.always("GET /fine_tuning/jobs$", empty)
    assert save(proxied, tmp_path / "a").is_whole
    assert {job["id"] for job in entries(tmp_path / "a/jobs.jsonl")} == ids


def test_a_refused_key_ends_the_run_at_once(
    proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    fault_proxy.always("/", error_answer(401, commit=False))
    with pytest.raises(UnauthorizedError):
        save(proxied, tmp_path / "a")
    assert sum(fault_proxy.seen.values()) == 1


def test_an_endpoint_that_is_gone_ends_the_run_and_keeps_what_is_saved(
    whole: dict[str, bytes], proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    for route in ("/events", "/checkpoints", "/content"):
        fault_proxy.always(route, Fault("reset", commit=False))
    result = save(proxied, tmp_path / "a")
    assert result.error is not None
    assert not result.is_whole
    assert (tmp_path / "a/unfinished.json").exists()
    fault_proxy.calm()
    assert save(proxied, tmp_path / "a").is_whole
    assert timeless(tmp_path / "a") == whole


def test_a_disk_that_is_full_is_told_for_what_it_is_and_no_file_asked_for_again(
    proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    big = tmp_path / "big.jsonl"
    turns = [{"role": role, "content": "x" * 10_000} for role in ("user", "assistant")]
    big.write_text(f"{json.dumps({'messages': turns})}\n" * 100)
    with open_checked(big) as source:
        proxied.thread.wait(proxied.handle.upload_training_file(source))
    fault_proxy.seen.clear()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            save(proxied, tmp_path / "a")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert max(n for call, n in fault_proxy.seen.items() if "/content" in call) == 1
    assert save(proxied, tmp_path / "a").is_whole


def test_another_run_into_the_same_folder_is_refused(
    account: SandboxServer, session: Session, tmp_path: Path
) -> None:
    from fttui.services.archive.begin import open_folder

    held = open_folder(session, tmp_path / "a")
    with pytest.raises(ArchiveRefused, match="Another fttui is saving"):
        save(session, tmp_path / "a")
    held.close()
    assert save(session, tmp_path / "a").is_whole


def test_a_folder_with_other_things_in_it_is_left_alone(
    account: SandboxServer, session: Session, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ArchiveRefused, match="holds other files"):
        save(session, tmp_path)
    assert [path.name for path in tmp_path.glob("*.txt")] == ["mine.txt"]


def test_the_archive_of_another_host_is_left_alone(
    account: SandboxServer,
    session: Session,
    open_session: Callable[..., Session],
    fault_proxy: FaultProxy,
    tmp_path: Path,
) -> None:
    save(session, tmp_path / "a")
    with pytest.raises(ArchiveRefused, match="is the archive of"):
        save(open_session(fault_proxy.base_url), tmp_path / "a")


@pytest.mark.parametrize(
    "raw_id",
    [
        "",
        "../../etc/passwd",
        "/etc/passwd",
        "a/b",
        "..",
        ".",
        "A",
        "con",
        "x" * 500,
        "é\ud800",
        "a\0b",
    ],
)
def test_an_id_becomes_a_name_and_never_a_path(raw_id: str) -> None:
    name = folder_name(raw_id)
    assert "/" not in name
    assert name not in (".", "..", "con")
    assert name.isascii()
    assert name.isprintable()
    assert 0 < len(name) < 100
    assert not name.startswith((".", "-"))


def test_two_ids_never_share_a_name() -> None:
    ids = ["a", "A", "a/b", "a_b", "a.b", "a b"]
    names = [folder_name(one) for one in ids]
    names += [folder_name(name.lower()) for name in names if name != "a"]
    assert len({name.lower() for name in names}) == len(set(names)) == len(names) - 1


def test_what_is_listed_is_told_by_name(
    session: Session, sandbox: SandboxServer, tmp_path: Path
) -> None:
    fill_with_samples(sandbox)
    seen: list[ArchiveProgress] = []
    save(session, tmp_path / "a", seen=seen)
    listed = [one.listed for one in seen if one.stage == "listing"]
    assert list(dict.fromkeys(listed)) == ["models", "files", "jobs"]


def test_only_a_run_that_ended_is_remembered(
    session: Session, sandbox: SandboxServer, tmp_path: Path
) -> None:
    fill_with_samples(sandbox)
    archive = open_folder(session, tmp_path / "a")
    archive.begin()
    archive.close()
    assert session.archive is None
    save(session, tmp_path / "a")
    assert session.archive is not None
    assert session.archive.folder == tmp_path / "a"


def test_a_file_that_is_still_listed_is_asked_for_again(
    whole: dict[str, bytes], proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    fault_proxy.always("/content", error_answer(404, commit=False, code="gone"))
    save(proxied, tmp_path / "a")
    fault_proxy.calm()
    assert save(proxied, tmp_path / "a").missing == ()
    assert timeless(tmp_path / "a").keys() == whole.keys()


def test_a_job_that_is_gone_says_nothing_about_what_is_offered(
    proxied: Session,
    fault_proxy: FaultProxy,
    open_session: Callable[..., Session],
    tmp_path: Path,
) -> None:
    save(proxied, tmp_path / "a")
    lines = (tmp_path / "a/jobs.jsonl").read_text().splitlines()
    gone = lines[0].replace(json.loads(lines[0])["id"], "ftjob-gone")
    (tmp_path / "a/jobs.jsonl").write_text("\n".join([gone, *lines[1:]]) + "\n")
    later = open_session(fault_proxy.base_url, HASTY)
    result = save(later, tmp_path / "a")
    assert [one.code for one in result.missing if "ftjob-gone" in one.what] == ["deleted"] * 2
    assert later.handle.offers.refusal_of(EVENTS) is None


def test_another_key_of_the_same_account_goes_on_with_its_archive(
    proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    save(proxied, tmp_path / "a")
    index = (tmp_path / "a/index.json").read_text()
    account = proxied.account.key
    (tmp_path / "a/index.json").write_text(index.replace(account, "00000000"))
    fault_proxy.script("GET /fine_tuning/jobs$", NOTHING)  # the newest hundred are all new
    assert save(proxied, tmp_path / "a").is_whole


def test_the_archive_of_another_account_is_left_alone(
    proxied: Session, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    save(proxied, tmp_path / "a")
    index = (tmp_path / "a/index.json").read_text()
    (tmp_path / "a/index.json").write_text(index.replace(proxied.account.key, "00000000"))
    fault_proxy.script("GET /fine_tuning/jobs$", NOTHING)
    fault_proxy.always("GET /fine_tuning/jobs/[^/]+$", error_answer(404, commit=False))
    with pytest.raises(ArchiveRefused, match="of another account"):
        save(proxied, tmp_path / "a")
