"""Whoever waits over three seconds is told for what, on stderr and until there is more to tell."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from tests.cli.conftest import Run

from faults.proxy import Fault, FaultProxy
from fttui.cli import progress as waiting
from fttui.cli import streams
from fttui.cli.progress import waiting_for
from fttui.services.endpoint.transport import Timeouts
from fttui.services.session import Session
from waiting import wait_until

Told = Callable[[], str]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """All of stderr so far."""
    parts: list[str] = []

    def so_far() -> str:
        parts.append(capsys.readouterr().err)
        return "".join(parts)

    return so_far


@pytest.fixture(autouse=True)
def no_waits() -> None:
    """Here commands say that they wait."""


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The word comes at once."""
    monkeypatch.setattr(waiting, "SECONDS", 0.0)


def is_quiet() -> bool:
    """Whether nothing is left that could say a word."""
    return not any(thread.name == "waiting" for thread in threading.enumerate())


def test_nobody_waits_longer_than_three_seconds_without_a_word() -> None:
    assert waiting.SECONDS == 3.0


def test_a_wait_is_told_and_sparsely_told_again(
    hasty: None, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    with waiting_for("Waiting for it ..."):
        wait_until(lambda: "Waiting for it ..." in told(), "it was not told")
        assert not is_quiet()
    assert told() == "Waiting for it ...\n"
    wait_until(is_quiet, "it goes on")
    monkeypatch.setattr(waiting, "_AGAIN", 0.0)
    with waiting_for("again"):
        wait_until(lambda: told().count("again\n") > 2, "it was told once only")


def test_what_is_over_in_time_is_not_told(told: Told) -> None:
    with waiting_for("Waiting for it ..."):
        pass
    wait_until(is_quiet, "it goes on")
    assert told() == ""


def test_without_a_thread_to_tell_it_the_wait_goes_on(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    done = False
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with waiting_for("Waiting for it ..."):
            done = True
    assert done and told() == ""


def test_a_command_that_has_said_something_is_not_said_to_wait(
    hasty: None, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter(range(100))
    monkeypatch.setattr(streams, "written", lambda: next(counts))
    with waiting_for("Waiting for it ..."):
        wait_until(is_quiet, "it still waits to speak")
    assert told() == ""


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_an_endpoint_that_does_not_answer_is_named(
    hasty: None, run: Run, fault_proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch, more
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    monkeypatch.setattr(
        "fttui.services.endpoint.transport.Timeouts", lambda: Timeouts(read=0.3, tries=1)
    )
    fault_proxy.always(r"GET .*/fine_tuning/jobs", Fault("hang"))
    result = run("jobs", *more)
    assert result.status == 1
    host = fault_proxy.base_url.split("/")[2]
    assert f"Waiting for {host} ...\n" in result.err
    assert "Waiting" not in result.out


def test_a_slow_place_of_the_key_is_told(
    hasty: None, run: Run, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_at_once = Session.open

    def open_slowly(**options: object) -> Session:
        wait_until(lambda: "where the API key is kept ..." in told(), "no word of the key")
        return open_at_once(**options)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "open", open_slowly)
    assert run("jobs", "--json").status == 0


def test_a_key_that_is_slow_to_come_on_stdin_is_waited_for_aloud(
    hasty: None, run: Run, told: Told, server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: int) -> bytes:
        wait_until(lambda: "Waiting for the key on stdin ..." in told(), "no word of stdin")
        return server.api_key.encode()

    stdin = SimpleNamespace(isatty=lambda: False, buffer=SimpleNamespace(read=read))
    monkeypatch.setattr("sys.stdin", stdin)
    assert run("login", "--where", "file").status == 0


def test_a_check_that_lasts_is_told_where_no_line_can_change(
    hasty: None, run: Run, told: Told, training_file, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fttui.training_data import check

    check_at_once = check.check_file

    def check_slowly(*arguments: object, **options: object) -> object:
        wait_until(lambda: "checking the file ..." in told(), "no word of the check")
        return check_at_once(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(check, "check_file", check_slowly)
    assert run("check", training_file, "--json").status == 0
