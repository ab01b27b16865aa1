"""Profiles that are made, changed and forgotten in the app; the settings file stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.menu import Menu, MenuItem
from fttui.interface.screens.profile_form import ProfileForm
from fttui.services.profiles.drafts import (
    ProfileDraft,
    draft_from,
    free_name,
    next_steps,
    problems_of,
    sent_along,
    template_values,
    unset_variables,
    values_from,
)
from fttui.services.profiles.forgetting import forget_key, forget_profile
from fttui.services.profiles.known import BUILT_IN
from fttui.storage.made_profiles import add_profile, change_profile, made_values
from fttui.storage.settings import SettingsError
from fttui.storage.templates import templates
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.interface.actions.endpoints_listing import EndpointListing
    from fttui.interface.host import Host
    from fttui.services.profiles.keys import KeySeen
    from fttui.services.profiles.known import KnownProfile

_OTHER = "other"
Write = Callable[[dict[str, Any], str], str]
"""Writes the settings of a profile of a name; what was done, as a sentence."""


class EndpointEditing:
    """Writes `profiles.toml` alone, as `fttui profiles add` and `remove` do."""

    def __init__(self, host: Host, listing: EndpointListing) -> None:
        self._host = host
        self._listing = listing

    def add(self, taken: list[str]) -> None:
        """Make a profile from a template; `taken` are the names that there are."""
        known = templates()
        items = [MenuItem(one.name, _(one.title), one.base_url) for one in known.values()]
        items.append(MenuItem(_OTHER, _("Another endpoint"), _("any that speaks OpenAI's API")))

        def chosen(name: str | None) -> None:
            if name is None:
                return
            template = known.get(name)
            before = template_values(template) if template else {}
            draft = draft_from(free_name(name, taken), before)
            title = _("New profile: {title}", title=_(template.title) if template else "")
            note = _(template.note) if template else ""
            self._open(title.rstrip(": "), draft, before, taken, self._write_new, note=note)

        lead = _("What is known of the endpoint is filled in. Nothing is sent.")
        self._host.push_screen(Menu(_("New profile"), items, lead), chosen)

    def edit(self, one: KnownProfile) -> None:
        """Change a profile that fttui has made; of another it is said who may."""
        if not one.is_made:
            self._host.notice(_why_not_edited(one), severity="warning")
            return
        work = partial(self._read, one)
        self._host.start_worker(work, group="edit-profile", exclusive=True, waits_for="")

    async def _read(self, one: KnownProfile) -> None:
        place = self._host.place
        try:
            before = await asyncio.to_thread(made_values, self._host.profiles.config, one.name)
        except SettingsError as problem:
            self._host.notice(str(problem), severity="error")
            return
        if self._host.place != place:
            return  # the user has gone on to something else
        title = _("Profile {name}", name=one.title)
        write = partial(self._write_changed, before)
        self._open(title, draft_from(one.name, before), before, [], write, is_named=True)

    def _open(
        self,
        title: str,
        draft: ProfileDraft,
        before: Mapping[str, Any],
        taken: list[str],
        write: Write,
        *,
        note: str = "",
        is_named: bool = False,
    ) -> None:
        check = partial(problems_of, taken=taken)

        def answered(filled: ProfileDraft | None) -> None:
            if filled is not None:
                questions = _questions(filled, before)
                self._ask_all(questions, lambda yes: agreed(filled, yes))

        def agreed(filled: ProfileDraft, yes: bool) -> None:
            if yes:
                self._write(filled, before, write)
            else:
                self._host.push_screen(ProfileForm(title, filled, check, note, is_named), answered)

        self._host.push_screen(ProfileForm(title, draft, check, note, is_named), answered)

    def _ask_all(self, questions: list[Confirm], done: Callable[[bool], None]) -> None:
        """Ask one after the other; `done` hears whether there was a yes to all."""
        if not questions:
            done(True)
            return
        first, *others = questions
        self._host.push_screen(
            first, lambda yes: self._ask_all(others, done) if yes else done(False)
        )

    def _write(self, draft: ProfileDraft, before: Mapping[str, Any], write: Write) -> None:
        values = values_from(draft, before, allow_http=draft.sends_unencrypted)
        work = partial(self._written, draft, values, write)
        self._host.start_worker(work, group="write-profile", waits_for=_("the settings"))

    async def _written(self, draft: ProfileDraft, values: dict[str, Any], write: Write) -> None:
        try:
            said = await asyncio.to_thread(write, values, draft.name)
        except SettingsError as problem:
            self._host.notice(str(problem), severity="error")
            return
        self._host.notice(said)
        self._listing.load(select=draft.name)

    def _write_new(self, values: dict[str, Any], name: str) -> str:
        profiles = self._host.profiles
        add_profile(profiles.config, name, values)
        return next_steps(name, unset_variables(values, profiles.environ))

    def _write_changed(self, before: dict[str, Any], values: dict[str, Any], name: str) -> str:
        change_profile(self._host.profiles.config, name, before, values)
        if self._host.session.endpoint.profile.name == name:
            return _("Profile {name} is changed. Go to it anew to use what it says now.", name=name)
        return _("Profile {name} is changed.", name=name)

    def forget(self, one: KnownProfile, key: KeySeen | None) -> None:
        """Forget a profile, its kept key, or both, after a confirmation."""
        has_key = key is not None and key.is_kept
        why_not = _why_not_forgotten(one)
        if why_not and not has_key:
            self._host.notice(why_not, severity="warning")
        elif not has_key:
            self._ask(one, key, profile=True, with_key=False)
        else:
            kept = key.source if key else ""
            whole, alone = _("The profile and its key"), _("The profile alone")
            items = [
                MenuItem("both", whole, kept, why_not, "b"),
                MenuItem("profile", alone, _("the key stays in {place}", place=kept), why_not, "p"),
                MenuItem("key", _("The key alone"), kept, "", "k"),
            ]

            def chosen(what: str | None) -> None:
                if what is not None:
                    self._ask(one, key, profile=what != "key", with_key=what != "profile")

            self._host.push_screen(Menu(_("Forget {name}", name=one.title), items), chosen)

    def _ask(
        self, one: KnownProfile, key: KeySeen | None, *, profile: bool, with_key: bool
    ) -> None:
        facts = [(_("Profile"), one.title), (_("Base URL"), one.base_url)]
        if with_key and key is not None:
            facts.append((_("Key"), f"{key.ending}, {key.source}"))
        question = _("Forget this profile?") if profile else _("Forget this key?")
        if profile and with_key:
            question = _("Forget this profile and its key?")

        def answered(yes: bool | None) -> None:
            if yes:
                work = partial(self._forget, one, profile=profile, with_key=with_key)
                self._host.start_worker(work, group="forget", waits_for=_("the keyring"))

        lost = _("Jobs, files and notes stay. A key that is kept nowhere else is lost.")
        dialog = Confirm(
            _("Forget {name}", name=one.title),
            facts,
            question,
            _("Forget it"),
            danger=True,
            warning=lost if with_key else "",
        )
        self._host.push_screen(dialog, answered)

    async def _forget(self, one: KnownProfile, *, profile: bool, with_key: bool) -> None:
        said = []
        try:
            if profile:
                config = self._host.profiles.config
                said.append(await asyncio.to_thread(forget_profile, config, one.name))
            if with_key:
                self._host.profiles.forget_key(one.endpoint)
                said.append(await asyncio.to_thread(forget_key, one))
        except SettingsError as problem:
            self._host.notice(str(problem), severity="error")
        else:
            self._host.notice("\n".join(filter(None, said)))
        self._listing.load()


def _questions(filled: ProfileDraft, before: Mapping[str, Any]) -> list[Confirm]:
    """What is to be agreed to before a form is written: what may be read on the way, or there."""
    facts = [(_("Profile"), filled.name), (_("Base URL"), filled.base_url)]
    asked = []
    if along := sent_along(filled, before):
        listed = "\n".join(f"{safe(name)}: {safe(variables)}" for name, variables in along.items())
        asked.append(
            Confirm(
                _("Send it to another server"),
                [*facts, (_("Sent along"), listed)],
                _("What these variables hold goes to the new address as well. Allow it?"),
                _("Allow it"),
                danger=True,
            )
        )
    if filled.sends_unencrypted:
        asked.append(
            Confirm(
                _("Send the key unencrypted"),
                facts,
                _("Over http everybody on the way can read your key and your data. Allow it?"),
                _("Allow it"),
                danger=True,
            )
        )
    return asked


def _why_not_edited(one: KnownProfile) -> str:
    if not one.path:
        return _("This is what the run began with, and no profile. n makes one.")
    if one.path == BUILT_IN:
        return _("This profile is built in. n makes one of your own; yours may differ.")
    return _(
        "{name} stands in {path}, which you write and fttui never touches: change it there.",
        name=one.title,
        path=one.path,
    )


def _why_not_forgotten(one: KnownProfile) -> str:
    if one.in_use:
        return _("{name} is in use: go to another profile first.", name=safe(one.title))
    return "" if one.is_made else _why_not_edited(one)
