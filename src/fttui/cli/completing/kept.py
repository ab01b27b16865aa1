"""What this machine knows of the endpoint that a command line names: jobs, files, models, names.

No endpoint is asked, no key is read. What was kept is trusted only so far as it looks like an id.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from fttui.cli.completing.profiles import Profiles, written_profiles
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.storage.journal_glance import Glance

Words = list[tuple[str, str]]
"""Each with what it is, or ""."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+/-]{0,255}")
_MOST_RECENT = 200


class Kept:
    """Each is read when it is first asked for; nothing that cannot be read is there."""

    def __init__(self, words: Sequence[str]) -> None:
        self._given = dict(zip(words, [*words[1:], ""], strict=False))
        self._given |= {one.partition("=")[0]: one.partition("=")[2] for one in words if "=" in one}

    @cached_property
    def jobs(self) -> Words:
        """Ids of jobs, the newest first."""
        told = [(f"{one.get('id', '')}", _job_text(one)) for one in self._jobs]
        return _ids([*told, *((one, "") for one in self._glance.jobs)])

    @cached_property
    def files(self) -> Words:
        """Ids of files that jobs use, or that were uploaded from here."""
        found: Words = []
        for job in self._jobs:
            of_job = _("of {job}", job=job.get("suffix") or job.get("id"))
            results = job.get("result_files")
            every = [job.get("training_file"), job.get("validation_file")]
            every += results if isinstance(results, list) else []
            found += [(one, of_job) for one in every if isinstance(one, str)]
        return _ids([*((one, _("uploaded from here")) for one in self._glance.files), *found])

    @cached_property
    def own_models(self) -> Words:
        """Models that jobs made."""
        return _ids((f"{one.get('fine_tuned_model') or ''}", "") for one in self._jobs)

    @cached_property
    def used_models(self) -> Words:
        """Models that jobs began with."""
        return _ids((f"{one.get('model') or ''}", _("used before")) for one in self._jobs)

    @cached_property
    def submissions(self) -> Words:
        """Submissions that are open."""
        return _ids((one, "") for one in self._glance.submissions)

    @cached_property
    def labels(self) -> Words:
        """Labels that jobs have."""
        return [(one, "") for one in self._glance.labels]

    @cached_property
    def profiles(self) -> Words:
        """Names of profiles, as they are written, with the base URL of each."""
        return list(self._written.urls.items())

    @cached_property
    def _written(self) -> Profiles:
        return written_profiles(self._given.get("--config", ""))

    @cached_property
    def _asked(self) -> str:
        return self._given.get("--profile") or os.environ.get("FTTUI_PROFILE", "")

    @cached_property
    def _base_url(self) -> str:
        from_environment = os.environ.get("OPENAI_BASE_URL", "").strip()
        if from_environment and not self._asked:
            return from_environment
        return self._written.urls.get(self._asked or self._written.chosen or "openai", "")

    @cached_property
    def _jobs(self) -> list[dict[str, object]]:
        from fttui.storage.last_lists import newest_jobs

        return newest_jobs(self._base_url)[:_MOST_RECENT]

    @cached_property
    def _glance(self) -> Glance:
        from fttui.storage.credentials import place_of
        from fttui.storage.journal_glance import Glance, glance

        try:
            return glance(place_of(self._base_url))
        except ValueError:
            return Glance()


def _job_text(job: dict[str, object]) -> str:
    name = job.get("suffix") or job.get("fine_tuned_model") or job.get("model")
    return " ".join(f"{one}" for one in (job.get("status"), name) if one)


def _ids(told: Iterable[tuple[str, str]]) -> Words:
    """Each once, and none that is no id."""
    found: dict[str, str] = {}
    for word, text in told:
        if _ID.fullmatch(word):
            found[word] = found.get(word) or text
    return list(found.items())
