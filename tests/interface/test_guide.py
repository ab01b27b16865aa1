"""The guide to a key names the endpoint that is used, its variable, and how to do without a key."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from textual.widgets import Static

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.screens.first_run import FirstRun
from fttui.interface.screens.guide import KeyPlace, guide_content
from fttui.interface.screens.shells import own_shell
from fttui.services.session import Session
from settling import press, settled

SETTINGS = """
[profiles.lab]
base_url = "https://gateway.lab.example/v1"
api_key_env = "LAB_KEY"

[profiles.bare]
base_url = "https://bare.example:8443/v1"
"""
Open = Callable[[str], Session]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    config = tmp_path / "config.toml"
    config.write_text(SETTINGS)
    return lambda profile: Session.open(config=config, profile=profile, environ={})


@pytest.fixture
def place(opened: Open) -> Callable[[str], KeyPlace]:
    def of(profile: str) -> KeyPlace:
        with closing(opened(profile)) as session:
            return KeyPlace.of(session.endpoint)

    return of


@pytest.mark.parametrize("language", ["en", "fr"])
def test_openai_s_guide_is_about_openai_s_key(
    place: Callable[[str], KeyPlace], language: str
) -> None:
    text = guide_content(language, place("openai")).plain
    assert "platform.openai.com" in text and "export OPENAI_API_KEY=" in text
    assert "api_key =" not in text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_another_endpoint_s_guide_names_its_host_and_variable_and_no_other(
    place: Callable[[str], KeyPlace], language: str
) -> None:
    text = guide_content(language, place("lab")).plain
    assert "gateway.lab.example" in text and "fttui login --profile lab" in text
    assert "export LAB_KEY=" in text and "setx LAB_KEY " in text
    assert 'api_key = "none"' in text
    assert "OPENAI" not in text and "openai" not in text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_where_the_profile_names_no_variable_the_guide_sets_none(
    place: Callable[[str], KeyPlace], language: str
) -> None:
    text = guide_content(language, place("bare")).plain
    assert "api_key_env" in text and "export" not in text and "OPENAI" not in text


@pytest.mark.parametrize(
    ("environ", "platform", "own"),
    [
        ({"SHELL": "/usr/bin/fish"}, "linux", "fish"),
        ({"SHELL": "/bin/zsh"}, "linux", "zsh"),
        ({"SHELL": "/bin/dash"}, "linux", "bash"),
        ({"SHELL": "/opt/elvish"}, "darwin", "zsh"),
        ({"SHELL": "/usr/bin/pwsh"}, "linux", "powershell"),
        ({"SHELL": "/bin/bash", "PSModulePath": "x"}, "linux", "powershell"),
        ({}, "win32", "powershell"),
        ({}, "linux", "bash"),
    ],
)
def test_the_own_shell_is_known(environ: dict[str, str], platform: str, own: str) -> None:
    assert own_shell(environ, platform) == own


@pytest.mark.parametrize(("language", "yours"), [("en", "your shell"), ("fr", "votre shell")])
def test_every_shell_has_its_lines_the_user_s_own_first(
    language: str, yours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    monkeypatch.delenv("PSModulePath", raising=False)
    text = guide_content(language, KeyPlace()).plain
    ways = ("set -Ux OPENAI_API_KEY", "export OPENAI_API_KEY", "~/.zshrc", "$env:OPENAI_API_KEY =")
    places = [text.index(way) for way in ways]
    assert places == sorted(places)
    assert text.index(f"fish, {yours}") < places[0] and text.count(yours) == 1


def test_the_form_says_in_a_line_what_is_missing(place: Callable[[str], KeyPlace]) -> None:
    assert place("openai").missing == (
        "No API key for api.openai.com: set OPENAI_API_KEY. F1 tells how."
    )
    assert place("lab").missing == (
        "No API key for gateway.lab.example: set LAB_KEY, or write api_key = \"none\"."
        " F1 tells how."
    )  # fmt: skip
    assert "name a variable as api_key_env, or write" in place("bare").missing


async def test_the_first_screen_and_help_tell_of_the_profile_in_use(opened: Open) -> None:
    with closing(opened("lab")) as session:
        app = OpenAIInterfaceFT(session)
        async with app.run_test(size=(100, 40)) as pilot:
            await settled(pilot)
            assert isinstance(app.screen, FirstRun)
            shown = str(app.screen.query_one("#first-run-text", Static).render())
            lead = str(app.screen.query_one("#first-run-lead", Static).render())
            assert "Set LAB_KEY in bash" in shown and "gateway.lab.example" in lead
            await press(pilot, "f1")
            told = str(app.screen.query_one("#help-text", Static).render())
            assert "Set LAB_KEY in bash" in told and "OPENAI_API_KEY" not in told
