"""What a user can ask for of endpoints: profiles, their keys, going to another."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from fttui.terminal.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fttui.interface.actions.copying import CopyActions
    from fttui.interface.actions.endpoints_editing import EndpointEditing
    from fttui.interface.actions.endpoints_key import KeyGiving
    from fttui.interface.actions.endpoints_listing import EndpointListing
    from fttui.interface.actions.leaving import Leaving
    from fttui.interface.actions.profile_switching import ProfileSwitching
    from fttui.interface.host import Host
    from fttui.services.profiles.keys import KeySeen
    from fttui.services.profiles.known import KnownProfile


class EndpointRequests:
    """A base of OpenAiInterfaceUtils: one method for each thing that can be asked for."""

    host: Host

    if TYPE_CHECKING:  # what the utilities have

        @cached_property
        def copying(self) -> CopyActions:
            """What goes to the clipboard."""

    @cached_property
    def leaving(self) -> Leaving:
        """What asks before work is left."""
        from fttui.interface.actions.leaving import Leaving

        return Leaving(self.host, self._under_way)

    @cached_property
    def switching(self) -> ProfileSwitching:
        """The way to another profile."""
        from fttui.interface.actions.profile_switching import ProfileSwitching

        return ProfileSwitching(self.host, self.leaving)

    @property
    def is_switching(self) -> bool:
        """True while keys wait for another profile, or for the list of them."""
        return "switching" in vars(self) and self.switching.under_way

    def _under_way(self) -> list[str]:
        """What would be left, a line for each; what nobody has asked for is not begun for this."""
        words = {
            "submit": _("a job is being created"),
            "recovery": _("a job is being created"),
            "_file_upload": _("a file is being uploaded"),
            "playground": _("a model is answering; what it was paid for is not kept"),
            "trials": _("examples are being asked; no more are, and saved results stay"),
            "job_actions": _("a job is being cancelled, paused or resumed"),
            "_file_download": _("files are being downloaded"),
            "_file_deletion": _("files are being deleted"),
            "model_deleting": _("models are being deleted"),
            "key_giving": _("a key is being tried"),
            "archive": _("the account is being saved, which can go on later"),
        }
        found = vars(self)
        return list(dict.fromkeys(text for name, text in words.items() if _works(found.get(name))))

    @cached_property
    def endpoint_listing(self) -> EndpointListing:
        """Which profiles there are."""
        from fttui.interface.actions.endpoints_listing import EndpointListing

        return EndpointListing(self.host)

    @cached_property
    def endpoint_editing(self) -> EndpointEditing:
        """Profiles that are made and changed."""
        from fttui.interface.actions.endpoints_editing import EndpointEditing

        return EndpointEditing(self.host, self.endpoint_listing)

    @cached_property
    def key_giving(self) -> KeyGiving:
        """Keys that are given in the app."""
        from fttui.interface.actions.endpoints_key import KeyGiving

        return KeyGiving(self.host, self.endpoint_listing)

    def list_profiles(self) -> None:
        """Read the profiles anew."""
        self.endpoint_listing.load()

    def show_profile(self, profile: KnownProfile, facts: Sequence[tuple[str, str]]) -> None:
        """Show all that is known of a profile, on a screen that scrolls."""
        from fttui.interface.screens.whole_text import WholeText

        def copy(text: str) -> None:
            self.copying.copy(text, _("the text"), lines=True)

        text = "\n\n".join(f"{label}\n{value}" for label, value in facts)
        self.host.push_screen(WholeText(profile.title, profile.host, text, copy))

    def check_profiles(self, profiles: Sequence[KnownProfile]) -> None:
        """Ask the endpoints of these what they offer; it costs nothing."""
        self.endpoint_listing.check(profiles)

    def stop_checks(self) -> bool:
        """Give up what endpoints are being asked; True when some were."""
        return self.endpoint_listing.stop_checks()

    def add_profile(self, taken: list[str]) -> None:
        """Make a profile from a template; `taken` are the names that there are."""
        self.endpoint_editing.add(taken)

    def edit_profile(self, profile: KnownProfile) -> None:
        """Change a profile that fttui has made."""
        self.endpoint_editing.edit(profile)

    def forget_profile(self, profile: KnownProfile, key: KeySeen | None) -> None:
        """Forget a profile, its kept key, or both, after a confirmation."""
        self.endpoint_editing.forget(profile, key)

    def give_key(self, profile: KnownProfile) -> None:
        """Give a profile another key."""
        self.key_giving.begin(profile)

    def give_another_key(self) -> None:
        """Give the profile in use another key."""
        from fttui.services.profiles.known import profile_in_use

        self.give_key(profile_in_use(self.host.session, self.host.profiles))

    def go_to_profile(self, profile: KnownProfile) -> None:
        """Go to a profile; to the one in use only where it says something else by now."""
        from fttui.services.profiles.known import is_as_opened

        session = self.host.session
        if is_as_opened(profile, session) and self.host.profiles.has_its_key(session):
            host = session.endpoint.host
            self.host.notice(_("{name} is in use: {host}.", name=profile.title, host=host))
        elif profile.problem:
            self.host.notice(profile.problem, severity="error")
        else:
            self.host.switch_profile(profile.name)

    def choose_profile(self) -> None:
        """Choose another profile to go to."""
        self.switching.choose()


def _works(action: object) -> bool:
    return bool(getattr(action, "under_way", False))
