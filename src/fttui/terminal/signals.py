"""Which signals end a process that does nothing about them, and who gets them."""

import os
import signal
from pathlib import Path

_ELSE = (
    # These stop, continue, or do nothing.
    *("SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGCONT"),
    *("SIGCHLD", "SIGCLD", "SIGURG", "SIGWINCH", "SIGINFO"),
    # Nobody can catch this one.
    "SIGKILL",
    # After one of its own faults a process cannot go on: a handler would be called for ever.
    *("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL"),
)


def ending_signals() -> list[int]:
    """The signals to catch so that what is open is closed; those that are ignored stay so."""
    others = {getattr(signal, name) for name in _ELSE if hasattr(signal, name)}
    ending = sorted({int(each) for each in signal.valid_signals()} - {int(each) for each in others})
    return [number for number in ending if signal.getsignal(number) not in (signal.SIG_IGN, None)]


def leave_signals_to_others() -> None:
    """From now on no signal is given to this thread: those of the process wake the main one.

    Python acts on a signal there alone, and one that another thread got does not end its wait.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, ending_signals())


def has_shell() -> bool:
    """Whether this process has a shell in its session, which lets it go on after a stop.

    Told by /proc; without that it is taken to have one.
    """
    try:
        process, group, session = os.getpid(), os.getpgrp(), os.getsid(0)
        while os.getsid(process) == session:
            if os.getpgid(process) != group:
                return True
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return not Path("/proc/self/stat").exists()
    return False
