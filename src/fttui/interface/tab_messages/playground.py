"""What workers tell the tab "Playground"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.messages import FttuiMessage

if TYPE_CHECKING:
    from fttui.services.playground.trial_types import TrialPlan, TrialResult, TrialSummary
    from fttui.services.playground.types import Answer, HighestPrice


class ModelToTry(FttuiMessage):
    """A model is to be tried, beside `against` where that is no empty text.

    `examples` is a file on this machine that its job was trained on.
    """

    def __init__(self, model: str, against: str, examples: Path | None = None) -> None:
        super().__init__()
        self.model = model
        self.against = against
        self.examples = examples


class PromptPriced(FttuiMessage):
    """The most that the prompt with the number `ticket` can cost; else the `problem`."""

    def __init__(self, ticket: int, price: HighestPrice | None, problem: str = "") -> None:
        super().__init__()
        self.ticket = ticket
        self.price = price
        self.problem = problem


class AnswerGrew(FttuiMessage):
    """More of an answer came; `side` is 0 for the model, 1 for what stands against it."""

    def __init__(self, side: int, text: str) -> None:
        super().__init__()
        self.side = side
        self.text = text


class AnswerEnded(FttuiMessage):
    """No more of an answer comes."""

    def __init__(self, side: int, answer: Answer) -> None:
        super().__init__()
        self.side = side
        self.answer = answer


class TrialsBegun(FttuiMessage):
    """Examples of a file are being tried; results are saved at `path`, where that is not None."""

    def __init__(self, plan: TrialPlan, path: Path | None) -> None:
        super().__init__()
        self.plan = plan
        self.path = path


class TrialsAnswered(FttuiMessage):
    """More examples were answered."""

    def __init__(self, results: tuple[TrialResult, ...]) -> None:
        super().__init__()
        self.results = results


class TrialsEnded(FttuiMessage):
    """No more examples are tried; `problem` is what became of saving them, "" for nothing bad."""

    def __init__(self, summary: TrialSummary | None, problem: str = "") -> None:
        super().__init__()
        self.summary = summary
        self.problem = problem
