"""Worker processes: what they load, what they see, and what happens when one dies."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fttui.training_data import tokenizers, worker_start
from fttui.training_data.check import CheckSettings, check_file
from fttui.training_data.profile import CheckProfile, Format
from fttui.training_data.reader import Block
from fttui.training_data.worker_pool import Pool
from fttui.training_data.worker_start import prepare, usual_count
from unit.training_data.training_samples import CHAT, lines, many, write
from waiting import wait_until

PROFILE = CheckProfile(format=Format.CHAT)
EXAMPLES = lines(many(CHAT))


def blocks(count: int) -> Iterator[Block]:
    for number in range(count):
        yield Block(EXAMPLES, number * len(EXAMPLES))


def children() -> set[int]:
    """The processes that this one has started and that still live."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if int(parent) == os.getpid():
                found.add(int(folder.name))
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


def test_results_come_in_the_order_of_the_blocks() -> None:
    with Pool(PROFILE, 2, 1_000_000) as pool:
        given = [Block(lines(many(CHAT, n + 1)), n) for n in range(30)]
        given.insert(7, Block(None, 0))
        results = [result for result in pool.results(iter(given)) if result is not None]
    counts = [result.lines for result in results]
    assert counts == [*range(1, 8), 1, *range(8, 31)]
    assert results[7].counts == {"line-length": 1}


@needs_proc
def test_a_pool_leaves_no_process_behind() -> None:
    before = children()
    with Pool(PROFILE, 2, 1_000_000) as pool:
        assert len(children() - before) == 2
        assert next(pool.results(blocks(3))) is None
    assert children() == before


@needs_proc
def test_a_worker_that_is_killed_costs_one_block_and_is_replaced() -> None:
    with Pool(PROFILE, 1, 1_000_000) as pool:
        results = pool.results(blocks(400))
        while next(results) is None:
            pass
        os.kill(pool._workers[0].process.pid, signal.SIGKILL)
        found = [result for result in results if result is not None]
    lost = [result for result in found if "not-checked" in result.counts]
    assert len(found) == 399
    assert len(lost) == 1
    assert lost[0].lines == 60
    assert sum(result.lines for result in found) == 399 * 60


@needs_proc
def test_when_workers_keep_dying_the_rest_is_told_as_not_checked() -> None:
    with Pool(PROFILE, 1, 1_000_000) as pool:
        found = []
        for result in pool.results(blocks(300)):
            if result is not None:
                found.append(result)
            for worker in pool._workers:
                os.kill(worker.process.pid, signal.SIGKILL)
    assert len(found) == 300
    assert found[-1].counts == {"not-checked": 1}


@needs_proc
def test_a_worker_sees_no_secrets_and_has_a_session_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-something-secret-1234")
    with Pool(PROFILE, 1, 1_000_000) as pool:
        list(pool.results(blocks(1)))
        pid = pool._workers[0].process.pid
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"sk-something" not in environment
        assert os.getsid(pid) == pid
        assert os.getpriority(os.PRIO_PROCESS, pid) >= os.getpriority(os.PRIO_PROCESS, 0) + 5 or (
            os.getpriority(os.PRIO_PROCESS, pid) == 19
        )
        os.kill(pid, signal.SIGINT)
        assert [r.lines for r in pool.results(blocks(2)) if r is not None] == [60, 60]
        open_files = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        assert not any(name.startswith(("/dev/pts", "/dev/tty")) for name in open_files)


_PARENT = """
import sys
from fttui.training_data.profile import CheckProfile, Format
from fttui.training_data.worker_pool import Pool
pool = Pool(CheckProfile(format=Format.CHAT), 2, 1000)
print(*[worker.process.pid for worker in pool._workers], flush=True)
sys.stdin.read()
"""


@needs_proc
def test_workers_end_when_their_parent_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) == 2
    parent.kill()
    parent.communicate()
    wait_until(lambda: not any(_lives(pid) for pid in pids), "a worker outlived its parent")


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


