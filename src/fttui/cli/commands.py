"""The commands of the program: the module that has each, and what it does in a few words.

Told here, so that the list of them costs no import of what they need.
"""

from __future__ import annotations

from typing import NamedTuple

from fttui.terminal.language import _


class Command(NamedTuple):
    """The module of this package that has a command, and what the command does, in half a line."""

    module: str
    summary: str


COMMANDS = {
    "demo": Command("demo", _("try the app on a sandbox: no key, no network, nothing billed")),
    "sandbox": Command("sandbox", _("a server with the fine-tuning API that trains nothing")),
    "serve": Command(
        "serve", _("a server with the fine-tuning API that trains open models for real")
    ),
    "check": Command("check", _("check a training file offline")),
    "create": Command("create", _("check a file, upload it and create a job")),
    "jobs": Command("jobs", _("all jobs, newest first")),
    "show": Command("jobs", _("one job")),
    "events": Command("history", _("a job's events")),
    "checkpoints": Command("history", _("a job's checkpoints")),
    "metrics": Command("metrics", _("a job's losses, step by step")),
    "watch": Command("watch", _("follow jobs until all have ended")),
    "cancel": Command("actions", _("end jobs before they are done")),
    "pause": Command("actions", _("pause jobs")),
    "resume": Command("actions", _("let paused jobs go on")),
    "note": Command("annotations", _("a note beside a job")),
    "label": Command("annotations", _("labels of jobs")),
    "hide": Command("annotations", _("leave jobs out of the list")),
    "files": Command("files", _("files on the endpoint; upload, show, download, delete")),
    "models": Command("models", _("models of the endpoint; show, delete")),
    "try": Command("try_model", _("ask a model, or compare it with others")),
    "retire": Command("retire", _("which of your models are shut down when")),
    "explain": Command("explain", _("what the code of a failure means")),
    "recover": Command("recover", _("what earlier runs left open")),
    "move": Command("move", _("create the jobs of one endpoint at another")),
    "archive": Command(
        "archive", _("save all jobs, events, curves, files and models of the account")
    ),
    "profiles": Command("profiles", _("the endpoints in your settings")),
    "login": Command("login", _("keep an API key for later runs")),
    "logout": Command("login", _("forget the kept API key")),
    "doctor": Command(
        "doctor", _("what this terminal, clipboard, folder, key and endpoint can do")
    ),
    "completion": Command("completion", _("a script that completes commands in your shell")),
    "schema": Command("schema", _("what the JSON documents of the commands look like")),
    "man": Command("man", _("the manual page")),
}
OTHER_WORDS = {
    "list": "jobs",
    "ls": "jobs",
    "ps": "jobs",
    "get": "show",
    "retrieve": "show",
    "status": "show",
    "log": "events",
    "logs": "events",
    "tail": "watch",
    "follow": "watch",
    "wait": "watch",
    "stop": "cancel",
    "kill": "cancel",
    "abort": "cancel",
    "new": "create",
    "start": "create",
    "train": "create",
    "fine-tune": "create",
    "finetune": "create",
    "validate": "check",
    "lint": "check",
    "upload": "files upload",
    "download": "files download",
    "rm": "files delete",
    "delete": "files delete",
    "chat": "try",
    "ask": "try",
    "migrate": "move",
    "copy": "move",
    "backup": "archive",
    "export": "archive",
    "verify": "archive verify",
    "server": "serve",
    "endpoints": "profiles",
    "config": "profiles",
    "auth": "login",
}
"""What other programs call these commands."""
