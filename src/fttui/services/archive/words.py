"""How a run of the archive is told: while it goes on, and when it has ended."""

from __future__ import annotations

from fttui.services.archive.plan import ArchiveProgress, ArchiveResult
from fttui.terminal.format import counted, left_text, share_of, size_text
from fttui.terminal.language import _, labelled

_LISTING = {
    "models": _("Listing models: {count:,} so far"),
    "files": _("Listing files: {count:,} so far"),
    "jobs": _("Listing jobs: {count:,} so far"),
}


def asking_line(host: str) -> str:
    """What is shown before there is anything to count."""
    return _("Asking {host} ...", host=host)


def progress_line(progress: ArchiveProgress) -> str:
    """How far a run is, in one line."""
    if progress.note:
        return progress.note
    if progress.stage == "index":
        return _("Writing the index ...")
    if progress.stage == "listing":
        return _(_LISTING.get(progress.listed, _LISTING["jobs"]), count=progress.done)
    size = _("{size} received", size=size_text(progress.size)) if progress.size else ""
    done = _("{done:,} of {total:,}", done=progress.done, total=progress.total)
    what = _("Jobs: {done}", done=done)
    if progress.stage == "files":
        what = _("Files: {done}", done=done)
    failed = counted(progress.failed, "failure") if progress.failed else ""
    left = "" if progress.seconds_left is None else left_text(progress.seconds_left)
    return " · ".join(part for part in (what, size, failed, left) if part)


def title_of(progress: ArchiveProgress) -> str:
    """How far a run is, for the title of a window."""
    share = share_of(progress.done, progress.total)
    if progress.stage not in ("jobs", "files"):
        return _("fttui: archive")
    return _("fttui: archive, {stage} {share} %", stage=_stage(progress.stage), share=share)


def short_progress(progress: ArchiveProgress) -> str:
    """How far a run is, in a few letters: `archive: jobs 64 %`."""
    share = share_of(progress.done, progress.total)
    if progress.stage not in ("jobs", "files"):
        return _("archive ...")
    return _("archive: {stage} {share} %", stage=_stage(progress.stage), share=share)


def _stage(stage: str) -> str:
    return _("jobs") if stage == "jobs" else _("files")


def verdict(result: ArchiveResult) -> str:
    """Whether all is saved, as a clause."""
    if result.is_whole and not result.is_all:
        return _("All that was asked for is saved")
    if result.is_whole:
        return _("All that the endpoint has is saved")
    return _("{saved:,} of {things:,} things saved", saved=result.saved, things=result.things)


def result_line(result: ArchiveResult) -> str:
    """What came of a run, as a sentence or two."""
    counts = _(
        "{jobs}, {files}, {models}, {size} in all",
        jobs=counted(result.jobs, "job"),
        files=counted(result.files, "file"),
        models=counted(result.models, "model"),
        size=size_text(result.size),
    )
    if result.is_whole and not result.is_all:
        return _("{verdict}. The archive lists {counts}.", verdict=verdict(result), counts=counts)
    return labelled(verdict(result), f"{counts}.")


def missing_lines(result: ArchiveResult, most: int = 20) -> list[str]:
    """What could not be had and why, a line each; at most `most`, failures first."""
    ordered = sorted(result.missing, key=lambda one: not one.is_failure)
    lines = [_("{what}: {reason}", what=one.what, reason=one.reason) for one in ordered[:most]]
    if len(ordered) > most:
        rest = len(ordered) - most
        lines.append(_("... and {rest:,} more, in index.json", rest=rest))
    return lines
