"""The actions on what was left open, in words; the app and the command line say the same."""

from __future__ import annotations

from dataclasses import dataclass

from fttui.terminal.text import safe


@dataclass(frozen=True, slots=True)
class RecoveryAction:
    """How an action is offered. `question` is asked first when it costs or destroys, else ""."""

    label: str
    meaning: str
    question: str = ""
    danger: bool = False


def spare_file(file_id: str) -> str:
    """What is said of a file that was uploaded by itself, and that no job of fttui's uses."""
    return f"{safe(file_id)} is uploaded, but no job that fttui has made uses it."


PAYING_ACTIONS = frozenset({"resume", "create", "resend"})
RECOVERY_ACTIONS = {
    "resume": RecoveryAction(
        "Resume",
        "go on with the upload, then create the job",
        "Upload the rest and create this job?",
    ),
    "look_up": RecoveryAction("Look again", "look again whether there is a job"),
    "create": RecoveryAction(
        "Create the job", "create the job from the file that is uploaded", "Create this job?"
    ),
    "resend": RecoveryAction(
        "Send again",
        "send the create call again; a second job may be billed",
        "Send it again? If the first call did create a job, there will be two, both billed.",
        danger=True,
    ),
    "delete_file": RecoveryAction(
        "Delete the file",
        "delete the uploaded file from the endpoint",
        "Delete the uploaded file? That cannot be undone.",
        danger=True,
    ),
    "cancel_extra": RecoveryAction(
        "Cancel the extra jobs",
        "cancel the jobs that exist beside the first one",
        "Cancel every job but the first? That cannot be undone.",
        danger=True,
    ),
    "forget": RecoveryAction("Forget", "take it off this list; an unfinished upload is given up"),
}