_LOADED = """
import sys
sys.modules.pop("fttui", None)
import fttui.training_data.worker_process
print(*sorted({name.partition(".")[0] for name in sys.modules}))
print(*sorted(name for name in sys.modules if name.startswith("fttui")))
"""


def test_a_worker_loads_the_parsers_and_little_else() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True
    )
    top, ours = done.stdout.splitlines()
    for heavy in ("textual", "openai", "subprocess", "asyncio", "multiprocessing", "argparse"):
        assert heavy not in top.split()
    assert "logging" not in top.split()
    for parents in (
        "worker_pool",
        "worker_start",
        "check",
        "file_rules",
        "report",
        "files",
        "models",
    ):
        assert f"fttui.training_data.{parents}" not in ours.split()


def test_workers_can_be_started_before_anything_of_the_check_is_loaded() -> None:
    script = "import sys, fttui.training_data.worker_start; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "fttui.training_data.worker_start" in loaded
    for later in ("orjson", "msgspec", "fttui.training_data.block", "fttui.training_data.rules"):
        assert later not in loaded


def test_a_check_writes_nothing_to_the_terminal(tmp_path: Path) -> None:
    path = write(tmp_path, lines(many(CHAT, 5_000)))
    script = (
        "import sys; from fttui.training_data.check import CheckSettings, check_file;"
        "check_file(sys.argv[1], settings=CheckSettings(workers=2, in_process_below=0))"
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", script, str(path)], capture_output=True, check=True
    )
    assert done.stdout == b""
    assert done.stderr == b""


def test_without_an_interpreter_the_check_runs_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    path = write(tmp_path, many(CHAT))
    settings = CheckSettings(workers=2, in_process_below=0)
    assert not check_file(path, count_tokens=False, settings=settings).counts


@needs_proc
def test_workers_that_were_started_ahead_are_the_ones_that_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_start, "IN_PROCESS_WITH_TOKENS", 1)
    path = write(tmp_path, lines(many(CHAT)).replace(b"Hi", "Hé".encode()))
    before = children()
    prepare(str(path), model=None, count_tokens=True)
    started = children() - before
    assert len(started) == usual_count()
    seen: set[int] = set()
    report = check_file(
        path,
        settings=CheckSettings(in_process_below=0),
        progress=lambda _: seen.update(children() - before),
    )
    assert seen == started
    assert children() == before
    assert not report.counts
    assert report.tokens is not None
    assert report.tokens == check_file(path).tokens


def test_a_vocabulary_that_was_loaded_ahead_counts_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, many(CHAT))
    plain = check_file(path).tokens
    prepare(str(path), model=None, count_tokens=True)
    assert check_file(path).tokens == plain
    assert not tokenizers._waiting


@pytest.mark.parametrize("much", [False, True])
def test_workers_for_much_text_are_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, much: bool
) -> None:
    path = write(tmp_path, many(CHAT))
    size = path.stat().st_size
    monkeypatch.setattr(worker_start, "IN_PROCESS_WITH_TOKENS", 1)
    monkeypatch.setattr(worker_start, "MUCH_TEXT", size if much else size + 1)
    monkeypatch.setattr(worker_start, "usual_count", lambda: 1)
    for _ in range(2):  # the second time does nothing
        prepare(str(path), model=None, count_tokens=True)
    _crew, (process,) = worker_start.take_crew()
    assert not worker_start._ahead
    process.kill()
    process.communicate()
    assert isinstance(process.args, list)
    assert ("much" in process.args) is much


@pytest.mark.parametrize("path", ["missing.jsonl", "", "nul\0", "/", "/dev/null"])
def test_preparing_for_a_file_that_cannot_be_read_does_nothing(path: str) -> None:
    prepare(path, model=None, count_tokens=True)
    assert not tokenizers._waiting
