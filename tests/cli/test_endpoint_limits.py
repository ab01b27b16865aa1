"""`fttui check` and the commands that send take the limits of the endpoint that they are for."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from fttui.cli.endpoint_limits import limits_for
from fttui.storage.settings import SettingsError

AZURE = "https://mine.openai.azure.com/openai/v1"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings file with a profile for Azure; nothing is set in the environment."""
    for name in ("OPENAI_BASE_URL", "FTTUI_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("fttui.storage.folders.config_folder", lambda: tmp_path / "none")
    path = tmp_path / "config.toml"
    path.write_text(f'[profiles.azure]\nbase_url = "{AZURE}"\n')
    return path


def name_of(profile: str = "", config: Path | None = None) -> str:
    return limits_for(Namespace(profile=profile, config=config)).name


def test_without_anything_set_they_are_openai_s(settings: Path) -> None:
    assert name_of() == name_of(config=settings) == "OpenAI"


def test_the_profile_and_the_environment_name_the_endpoint(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert name_of("azure", settings) == "Azure OpenAI"
    monkeypatch.setenv("OPENAI_BASE_URL", AZURE)
    assert name_of() == name_of(config=settings) == "Azure OpenAI"
    assert name_of("openai", settings) == "OpenAI"
    monkeypatch.setenv("OPENAI_BASE_URL", "ftp://nonsense")
    assert name_of() == name_of(config=settings) == "OpenAI"
    monkeypatch.setenv("FTTUI_PROFILE", "azure")
    assert name_of(config=settings) == "Azure OpenAI"


def test_a_profile_that_is_not_there_is_told(settings: Path) -> None:
    with pytest.raises(SettingsError, match="no profile 'none'"):
        name_of("none", settings)
