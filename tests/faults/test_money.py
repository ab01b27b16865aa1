"""For each yes at most one job, and what is told is true, whatever fails on the way.

Every example is a new endpoint, a new journal, and up to three runs of one `fttui create`.
"""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from faults.catalogue import CERTAIN_STATUSES, ODD_ANSWERS, ODD_STATUSES, UNCERTAIN_STATUSES
from faults.harness import Truth, write_rows
from faults.payer import Mishap, pay
from faults.proxy import Fault, FaultProxy, error_answer
from faults.victim import fork_server
from fttui.server import ManualClock, SandboxConfig, SandboxServer
from fttui.services.job_form import SUBMISSION_TAG
from waiting import PATIENCE

MODEL = "gpt-4.1-mini-2025-04-14"
NETWORK = [
    *(Fault(how, commit) for how in ("reset", "close", "truncate") for commit in (True, False)),
    *ODD_ANSWERS,
    *(error_answer(status, commit=True) for status in (*UNCERTAIN_STATUSES, *ODD_STATUSES)),
    *(
        error_answer(status, commit=False)
        for status in (*UNCERTAIN_STATUSES, *ODD_STATUSES, *CERTAIN_STATUSES)
    ),
]
READS = [Fault("reset", False), Fault("close", False), error_answer(500, commit=False)]
JOURNALS = ["", "", "", "locked", "garbage", "dropped", "gone", "foreign"]
RUNS = int(os.environ.get("FTTUI_MONEY_EXAMPLES", "6"))
seen: Counter[str] = Counter()


@dataclass(frozen=True)
class Run:
    """One `fttui create --yes`: what fails, and what the user says beyond the yes."""

    create: Fault | None = None
    looks: Fault | None = None
    journal: str = ""
    mishap: Mishap = field(default_factory=Mishap)
    again: bool = False
    without_journal: bool = False
    clock: float = 0.0

    @property
    def agrees(self) -> bool:
        """True when the user accepts that there may be two jobs."""
        return self.again or self.without_journal


@dataclass
class Told:
    """What a run left: its status (-9 after a kill), and the ids that it named."""

    status: int
    out: str
    err: str

    @property
    def named(self) -> set[str]:
        return set(re.findall(r"ftjob-\w+", self.out + self.err))


RUN = st.builds(
    Run,
    create=st.none() | st.sampled_from(NETWORK),
    looks=st.none() | st.none() | st.sampled_from(READS),
    journal=st.sampled_from(JOURNALS),
    mishap=st.builds(
        Mishap,
        dies_at=st.none() | st.none() | st.integers(0, 8),
        room=st.none() | st.none() | st.integers(10_000, 120_000),
        stdout=st.sampled_from(["file", "file", "file", "/dev/full", ""]),
    ),
    again=st.booleans(),
    without_journal=st.booleans(),
    clock=st.sampled_from([0.0, 0.0, -7200.0, 7200.0]),
)
LOST = Run(create=Fault("reset", commit=True), looks=Fault("reset", commit=False))
NEVER_MADE = Run(create=Fault("reset", commit=False), looks=Fault("reset", commit=False))
KILLED = Run(mishap=Mishap(dies_at=6))
KILLED_BEFORE_IT_TOLD = Run(mishap=Mishap(dies_at=7))


@pytest.fixture(scope="module")
def context() -> ForkServerContext:
    return fork_server()


@pytest.mark.parametrize(
    ("runs", "keeps_metadata"),
    [
        ([LOST, Run()], True),
        ([LOST, Run()], False),
        ([NEVER_MADE, Run(), Run(again=True)], True),
        ([KILLED, Run(), Run()], True),
        ([KILLED_BEFORE_IT_TOLD, Run(looks=LOST.looks), Run(), Run()], True),
        ([LOST, Run(journal="dropped"), Run()], True),
        ([Run(journal="locked"), Run(journal="gone", without_journal=True)], True),
        ([Run(mishap=Mishap(stdout="/dev/full")), Run()], True),
        ([NEVER_MADE, Run(journal="garbage"), Run()], True),
    ],
)
def test_each_yes_makes_at_most_one_job_where_it_would_be_easy_to_make_two(
    context: ForkServerContext, runs: list[Run], keeps_metadata: bool
) -> None:
    _each_yes_makes_at_most_one_job(context, runs, keeps_metadata)


