"""The actions on what was left open, in words; the app and the command line say the same."""

from __future__ import annotations

from dataclasses import dataclass

from fttui.terminal.language import _
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
    return _(
        "{file_id} is uploaded, but no job that fttui has made uses it.", file_id=safe(file_id)
    )


PAYING_ACTIONS = frozenset({"resume", "create", "resend"})
RECOVERY_ACTIONS = {
    "resume": RecoveryAction(
        _("Resume"),
        _("go on with the upload, then create the job"),
        _("Upload the rest and create this job?"),
    ),
    "upload": RecoveryAction(_("Go on"), _("upload the rest; that costs nothing")),
    "look_up": RecoveryAction(_("Look again"), _("look again whether there is a job")),
    "create": RecoveryAction(
        _("Create the job"),
        _("create the job from the file that is uploaded"),
        _("Create this job?"),
    ),
    "resend": RecoveryAction(
        _("Send again"),
        _("send the create call again; a second job may be billed"),
        _("Send it again? If the first call did create a job, there will be two, both billed."),
        danger=True,
    ),
    "delete_file": RecoveryAction(
        _("Delete the file"),
        _("delete the uploaded file from the endpoint"),
        _("Delete the uploaded file? That cannot be undone."),
        danger=True,
    ),
    "cancel_extra": RecoveryAction(
        _("Cancel the extra jobs"),
        _("cancel the jobs that exist beside the first one"),
        _("Cancel every job but the first? That cannot be undone."),
        danger=True,
    ),
    "forget": RecoveryAction(
        _("Forget"), _("take it off this list; an unfinished upload is given up")
    ),
}
