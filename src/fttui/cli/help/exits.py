"""The exit statuses of the commands."""

from __future__ import annotations

from fttui.terminal.language import _

_DONE = _("done")
_FAILED = _("it failed, or the endpoint refused it; stderr says why and what to do")
_BAD_USAGE = _("bad usage, or settings that cannot be used")
_UNKNOWN = _("whether a paid action happened is not known, or could not be told")
_SIGNAL = _("ended by the signal n, such as 130 by Ctrl+C")
_NO_SINGLE = _("something of several could not be done; each is named")
_OWN: dict[str, dict[str, str]] = {
    "check": {"1": _("a file has errors, or the copy of it could not be written")},
    "create": {"3": _UNKNOWN},
    "recover": {"3": _UNKNOWN},
    "move": {"1": _NO_SINGLE, "3": _UNKNOWN},
    "watch": {"0": _("all jobs succeeded"), "1": _("a job failed or was cancelled")},
    "cancel": {"0": _("all are cancelled, or were before"), "1": _NO_SINGLE},
    "pause": {"1": _NO_SINGLE},
    "resume": {"1": _NO_SINGLE},
    "files delete": {"1": _NO_SINGLE},
    "models": {"1": _NO_SINGLE},
    "archive": {
        "0": _("all that the endpoint still has and the options ask for is saved"),
        "1": _("something could not be had; each is named"),
    },
    "archive verify": {
        "0": _("every byte is as it was written"),
        "1": _("something is changed, missing, added or not finished; each is named"),
        "2": _("the folder is no archive"),
    },
    "profiles verify": {"1": _("the key does not work, or no jobs are offered")},
    "doctor": {"1": _("something keeps fttui from working")},
    "explain": {"1": _("nobody has explained that code")},
    "try": {"1": _("the model could not be asked, or not all examples were answered")},
    "sandbox": {"0": _("asked to end by SIGTERM or SIGINT")},
    "serve": {"0": _("asked to end by SIGTERM or SIGINT")},
}


def exits_of(command: str) -> list[tuple[str, str]]:
    """Each exit status of a command with what it means, by the command's words."""
    usual = {"0": _DONE, "1": _FAILED, "2": _BAD_USAGE}
    if not command:
        usual["3"] = _UNKNOWN
    own = _OWN.get(command, {})
    return [*sorted({**usual, **own}.items()), ("128+n", _SIGNAL)]
