"""How a variable is set in each shell, for now and for good, and which shell is the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from fttui.terminal.language import _


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell as people call it, and where it is what one has; `now` and `good` are lines to type.

    `{variable}` in them is the variable. `file` keeps `now` for good where there is no `good`.
    """

    id: str
    name: str
    now: str
    good: str = ""
    file: str = ""


_EXPORT = "export {variable}='sk-...'"
SHELLS: Mapping[str, Shell] = {
    each.id: each
    for each in (
        Shell("bash", "bash (Linux)", _EXPORT, file="~/.bashrc"),
        Shell("zsh", "zsh (macOS)", _EXPORT, file="~/.zshrc"),
        Shell(
            "fish",
            "fish",
            "set -gx {variable} 'sk-...'",
            good="set -Ux {variable} 'sk-...'",
            file="~/.config/fish/fish_variables",
        ),
        Shell(
            "powershell",
            "PowerShell (Windows)",
            "$env:{variable} = 'sk-...'",
            good='setx {variable} "sk-..."',
            file="HKEY_CURRENT_USER\\Environment",
        ),
    )
}
"""By id, in the order in which they are told."""
_SAME = {"pwsh": "powershell", "pwsh-preview": "powershell", "sh": "bash", "dash": "bash"}


def own_shell(environ: Mapping[str, str], platform: str) -> str:
    """The id of the user's own shell: by what has started fttui, by $SHELL, else the usual one."""
    if platform == "win32" or environ.get("PSModulePath"):  # every PowerShell hands that on
        return "powershell"
    name = PurePath(environ.get("SHELL", "")).name.lower()
    name = _SAME.get(name, name)
    return name if name in SHELLS else "zsh" if platform == "darwin" else "bash"


def own_first(own: str) -> list[Shell]:
    """All shells, the user's own at the top."""
    return sorted(SHELLS.values(), key=lambda shell: shell.id != own)


def shell_steps(shell: Shell, variable: str) -> tuple[str, ...]:
    """The lines to type in `shell`, and where what they set is kept."""
    now, good = shell.now.format(variable=variable), shell.good.format(variable=variable)
    first = _("For this terminal:  {line}", line=now)
    if not good and shell.id == "bash":
        more = _(
            "For good: add that line to {file} (on macOS ~/.bash_profile), then open a new"
            " terminal.",
            file=shell.file,
        )
    elif not good:
        more = _("For good: add that line to {file}, then open a new terminal.", file=shell.file)
    else:
        more = _("For good:  {line}  It is kept in {file}.", line=good, file=shell.file)
    steps: tuple[str, ...] = (first, more)
    if shell.id == "powershell":
        steps += (_("On Linux and macOS: add the first line to the file that $PROFILE names."),)
    return steps
