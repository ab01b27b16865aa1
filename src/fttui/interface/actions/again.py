"""A job again: the form is filled with what it was asked to be, here or at another profile."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from fttui.interface.messages import FormFilled
from fttui.services.endpoint.errors import ServiceError
from fttui.services.tuned_models.words import job_model_text, title_words
from fttui.storage.secrets import KeyRefused
from fttui.storage.settings import Profile, SettingsError
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fttui.interface.host import Host
    from fttui.interface.screens.menu import MenuItem
    from fttui.services.endpoint.models import Job
    from fttui.services.job_again import Again
    from fttui.services.session import Session

_HERE = "here"


class AgainActions:
    """Takes jobs over into the form."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def begin(self, model: str = "") -> None:
        """Fill the form from the one selected job, with `model` in the place of its base.

        With other profiles it is asked first whose form, and Enter is that of the job's own; a
        `model` is nowhere else.
        """
        jobs, sessions = self._host.selected_jobs(), self._host.sessions
        source = sessions.of(jobs[0]) if len(jobs) == 1 else sessions.own
        others = {} if model else _other_profiles(source, self._host.profiles.read)
        if not others and source.refusal:
            self._host.notice(source.refusal, severity="warning")
            return
        if len(jobs) != 1:
            why = _("No job is selected. Move the cursor to one first.")
            several = _("Several jobs are marked: only one can be created again.")
            self._host.notice(several if jobs else why, severity="warning")
        elif others:
            self._ask_where(jobs[0], others)
        else:
            self._begin_here(jobs[0], model)

    def _begin_here(self, job: Job, model: str = "") -> None:
        fill = partial(self._fill, job, model)
        self._host.start_worker(fill, group="again", exclusive=True)

    def _ask_where(self, job: Job, others: dict[str, Profile]) -> None:
        from fttui.interface.screens.menu import Menu

        names = {f"{place}": name for place, name in enumerate(others)}

        def chosen(place: str | None) -> None:
            if place == _HERE:
                self._begin_here(job)
            elif place is not None:
                there = partial(self._fetch, job, names[place])
                self._host.start_worker(there, group="again", exclusive=True)

        items = [_here(self._host.sessions.of(job))]
        items += [_there(place, name, others[name]) for place, name in names.items()]
        lead = _("Elsewhere its files go along, and what cannot go is told first.")
        gone = title_words(job, self._host.sessions.of(job).retirement)
        lead = f"{gone}. {lead}" if gone else lead
        self._host.push_screen(Menu(_("Create again: where?"), items, lead), chosen)

    async def _fill(self, job: Job, model: str) -> None:
        from fttui.services.job_again import again_from

        place, sessions = self._host.place, self._host.sessions
        known = await asyncio.to_thread(_with_asked, job, sessions.of(job))
        if self._host.place != place:
            return  # the user has gone on to something else
        again = again_from(known, model)
        if not sessions.is_own(job):  # its files and its model are there
            self._host.switch_profile(sessions.name_of(job), again)
            return
        self._show(again)
        if again.left_out:
            self._host.notice(" ".join(again.left_out), severity="warning")

    def _show(self, again: Again) -> None:
        self._host.show_tab("create")
        self._host.post(FormFilled(again))

    async def _fetch(self, job: Job, name: str) -> None:
        from fttui.services.moving.for_form import again_at

        host, place = self._host, self._host.place
        shown = safe(name, maxlen=60)
        host.show_work(_("Fetching the files of {job} for {profile}…", job=job.id, profile=shown))
        try:
            target = await asyncio.to_thread(host.profiles.open, name)
            try:
                again = await again_at(host.sessions.of(job), target, job)
            finally:
                host.profiles.leave(target)
        except ServiceError as error:
            host.notice(error.full_text, severity="error")
        except (SettingsError, KeyRefused) as problem:
            host.notice(str(problem), severity="error")
        else:
            if host.place == place:
                self._ask_to_go(name, again)
        finally:
            host.show_work("")

    def _ask_to_go(self, name: str, again: Again) -> None:
        """Tell what is not as it was, before the form is filled elsewhere."""
        from fttui.interface.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes and name == self._host.sessions.own_name:
                self._show(again)
            elif yes:
                self._host.switch_profile(name, again)

        shown = safe(name, maxlen=60)
        model = job_model_text(again.job, self._host.sessions.of(again.job).retirement)
        facts = [
            (_("Job"), again.job.id),
            *([(_("It made"), model)] if model else []),
            (_("Profile"), shown),
            (_("Model"), again.form.model or _("to be chosen in the form")),
        ]
        dialog = Confirm(
            _("Create again elsewhere"),
            facts,
            _("Go to profile {profile}, with the form filled? Nothing is sent yet.", profile=shown),
            _("Go there"),
            _("Stay here"),
            warning="\n".join(again.left_out),
        )
        self._host.push_screen(dialog, answered)


def _other_profiles(session: Session, known: Mapping[str, Profile]) -> dict[str, Profile]:
    """Those of the `known` profiles that jobs can be created at, but for that of a session."""
    used = session.endpoint.profile.name
    return {name: one for name, one in known.items() if name != used and not one.archive}


def _here(session: Session) -> MenuItem:
    from fttui.interface.screens.menu import MenuItem

    name = safe(session.endpoint.profile.name, maxlen=60)
    text = _("Here, at {profile}", profile=name)
    return MenuItem(_HERE, text, session.endpoint.host, session.refusal)


def _there(place: str, name: str, profile: Profile) -> MenuItem:
    from fttui.interface.screens.menu import MenuItem

    return MenuItem(place, safe(name, maxlen=60), safe(profile.base_url, maxlen=200))


def _with_asked(job: Job, session: Session) -> Job:
    from fttui.services.submission.asking import with_asked

    try:
        return with_asked(job, session.journal, session.account)
    except ServiceError:  # no key any more
        return job
