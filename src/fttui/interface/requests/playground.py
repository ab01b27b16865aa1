"""What a user can ask for in the tab "Playground"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from fttui.interface.actions.copying import CopyActions
    from fttui.interface.actions.job_facts import JobFacts
    from fttui.interface.actions.playground import Call, PlaygroundActions
    from fttui.interface.actions.playground_trials import TrialActions
    from fttui.interface.host import Host
    from fttui.interface.screens.menu import MenuItem
    from fttui.services.copy_texts import CopyText
    from fttui.services.playground.trial_types import Trial, TrialResult
    from fttui.services.playground.types import ChatOptions


class PlaygroundRequests:
    """A base of OpenAiInterfaceUtils: one method for each thing that can be asked for."""

    host: Host

    if TYPE_CHECKING:  # what the utilities have

        @cached_property
        def copying(self) -> CopyActions:
            """What goes to the clipboard."""

        @cached_property
        def job_facts(self) -> JobFacts:
            """What is known of jobs beside what their records tell."""

    @cached_property
    def playground(self) -> PlaygroundActions:
        """Prompts to models."""
        from fttui.interface.actions.playground import PlaygroundActions

        return PlaygroundActions(self.host, self.copying, self.job_facts)

    @cached_property
    def trials(self) -> TrialActions:
        """Examples of files as prompts."""
        from fttui.interface.actions.playground_trials import TrialActions

        return TrialActions(self.host, self.copying)

    def try_model(self, model: str = "", against: str = "") -> None:
        """Open the playground with these; without a model, with that of the selected job."""
        self.playground.try_model(model, against)

    def why_no_prompt(self) -> str:
        """Why no model can be asked now, as a sentence; "" where one can."""
        return self.playground.why_not() or self.trials.why_not()

    def choose_model(
        self, title: str, items: Sequence[MenuItem], chosen: Callable[[str | None], None]
    ) -> None:
        """Choose a model from a menu."""
        self.playground.choose_model(title, items, chosen)

    def price_prompt(self, ticket: int, calls: Sequence[Call], options: ChatOptions) -> None:
        """Work out what these calls can cost at most."""
        self.playground.price(ticket, calls, options)

    def send_prompt(self, calls: Sequence[Call], options: ChatOptions) -> bool:
        """Make these calls; False, and nothing is sent, while others are under way."""
        return self.playground.send(calls, options)

    def stop_answers(self) -> None:
        """Let no more of the answers come; what came stays."""
        self.playground.stop()

    def copy_answer(self, text: str) -> None:
        """Copy an answer."""
        self.playground.copy_answer(text)

    def copy_chat(self, model: str, make: Callable[[], Sequence[CopyText]]) -> None:
        """Choose what to copy of a chat with `model`; `make`, which takes a while, tells what."""
        self.playground.copy_menu(model, make)

    def try_examples(
        self, models: tuple[str, ...], options: ChatOptions, file: Path | None = None
    ) -> None:
        """Choose a file, from `file` on, and ask the models its examples after a confirmation."""
        self.trials.begin(models, options, file)

    def stop_trials(self) -> None:
        """Ask no more examples."""
        self.trials.stop()

    def save_trials(self, results: Sequence[TrialResult]) -> None:
        """Save results in a file of a new name."""
        self.trials.save(results)

    def show_example(
        self,
        examples: Sequence[Trial],
        place: int,
        models: Sequence[str],
        results: Mapping[tuple[str, str], TrialResult],
    ) -> None:
        """Show one example whole, with how each answer differs from what was expected."""
        self.trials.show(examples, place, models, results)