@given(runs=st.lists(RUN, min_size=1, max_size=3), keeps_metadata=st.booleans())
@settings(
    max_examples=RUNS,
    phases=[Phase.generate],  # to shrink takes minutes, and says little
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_each_yes_makes_at_most_one_job_and_what_is_told_is_true(
    context: ForkServerContext, runs: list[Run], keeps_metadata: bool
) -> None:
    _each_yes_makes_at_most_one_job(context, runs, keeps_metadata)


def _each_yes_makes_at_most_one_job(
    context: ForkServerContext, runs: list[Run], keeps_metadata: bool
) -> None:
    with tempfile.TemporaryDirectory() as name, bench(Path(name), keeps_metadata) as scene:
        owed: set[str] = set()  # jobs that nobody has been told of
        is_open = False  # a run has said that it does not know
        for number, run in enumerate(runs):
            if run.journal == "gone":  # whoever deletes the journal has let go of what it knew
                owed, is_open = set(), False
            before = scene.jobs()
            told = scene.carry_out(context, run, number)
            made = scene.jobs() - before
            seen.update(["runs", f"status {told.status}"])
            assert len(made) <= 1, "one yes, two jobs"
            assert not (made and (owed or is_open) and not run.agrees), "paid again without a word"
            _check_what_is_told(told, made, before)
            owed = (owed | made) - told.named
            is_open = is_open or (told.status == 3 and not told.named and not made)
        seen["jobs"] += len(scene.jobs())


def _check_what_is_told(told: Told, made: set[str], before: set[str]) -> None:
    assert "Traceback" not in told.err
    if told.status == -9:
        return
    assert told.status in {0, 1, 3}, told.err
    if told.status == 0:
        (named,) = re.findall(r"ftjob-\w+", told.out)
        assert made <= {named} and named in before | made, "named a job that it is not"
    elif told.status == 1:
        assert not made, f"told that there is no job: {told.err}"
        assert told.err.strip()


@dataclass
class Scene:
    """A new endpoint behind a proxy, and the home of one user."""

    sandbox: SandboxServer
    proxy: FaultProxy
    truth: Truth
    clock: ManualClock
    folder: Path
    training: Path

    @property
    def state(self) -> Path:
        return self.folder / "state" / "fttui"

    def jobs(self) -> set[str]:
        return {job.raw_id for job in self.truth.jobs()}

    def carry_out(self, context: ForkServerContext, run: Run, number: int) -> Told:
        """Run the command once, with everything failing that `run` names."""
        self.proxy.calm()
        self.clock.advance(run.clock) if run.clock > 0 else None
        if run.create:
            self.proxy.script("POST /fine_tuning/jobs$", run.create)
        if run.looks:
            self.proxy.always("GET /fine_tuning/jobs", run.looks)
        out = self.folder / f"run-{number}"
        out.mkdir()
        environ = {"OPENAI_API_KEY": self.sandbox.api_key, "OPENAI_BASE_URL": self.proxy.base_url}
        environ |= {f"XDG_{n.upper()}_HOME": str(self.folder / n) for n in ("config", "state")}
        arguments = ["create", "--training-file", str(self.training), "--model", MODEL, "--yes"]
        arguments += ["--detach"] + ["--again"] * run.again
        arguments += ["--without-journal"] * run.without_journal
        with _broken(self.state, run.journal):
            process = context.Process(target=pay, args=(environ, arguments, out, run.mishap))
            process.start()
            process.join(PATIENCE)
        assert process.exitcode is not None, "it did not end"
        self.proxy.wait_until_idle()  # a call that it gave up may still make a job
        texts = [_text_of(out / name) for name in ("out", "err")]
        return Told(process.exitcode, *texts)


@contextmanager
def bench(folder: Path, keeps_metadata: bool) -> Iterator[Scene]:
    clock = ManualClock()
    with (
        SandboxServer(SandboxConfig(clock=clock)) as sandbox,
        FaultProxy(sandbox.base_url) as proxy,
        closing(Truth(sandbox)) as truth,
    ):
        if not keeps_metadata:
            mark = SUBMISSION_TAG.encode()
            proxy.rewrite = lambda request, body: (
                body.replace(mark, b"x" * len(mark)) if request.startswith("POST") else body
            )
        training = write_rows(folder / "train.jsonl")
        yield Scene(sandbox, proxy, truth, clock, folder, training)


@contextmanager
def _broken(state: Path, how: str) -> Iterator[None]:
    """The journal as another program, or a bad day, leaves it."""
    path = state / "journal.db"
    is_sound = path.is_file() and path.read_bytes().startswith(b"SQLite")
    if how in {"locked", "dropped"} and not is_sound:
        yield
        return
    if how == "locked":
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
        return
    if how and path.exists():
        _break(path, how)
    yield


def _break(path: Path, how: str) -> None:
    if how == "dropped":
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("DROP TABLE IF EXISTS files")
        return
    for beside in path.parent.glob("journal.db*"):
        beside.unlink()
    if how == "garbage":
        path.write_bytes(b"not a database at all, " * 100)
    elif how == "foreign":
        path.symlink_to("/etc/hostname")


def _text_of(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""
