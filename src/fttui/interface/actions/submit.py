"""From a good form to a job: confirm what is sent, upload, create once, show the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.actions.differences import tell_differences
from fttui.interface.actions.grader import tell_if_taken
from fttui.interface.actions.read_only import refuses_change
from fttui.interface.messages import SubmissionBegun, SubmissionEnded, SubmissionProgressed
from fttui.interface.screens.confirm import Confirm
from fttui.services.cost_again import again_facts, cost_of
from fttui.services.endpoint.errors import Outcome, ServiceError, UnexpectedError
from fttui.services.job_form import FieldError, JobForm
from fttui.services.submission.types import AGAIN, NO_CONSENT, WITHOUT_JOURNAL, Consent
from fttui.services.submission_words import (
    TRAINING_FILE,
    named_files,
    stored_facts,
    stored_text,
    submission_facts,
    submission_warning,
)
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.actions.checks import FileChecks
    from fttui.interface.actions.job_feed import JobFeed
    from fttui.interface.host import Host
    from fttui.services.counted_files import CountedFile
    from fttui.services.endpoint.models import Job
    from fttui.services.job_again import Again
    from fttui.services.submission.submissions import Draft, SubmissionProgress, Submissions
    from fttui.training_data.report import Report


_WORDS = {"journal_needed": WITHOUT_JOURNAL, "journal": WITHOUT_JOURNAL, "earlier_call": AGAIN}
"""What is typed to pay all the same, by the code of the failure that asks for it."""


class SubmitActions:
    """Carries at most one submission at a time."""

    def __init__(self, host: Host, checks: FileChecks, job_feed: JobFeed) -> None:
        self._host = host
        self._checks = checks
        self._job_feed = job_feed
        self._under_way = False
        self._submission_id: str | None = None
        self._report: Report | None = None
        self._counted: CountedFile | None = None
        self._earlier: Job | None = None
        self._cost = ""
        """What the confirmation says of the cost, by now."""
        self._beside: list[tuple[str, str]] = []
        self._progress: SubmissionProgress | None = None
        self._is_out = False
        self._giving_up: Confirm | None = None

    @property
    def under_way(self) -> bool:
        """True from the yes until the outcome is known."""
        return self._submission_id is not None

    def begin(
        self,
        form: JobForm,
        training: Path | str,
        validation: Path | str | None,
        again: Again | None = None,
    ) -> None:
        """Open the confirmation for `form` and these files; paths must have been checked.

        What differs from the job of `again`, which the form was filled from, is told.
        """
        if refuses_change(self._host):
            return
        if self._under_way:
            self._host.notice(_("A job is being created already. Wait for its outcome."))
            return
        try:
            draft = self._draft(form, training, validation, again)
        except FieldError as error:
            self._host.notice(str(error), severity="error")
            return
        self._under_way = True
        self._beside = again_facts(again, form, training, validation) if again else []
        self._ask(draft, NO_CONSENT)

    def _ask(self, draft: Draft, consent: Consent, needed: ServiceError | None = None) -> None:
        """Open the confirmation at once; what the endpoint or the journal has is told later.

        With `needed`, the yes takes the words that this failure asks for.
        """
        session, report = self._host.session, self._report
        facts = submission_facts(draft, session, report, self._counted) + self._beside
        warnings = [
            submission_warning(draft, self._host.session, self._report),
            needed.why if needed else "",
        ]
        dialog = Confirm(
            _("Create Fine-Tuning Job"),
            facts,
            _("Upload the file and create this job?"),
            _("Create the job"),
            warning="\n".join(filter(None, warnings)),
            must_type=_WORDS[needed.code or ""] if needed else None,
        )
        looking = None
        if needed is None:
            looking = self._host.start_worker(partial(self._look, draft, dialog), group="look")

        def answered(yes: bool | None) -> None:
            if looking is not None:
                looking.cancel()
            if not yes:
                self._under_way = False
                draft.close()
                return
            self._submission_id, self._progress, self._is_out = draft.id, None, False
            self._host.post(SubmissionBegun())
            sent = replace(draft, cost=self._cost)
            submit = partial(self._submit, sent, _consent_after(consent, dialog.must_type))
            self._host.start_worker(submit, group="submit", waits_for="")

        self._host.push_screen(dialog, answered)

    async def _look(self, draft: Draft, dialog: Confirm) -> None:
        """Tell `dialog` what more it takes, or if the training content is there already."""
        session = self._host.session
        await self._tell_count(draft, dialog)
        await tell_if_taken(session, draft.request.grader, dialog)
        for label, value in await session.thread.read(named_files(draft, session.handle)):
            dialog.post_message(Confirm.Fact(label, value))
        try:
            submissions = await asyncio.to_thread(lambda: session.submissions)
            earlier = await session.thread.read(submissions.require(draft))
            if earlier is not None:
                text = _("An earlier call for this file and model has made {id}.", id=earlier.id)
                dialog.post_message(
                    Confirm.Warned(_("{text} With a yes that is the job.", text=text))
                )
            elif draft.training_sha256:
                found = await session.thread.read(submissions.find_uploaded(draft.training_sha256))
                if found is not None:
                    dialog.post_message(Confirm.Fact(TRAINING_FILE, stored_text(draft, found.id)))
        except ServiceError as error:
            # Anything else costs at most an upload, and the submission itself asks again.
            if error.code in _WORDS:
                dialog.post_message(Confirm.Needs(_WORDS[error.code], error.why))

    async def _tell_count(self, draft: Draft, dialog: Confirm) -> None:
        """Tell what was counted of a stored file that was named just before."""
        if not isinstance(draft.training, str) or self._counted is not None:
            return
        from fttui.services.counted_files import counted_file

        session, request = self._host.session, draft.request
        found = await asyncio.to_thread(counted_file, session, draft.training)
        if found is None or request.grader:
            return
        self._counted = found
        self._cost = cost_of(request, None, self._earlier, session, found).text
        for label, value in stored_facts(request, session, found, self._cost):
            dialog.post_message(Confirm.Fact(label, value))

    def toggle_pause(self) -> None:
        """Send no further part, or go on after a pause; say so where there is nothing to pause."""
        progress = self._progress
        if self._submission_id is None or progress is None or progress.stage != "uploading":
            self._host.notice(_("There is nothing to pause: no bytes are on their way now."))
        elif progress.paused:
            self._control(lambda submissions, id_: submissions.resume(id_))
        else:
            self._control(lambda submissions, id_: submissions.pause(id_))

    def _control(self, act: Callable[[Submissions, str], None]) -> None:
        """Do `act` to the submission under way; the journal may still be opening."""
        submission_id, session = self._submission_id, self._host.session

        async def control() -> None:
            submissions = await asyncio.to_thread(lambda: session.submissions)
            if submission_id is not None:
                act(submissions, submission_id)

        self._host.start_worker(control, group="control")

    def cancel(self) -> None:
        """Give up the upload under way, after a confirmation."""
        submission_id = self._submission_id
        if submission_id is None:
            return
        if self._is_out:
            self._host.notice(_("The create call is out and cannot be given up. Wait for its job."))
            return

        def answered(yes: bool | None) -> None:
            if yes and self._submission_id == submission_id:
                self._control(lambda submissions, id_: submissions.cancel(id_))

        self._giving_up = Confirm(
            _("Cancel the upload"),
            [(_("Endpoint"), self._host.session.endpoint.host)],
            _("Give up this upload? No job is created, and what was sent is deleted."),
            _("Cancel the upload"),
            _("Go on with it"),
            danger=True,
        )
        self._host.push_screen(self._giving_up, answered)

    def _call_is_out(self) -> None:
        """From now on nothing can be given up: take a question about that away."""
        if self._giving_up is not None and self._giving_up.is_open:
            self._giving_up.dismiss(False)
            self._host.notice(
                _("The upload is done and the create call is out: too late to cancel.")
            )
        self._giving_up = None

    def _draft(
        self,
        form: JobForm,
        training: Path | str,
        validation: Path | str | None,
        again: Again | None,
    ) -> Draft:
        from fttui.services.submission.submissions import Draft

        request = form.to_request(self._host.session.endpoint.profile)
        checks = self._checks
        chosen = {"training": training, "validation": validation}
        local = [field for field, path in chosen.items() if isinstance(path, Path)]
        for field in local:
            if not checks.has_file(field):
                raise FieldError(
                    _("The training file is not checked yet. Wait for its check.")
                    if field == "training"
                    else _("The validation file is not checked yet. Wait for its check.")
                )
        reports = {field: checks.report(field) for field in local}
        digests = {
            f"{field}_{kind}": getattr(report, kind)
            for field, report in reports.items()
            if report is not None
            for kind in ("sha256", "md5")
        }
        self._report = reports.get("training")
        session, is_stored = self._host.session, isinstance(training, str)
        self._counted = checks.counted("training", f"{training}") if is_stored else None
        self._earlier = again.job if again and training == again.training else None
        cost = cost_of(request, self._report, self._earlier, session, self._counted).text
        self._cost = cost
        return Draft(
            request=request,
            training=training if isinstance(training, str) else checks.copy_of("training"),
            validation=checks.copy_of("validation") if isinstance(validation, Path) else validation,
            cost=cost,
            **digests,
        )

    async def _submit(self, draft: Draft, consent: Consent) -> None:
        session = self._host.session
        needed: ServiceError | None = None
        job: Job | None = None
        try:
            submissions = await asyncio.to_thread(lambda: session.submissions)
            job = await session.thread.write(
                submissions.submit(draft, self._on_progress, consent, report=False)
            )
        except ServiceError as error:
            if error.code in _WORDS and self._host.in_front == "create":
                needed = error
            self._failed(error, is_asked_again=needed is not None)
        except Exception:
            self._host.post(SubmissionEnded(error=UnexpectedError()))
            raise
        else:
            self._host.post(SubmissionEnded(job=job))
            remark = self._progress.note if self._progress else ""
            self._host.notice(remark or _("Job {id} is created.", id=job.id))
            tell_differences(self._host, job)
            self._host.show_new_job(job)
        finally:
            self._under_way = needed is not None
            if needed is None:
                draft.close()
            self._submission_id = None
        if needed is not None:
            self._ask(draft, consent, needed)
        elif job is not None:  # nothing is under way any more, whatever this takes
            await session.thread.write(submissions.note_reported(job))

    def _failed(self, error: ServiceError, *, is_asked_again: bool) -> None:
        self._host.post(SubmissionEnded(error=error))
        if is_asked_again:
            return
        severity = "warning" if error.outcome is Outcome.UNKNOWN else "error"
        self._host.notice(error.full_text, title=_("No job yet"), severity=severity)

    def _on_progress(self, progress: SubmissionProgress) -> None:
        if progress.submission_id != self._submission_id:
            found_late = partial(self._found_late, progress)
            self._host.call_later(self._host.start_worker, found_late, "late")
            return
        self._progress = progress
        if progress.stage == "sending" and not self._is_out:
            self._is_out = True
            self._host.call_later(self._call_is_out)
        self._host.post(SubmissionProgressed(progress))

    async def _found_late(self, progress: SubmissionProgress) -> None:
        """Tell of a job that a later look has found, long after "No job yet"."""
        session = self._host.session
        try:
            submissions = await asyncio.to_thread(lambda: session.submissions)
            found = await asyncio.to_thread(submissions.find, progress.submission_id)
            if found is None or not found.job_id:
                return
            job = await session.thread.read(session.handle.retrieve_job(found.job_id))
        except ServiceError:
            return  # it stays an open item
        self._host.notice(progress.note)
        self._job_feed.job_changed(job)
        await session.thread.write(submissions.note_reported(job))


def _consent_after(consent: Consent, typed: str) -> Consent:
    """`consent`, and what was typed in so many words."""
    return Consent(
        without_journal=consent.without_journal or typed == WITHOUT_JOURNAL,
        again=consent.again or typed == AGAIN,
    )
