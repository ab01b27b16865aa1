"""Completion: what may come next, from this machine alone, and whole in a real shell."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.cli.conftest import FTTUI, Run

from fttui.cli.arguments import actions_of, arguments_of
from fttui.cli.completing.bash_line import BashLine
from fttui.cli.completing.candidates import answer_for
from fttui.cli.completing.values import _EVERYWHERE, _FILES, _FINDERS, _KINDS
from fttui.cli.program import build_parser
from fttui.storage.last_lists import ListOwner, save_list
from waiting import PATIENCE

BREAKS = " \t\n\"'@><=;|&(:"
HOSTILE = 'it\'s "q" $(touch PWNED) `touch PWNED`;&|'
FREE = frozenset(
    [
        *("N", "T", "V", "K=V", "S", "URL", "TEXT", "IDS", "DAYS", "MB", "SHARE", "PORT", "ID"),
        *("NAME", "PROMPT", "NAME=VALUE", "OLD=NEW", "user=COL,assistant=COL"),
    ]
)
"""What values are called that nobody can guess."""


def words(line: list[str], typed: str) -> list[str]:
    return [one.word for one in answer_for(line, typed).candidates]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with profiles of hostile names, and a list of jobs that was kept."""
    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    config = tmp_path / "CONFIG" / "fttui"
    config.mkdir(parents=True)
    names = (HOSTILE, "my lab", "été", "a\x1b[31mb", "-x")
    (config / "config.toml").write_text(
        "".join(
            f'[profiles.{json.dumps(one)}]\nbase_url = "https://x.example/v1"\n' for one in names
        )
    )
    jobs = [
        {"id": "ftjob-new", "status": "running", "model": "gpt-4.1", "training_file": "file-1"},
        {"id": "$(reboot)", "status": "x"},
        {"id": "ftjob-old", "status": "succeeded", "fine_tuned_model": "ft:gpt:org::1"},
    ]
    url = "https://api.openai.com/v1"
    save_list(ListOwner(url, "api.openai.com", "key"), jobs, 1.0)
    return tmp_path


def test_the_names_of_the_api_are_completed_where_they_were_begun() -> None:
    assert words(["create"], "--n_ep") == ["--n_epochs"]
    assert words(["create"], "--n-ep") == ["--n-epochs"]
    assert words(["create"], "--learning_rate_m") == ["--learning_rate_multiplier"]
    assert words(["create", "--n_epochs"], "a") == ["auto"]
    assert words(["create"], "--n_epochs=a") == ["--n_epochs=auto"]
    assert not [one for one in words(["create"], "--") if "_" in one]


def test_commands_actions_options_and_values_are_completed() -> None:
    assert words([], "jo") == ["jobs"]
    assert words(["files"], "") == ["list", "upload", "show", "download", "delete"]
    assert words(["jobs", "--json"], "--st") == ["--status"]
    assert "--json" not in words(["jobs", "--json"], "--")
    assert words(["create", "--method"], "d") == ["dpo"]
    assert words(["create"], "--method=d") == ["--method=dpo"]
    assert words(["jobs"], "!status:ru") == ["!status:running"]
    assert words(["recover", "x"], "re") == ["resume", "resend"]
    assert words(["nonsense"], "") == []
    assert answer_for(["check"], "x").files and answer_for(["archive", "--to"], "").folders
    assert "--help" not in words(["check", "--"], "-")


def test_ids_come_from_what_was_kept_and_are_ids() -> None:
    assert words(["show"], "") == ["ftjob-new", "ftjob-old", "@last"]
    assert words(["create", "--from"], "ftjob-o") == ["ftjob-old"]
    assert words(["files", "show"], "") == ["file-1"]
    assert words(["try"], "ft:") == ["ft:gpt:org::1"]
    assert words(["--profile", "my lab", "show"], "") == ["@last"]


def test_names_of_profiles_are_whole_and_none_has_control_characters() -> None:
    assert words(["--profile"], "") == ["openai", HOSTILE, "my lab", "été", "-x"]


def test_every_value_is_known_or_is_free() -> None:
    """A new option has to say what its values are, or to be added to those that none can guess."""

    def look(parser) -> None:
        for one in arguments_of(parser):
            value = one.value.strip("[].")
            name = f"{parser.prog.partition(' ')[2]} {one.dest}".strip()
            is_known = one.choices or name in _FINDERS or one.dest in _EVERYWHERE
            is_kind = value in _KINDS or value in _FILES or value == "DIR"
            assert not one.most or is_known or is_kind or value in FREE, (name, value)
        for inner in actions_of(parser).values():
            look(inner)

    look(build_parser())


@pytest.mark.parametrize("typed", ["it", "'it", '"it', ""])
def test_what_bash_puts_in_is_read_by_it_as_it_is(typed: str) -> None:
    line = BashLine.read(f"fttui --profile {typed}", BREAKS)
    assert line.words == ("--profile",)
    put_in = line.quote + line.insertion(HOSTILE) + line.quote
    done = subprocess.run(
        ["bash", "-c", f"printf %s {put_in}"], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.stdout == HOSTILE


@pytest.mark.parametrize(
    ("line", "put_in"),
    [
        ("fttui jobs status:r", "running"),
        ("fttui jobs --profile=my", "my\\ lab"),
        ("fttui show @l", "@last"),
        ("fttui try ft:gpt:org::", "1"),
    ],
)
def test_bash_keeps_what_stands_before_its_own_signs(line: str, put_in: str) -> None:
    read = BashLine.read(line, BREAKS)
    found = answer_for(read.words, read.typed).candidates
    assert put_in in [read.insertion(one.word) for one in found]


def test_the_hidden_command_is_light_silent_and_never_fails(place: Path) -> None:
    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        code = "from fttui.cli import main; import sys; s = main(); print(sorted(sys.modules)); "
        return subprocess.run(
            [
                FTTUI.replace("fttui", "python"),
                "-c",
                f"{code}sys.exit(s)",
                "__complete",
                *arguments,
            ],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            cwd=place,
        )

    ask("zsh", "")
    for arguments in (["zsh", "jobs", "--"], ["zsh", "show", ""], ["fish", "--profile", ""]):
        done = ask(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert not {"textual", "openai", "asyncio", "argparse"} & set(
            eval(done.stdout.split("\n")[-2])
        )
    for arguments in ([], ["bash"], ["zsh", "\udc80"], ["nonsense", "x"], ["bash", "'", ""]):
        done = ask(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
    assert not (place / "PWNED").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_takes_its_script(run: Run, shell: str) -> None:
    result = run("completion", shell)
    assert result.status == 0 and "fttui __complete" in result.out
    if shutil.which(shell):
        done = subprocess.run([shell, "-n"], input=result.out, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_bash_completes_with_the_script(place: Path) -> None:
    script = (
        'eval "$(fttui completion bash)"; COMP_LINE="fttui --profile my"; COMP_POINT=18; _fttui'
        ' 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    path = f"{Path(FTTUI).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
        cwd=place,
        timeout=PATIENCE,
    )
    assert done.stdout == "my\\ lab\n"
