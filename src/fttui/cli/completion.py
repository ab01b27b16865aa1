"""`fttui completion`: the script that has a shell complete the commands of fttui."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from fttui.cli.problems import UsageError
from fttui.terminal.language import _

_SCRIPTS = Path(__file__).parents[1] / "completions"
_FILES = {"bash": "fttui.bash", "zsh": "_fttui", "fish": "fttui.fish"}


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "completion",
        description=_(
            "Print a script that has your shell complete commands, options, values, profiles, and "
            "the jobs, files and models that this machine knows, by the Tab key. Nothing is "
            "written, and no endpoint is ever asked for it."
        ),
    )
    parser.add_argument("shell", metavar="SHELL", choices=tuple(_FILES), help=_("bash, zsh, fish"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the script, with how it is installed above it as comments."""
    if args.json:
        raise UsageError(_("A script is no JSON document."), _("Leave --json out."))
    script = (_SCRIPTS / _FILES[args.shell]).read_text(encoding="utf-8")
    first, _newline, rest = script.partition("\n")
    told = [f"# {line}" if line else "#" for line in _how(args.shell)]
    sys.stdout.write("\n".join([first, *told, rest]))
    return 0


def _how(shell: str) -> list[str]:
    """How the script of a shell is installed."""
    if shell == "bash":
        return [
            _("For good, where the package bash-completion is installed:"),
            "  mkdir -p ~/.local/share/bash-completion/completions",
            "  fttui completion bash > ~/.local/share/bash-completion/completions/fttui",
            _("or without it, in ~/.bashrc:"),
            '  eval "$(fttui completion bash)"',
        ]
    if shell == "zsh":
        return [
            _("For good, in a folder of $fpath, before compinit is called in ~/.zshrc:"),
            "  mkdir -p ~/.zfunc && fttui completion zsh > ~/.zfunc/_fttui",
            "  fpath=(~/.zfunc $fpath); autoload -Uz compinit && compinit",
            _("or after compinit, in ~/.zshrc:"),
            '  eval "$(fttui completion zsh)"',
        ]
    return [
        _("For good:"),
        "  mkdir -p ~/.config/fish/completions",
        "  fttui completion fish > ~/.config/fish/completions/fttui.fish",
    ]
