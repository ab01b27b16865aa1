"""How the tab Endpoints looks at two sizes, also with names that mean harm."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from textual.app import ComposeResult
from textual.pilot import Pilot

import fttui.interface
from fttui.interface.endpoints.pane import EndpointsPane
from fttui.interface.guard.app import SafeApp
from fttui.interface.kit.keys import KeyLine
from fttui.interface.screens.profile_form import ProfileForm
from fttui.interface.tab_messages.endpoints import ProfileChecked, ProfileKeySeen, ProfilesListed
from fttui.services.endpoint.address import resolve_endpoint
from fttui.services.profiles.drafts import ProfileDraft, problems_of
from fttui.services.profiles.keys import KeySeen
from fttui.services.profiles.known import KnownProfile
from fttui.services.verification import Verification
from fttui.storage.settings import Profile, Settings
from settling import press, settled

STYLES = Path(fttui.interface.__file__).parent / "styles"
HOSTILE = "\x1b]52;c;cm0=\x07[/x][bold]\u202elab"
CONFIG = "/home/ada/.config/fttui/config.toml"


def known(name: str, url: str, **more: Any) -> KnownProfile:
    fields = {"organization": more.pop("organization", ""), "api_key_env": "LAB_KEY"}
    profile = Profile(name, url, default_model="gpt-4.1-mini-2025-04-14", **fields)
    endpoint = resolve_endpoint(Settings(profiles={name: profile}), {}, name)
    return KnownProfile(name, profile, endpoint, path=CONFIG, **more)


PROFILES = (
    known("openai", "https://api.openai.com/v1", in_use=True, organization="org-AbCdEfGh"),
    known("nebius", "https://api.tokenfactory.nebius.com/v1", is_made=True),
    known("lab", "https://lab.example/v1"),
    KnownProfile("far", Profile("far", "http://far.example/v1"), None,
                 "Over http your key would travel unencrypted.", CONFIG),
    known(HOSTILE, "http://127.0.0.1:8321/v1"),
)  # fmt: skip
CHECKED = {
    "nebius": Verification(True, "The key works.", {"jobs": True},
                           ("api.tokenfactory.nebius.com offers fine-tuning jobs, files, models.",
                            "It does not offer uploads in parts.")),
    "lab": Verification(False, "lab.example does not accept the key."),
}  # fmt: skip


class EndpointsHost(SafeApp[None]):
    """Only the tab."""

    CSS_PATH: ClassVar[Any] = [
        STYLES / f"{name}.tcss" for name in ("controls", "jobs", "dialogs", "endpoints")
    ]
    HORIZONTAL_BREAKPOINTS: ClassVar[Any] = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS: ClassVar[Any] = [(0, "-too-short"), (16, "-short"), (30, "-tall")]

    def __init__(self) -> None:
        super().__init__()
        self.pane = EndpointsPane()
        self.utils = SimpleNamespace(list_profiles=lambda: None)

    def compose(self) -> ComposeResult:
        yield self.pane
        yield KeyLine()


async def fill(pilot: Pilot[None]) -> None:
    pane: EndpointsPane = pilot.app.pane  # type: ignore[attr-defined]
    pane.post_message(ProfilesListed(PROFILES, "nebius"))
    pane.post_message(ProfileKeySeen("openai", KeySeen("MY_KEY", "the variable MY_KEY", "…1a2b")))
    pane.post_message(ProfileKeySeen("nebius", KeySeen("keyring", "the system keyring", "…9f00")))
    pane.post_message(ProfileKeySeen("far", KeySeen("–")))
    urls = {one.name: one.base_url for one in PROFILES}
    for name, result in CHECKED.items():
        pane.post_message(ProfileChecked(name, urls[name], result))
    pane.post_message(ProfileChecked(HOSTILE, urls[HOSTILE], asking=True))
    await settled(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 16)], ids=["small", "large", "least"])
def test_the_profiles_with_what_is_known_of_one(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(EndpointsHost(), terminal_size=size, run_before=fill)


@pytest.mark.parametrize("size", [(80, 24), (60, 16)], ids=["small", "least"])
def test_the_form_of_a_profile(snap_compare: Any, size: tuple[int, int]) -> None:
    async def fill_in(pilot: Pilot[None]) -> None:
        draft = ProfileDraft("azure", "https://{resource}.openai.azure.com/openai/v1", "AZURE_KEY")
        note = "The variable holds an Entra token or a key of the resource."
        pilot.app.push_screen(ProfileForm("New profile: Azure", draft, problems_of, note))
        await settled(pilot)
        await press(pilot, "ctrl+s")

    assert snap_compare(EndpointsHost(), terminal_size=size, run_before=fill_in)
