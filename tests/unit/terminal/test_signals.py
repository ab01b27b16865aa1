"""All signals that end a process are caught but those that nobody can go on after."""

import signal

from fttui.terminal.signals import ending_signals


def test_they_are_those_whose_default_ends_the_process() -> None:
    ending = ending_signals()
    for name in ("HUP", "INT", "QUIT", "ABRT", "USR1", "USR2", "ALRM", "TERM", "XCPU", "RTMIN"):
        assert getattr(signal, f"SIG{name}") in ending
    for name in ("KILL", "STOP", "TSTP", "TTIN", "TTOU", "CONT", "CHLD", "URG", "WINCH"):
        assert getattr(signal, f"SIG{name}") not in ending
    for name in ("SEGV", "BUS", "FPE", "ILL"):
        assert getattr(signal, f"SIG{name}") not in ending


def test_what_is_ignored_is_left_so() -> None:
    before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        assert signal.SIGUSR1 not in ending_signals()
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_thread_that_leaves_signals_to_others_gets_none() -> None:
    from fttui.services.service_thread import ServiceThread

    async def blocked() -> set[int]:
        return {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])}

    thread = ServiceThread()
    try:
        assert {int(signal.SIGINT), int(signal.SIGTERM)} <= thread.wait(blocked())
    finally:
        thread.stop()
    assert int(signal.SIGTERM) not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
