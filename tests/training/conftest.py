"""A small model that is made once, and one training of it that several tests look at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fttui.trainer.demo_questions import ANSWERS, conversation, conversations
from training.runs import Chat, Driver, call, make_run, train_python
from waiting import PATIENCE

HELD_OUT = [conversation(city, 4) for city in ANSWERS]
"""Questions in a phrasing that no training file here has."""
HYPERPARAMETERS = {"n_epochs": 6, "batch_size": 4, "learning_rate_multiplier": 30.0}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what is here, and skips it where nothing can train."""
    missing = pytest.mark.skip(
        reason="no interpreter with torch, transformers, peft and trl: FTTUI_TRAIN_PYTHON names one"
    )
    here = f"{Path(__file__).parent}/"
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.training)
            if train_python() is None:
                item.add_marker(missing)


def once(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder as one of the test processes made it; the others wait."""
    lock = folder.with_name(f"{folder.name}.lock")
    try:
        lock.mkdir(parents=True)
    except FileExistsError:
        end = time.monotonic() + 6 * PATIENCE
        while not (lock / "done").exists():
            assert time.monotonic() < end, f"{folder.name} was not made"
            time.sleep(0.1)
        assert (lock / "done").read_text() == "", (lock / "done").read_text()
        return folder
    said = "it could not be made"
    try:
        make(folder)
        said = ""
    finally:
        (lock / "done").write_text(said)
    return folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all test processes have."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def model(shared: Path) -> Path:
    """A model of 380,000 weights that knows the questions and gives wrong answers to all."""

    def make(folder: Path) -> None:
        done = call("--make-demo-model", folder)
        assert done.returncode == 0, done.stderr

    return once(shared / "models" / "tiny", make)


@pytest.fixture(scope="session")
def trained(shared: Path, model: Path) -> Path:
    """The run folder of a training that went through: 144 steps of 4."""

    def make(folder: Path) -> None:
        rows = conversations(4)
        make_run(folder, model, rows, HELD_OUT[:8], hyperparameters=HYPERPARAMETERS)
        done = call(folder)
        assert done.returncode == 0, done.stderr

    return once(shared / "runs" / "trained", make)


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """The trainer's modules in one process, for trainings that need no process of their own."""
    started = Driver()
    yield started
    assert started.end() == 0


@pytest.fixture(scope="session")
def chat() -> Iterator[Chat]:
    """The process that answers chats; that it ends with its input is seen at the end."""
    started = Chat()
    yield started
    assert started.end() == 0
