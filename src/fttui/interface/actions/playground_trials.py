"""The examples of a file as prompts: chosen, confirmed once, asked at most two at a time, saved."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.disk.new_names import name_problem
from fttui.disk.writing import NotWritten, target_of
from fttui.interface.actions.new_file import keep_folder, offered_name
from fttui.interface.actions.trickle import Trickle
from fttui.interface.screens.confirm import Confirm
from fttui.interface.screens.folder_listing import shown_folder
from fttui.interface.screens.prompt import Prompt
from fttui.interface.screens.trial_setup import USUAL, TrialChoice, TrialSetup
from fttui.interface.tab_messages.playground import TrialsAnswered, TrialsBegun, TrialsEnded
from fttui.services.endpoint.errors import ServiceError
from fttui.services.playground.trial_types import Trial, TrialPlan, TrialResult, TrialSummary
from fttui.services.playground.types import RESULTS, ChatOptions
from fttui.services.playground.words import earlier_text, model_labels
from fttui.storage.recent import recent_files, remember_file
from fttui.terminal.format import count_text, counted
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

if TYPE_CHECKING:
    from fttui.interface.actions.copying import CopyActions
    from fttui.interface.host import Host
    from fttui.interface.screens.example_answers import ExampleAnswers
    from fttui.services.playground.stop import Stop
    from fttui.services.playground.unfinished import Unfinished


class TrialActions:
    """Tries the examples of one file at a time."""

    def __init__(self, host: Host, copying: CopyActions) -> None:
        self._host = host
        self._copying = copying
        self._stop: Stop | None = None
        self._file: Path | None = None

    @property
    def under_way(self) -> bool:
        """True while examples are being tried."""
        return self._stop is not None

    def why_not(self) -> str:
        """Why no model can be asked now, as a sentence; "" where one can."""
        return (
            _("Examples are being tried. Wait for them, or stop them with Esc.")
            if self.under_way
            else ""
        )

    def begin(self, models: tuple[str, ...], options: ChatOptions, file: Path | None) -> None:
        """Choose a file, how many of its examples, and where results go; then ask."""
        from fttui.interface.screens.file_picker import FilePicker

        recent = recent_files()
        if file is not None:
            recent = [file, *(one for one in recent if one != file)]

        def picked(path: Path | None) -> None:
            if path is not None:
                remember_file(path)
                self._set_up(path, models, options)

        start = recent[0].parent if recent else Path.cwd()
        title = _("Choose the file of the examples")
        self._host.push_screen(FilePicker(start, recent, title=title), picked)

    def _set_up(self, path: Path, models: tuple[str, ...], options: ChatOptions) -> None:
        def chosen(choice: TrialChoice | None) -> None:
            if choice is not None:
                if choice.path:
                    keep_folder(self._host, choice.path)
                plan = partial(self._plan, path, models, options, choice)
                self._host.start_worker(
                    plan, group="trials", exclusive=True, waits_for=_("the file")
                )

        results = offered_name(self._host, f"{path.stem}{RESULTS}.jsonl", beside=path)
        dialog = TrialSetup(path, models, results)
        self._host.push_screen(dialog, chosen)
        count = partial(self._count, dialog, path, models, options)
        self._host.start_worker(count, group="trials-count", exclusive=True, waits_for="")

    async def _count(
        self, dialog: TrialSetup, path: Path, models: tuple[str, ...], options: ChatOptions
    ) -> None:
        """Tell the dialog of a run that has not ended, else where there are few examples."""
        from fttui.services.playground.trial_files import read_trials
        from fttui.services.playground.unfinished import unfinished_beside
        from fttui.training_data.files import FileRefused

        session = self._host.session

        def work() -> tuple[Unfinished | None, int]:
            begun = unfinished_beside(path, session, models, options)
            return begun, len(read_trials(path, USUAL).trials)

        with suppress(FileRefused):  # which is told when they are read to be asked
            begun, count = await asyncio.to_thread(work)
            if begun is not None and safe_path(begun.path) == str(begun.path):
                shown = f"{shown_folder(begun.path.parent).removesuffix('/')}/{begun.path.name}"
                dialog.go_on_with(shown, begun.examples)
            elif count:
                dialog.offer(count)

    async def _plan(
        self, path: Path, models: tuple[str, ...], options: ChatOptions, choice: TrialChoice
    ) -> None:
        """Read the examples, work out what they cost, and ask once."""
        from fttui.services.playground.trial_files import read_trials
        from fttui.services.playground.trials import plan_trials
        from fttui.services.playground.words import skipped_text
        from fttui.training_data.files import FileRefused

        place, is_cut = self._host.place, False

        def work() -> tuple[TrialPlan | None, str]:
            nonlocal is_cut
            found = read_trials(path, choice.most)
            is_cut = found.is_cut
            skipped = skipped_text(found.skipped, found.skipped_count)
            if not found.trials:
                name = safe_path(path.name)
                return None, _(
                    "{name} has no example to try. {skipped}", name=name, skipped=skipped
                )
            plan = plan_trials(self._host.session, found.trials, models, options, choice.path)
            return plan, skipped

        try:
            plan, told = await asyncio.to_thread(work)
        except (FileRefused, NotWritten, ServiceError) as error:
            self._host.notice(str(error), severity="error")
            if isinstance(error, NotWritten) and self._host.place == place:
                self._set_up(path, models, options)  # for another name
            return
        if plan is None:
            self._host.notice(told, severity="error")
        elif not plan.calls:  # what is answered is shown, and nothing sent
            self._file = path
            self._run(plan, choice.path)
        elif self._host.place == place:  # else the user has gone on to something else
            self._ask(plan, choice, path, told, is_cut=is_cut)

    def _ask(
        self, plan: TrialPlan, choice: TrialChoice, file: Path, skipped: str, *, is_cut: bool
    ) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                self._file = file
                self._run(plan, choice.path)

        self._host.push_screen(_question(plan, choice, file, skipped, is_cut=is_cut), answered)

    def _run(self, plan: TrialPlan, path: Path | None) -> None:
        from fttui.services.playground.stop import Stop

        if self.under_way:
            return
        self._stop = Stop()
        run = partial(self._try, plan, path, self._stop)
        self._host.start_worker(run, group="trials-run", waits_for="")

    async def _try(self, plan: TrialPlan, path: Path | None, stop: Stop) -> None:
        from fttui.services.playground.trial_runs import run_kept_trials

        def take(results: list[TrialResult]) -> None:
            self._host.post(TrialsAnswered(tuple(results)))

        results = Trickle(self._host, take)
        session = self._host.session

        self._host.post(TrialsBegun(plan, path))
        summary: TrialSummary | None = None
        problem = ""
        try:
            summary = await session.thread.write(
                run_kept_trials(session, plan, path, results.add, stop)
            )
        except NotWritten as refused:
            problem = str(refused)
        finally:
            self._stop = None
            results.flush()
            self._host.post(TrialsEnded(summary, problem))

    def stop(self) -> None:
        """Ask no more; what came stays."""
        if self._stop is not None:
            self._stop.ask()

    def save(self, results: Sequence[TrialResult]) -> None:
        """Save results in a file of a new name."""
        if not results:
            self._host.notice(_("There are no results to save yet."), severity="warning")
            return

        def answered(text: str | None) -> None:
            if text is not None:
                path = target_of(text)
                keep_folder(self._host, path)
                write = partial(self._write, path, results)
                self._host.start_worker(write, group="trials-save", waits_for="")

        title = _("Save the results")
        name = offered_name(self._host, "trials.results.jsonl", beside=self._file)
        self._host.push_screen(
            Prompt(title, _("File"), name, check=name_problem, yes=_("Save")), answered
        )

    async def _write(self, path: Path, results: Sequence[TrialResult]) -> None:
        from fttui.services.playground.trial_results import save_results

        try:
            await asyncio.to_thread(save_results, path, results)
        except NotWritten as refused:
            self._host.notice(str(refused), severity="error")
        else:
            self._host.notice(_("The results are in {path}", path=safe_path(path)))

    def show(
        self,
        examples: Sequence[Trial],
        place: int,
        models: Sequence[str],
        results: Mapping[tuple[str, str], TrialResult],
    ) -> None:
        """Show one example whole."""
        from fttui.interface.screens.example_answers import ExampleAnswers

        def copy(text: str) -> None:
            self._copying.copy(text, _("the answer"), lines=True)

        screen = ExampleAnswers(examples, place, models, results, self._compare, copy)
        self._host.push_screen(screen)

    def _compare(self, screen: ExampleAnswers, model: str, expected: str, answer: str) -> None:
        from fttui.services.playground.differences import differences

        async def work() -> None:
            pieces = await asyncio.to_thread(differences, expected, answer)
            screen.post_message(screen.Compared(model, answer, pieces))

        self._host.start_worker(work, group="differences", waits_for="")


def _question(
    plan: TrialPlan, choice: TrialChoice, file: Path, skipped: str, *, is_cut: bool
) -> Confirm:
    total = plan.total
    most = _("no limit") if total.most_tokens is None else count_text(total.most_tokens)
    count = count_text(len(plan.trials))
    examples = _("{count}; the file has more", count=count) if is_cut else count
    facts = [
        (_("File"), safe_path(file.name)),
        *model_labels(plan.models),
        (_("Examples"), examples),
        (_("Calls"), _("{calls}, at most 2 at a time", calls=_calls_text(plan))),
        (_("Tokens of prompts"), total.prompt_text),
        (_("Tokens of answers"), _("at most {most}", most=most)),
        (_("Cost"), total.text),
        (_("Results"), safe_path(choice.path) if choice.path else _("not saved")),
    ]
    return Confirm(
        _("Examples as prompts"),
        facts,
        _("Ask the examples now? Esc stops them at any time."),
        _("Make {calls}", calls=counted(plan.calls, "call")),
        warning=" ".join(filter(None, (skipped, earlier_text(plan)))),
    )


def _calls_text(plan: TrialPlan) -> str:
    return plan.calls_text if plan.kept else count_text(plan.calls)
