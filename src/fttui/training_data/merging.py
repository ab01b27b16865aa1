"""Adding up the blocks of a file in their order, whoever judged them."""

from array import array
from dataclasses import replace

from fttui.training_data.block import BlockResult
from fttui.training_data.problems import LISTED, Problem
from fttui.training_data.rules import RULES, Severity
from fttui.training_data.tally import Tally

MAX_HASHES = 4_000_000
"""Lines among which duplicates are looked for: 32 MB of hashes."""


class Merger:
    """The sums over all blocks so far; lines and examples are numbered through the file."""

    def __init__(self) -> None:
        self.lines = 0
        self.examples = 0
        self.counts: dict[str, int] = {}
        self.listed: dict[str, list[Problem]] = {}
        self.tally = Tally()
        self.hashes = array("q")
        """A hash of each line, 0 for a blank one, of the first lines of the file."""
        self.crlf = 0
        self.secrets: dict[str, int] = {}

    def add(self, block: BlockResult) -> None:
        """Add the block that follows those added before."""
        for problem in block.listed:
            self._list(problem)
        for rule, count in block.counts.items():
            self.counts[rule] = self.counts.get(rule, 0) + count
        for kind, count in block.secrets.items():
            self.secrets[kind] = self.secrets.get(kind, 0) + count
        if len(self.hashes) < MAX_HASHES:
            self.hashes.frombytes(block.hashes)
        self.tally.merge(block.tally, self.lines)
        self.crlf += block.crlf
        self.lines += block.lines
        self.examples += block.examples

    def full(self) -> frozenset[str]:
        """The rules of which no further problem will be listed."""
        return frozenset(rule for rule, found in self.listed.items() if len(found) >= LISTED)

    def errors(self) -> int:
        """The number of errors so far."""
        return sum(n for rule, n in self.counts.items() if RULES[rule].severity is Severity.ERROR)

    def _list(self, problem: Problem) -> None:
        listed = self.listed.setdefault(problem.rule, [])
        if len(listed) >= LISTED or problem.line is None:
            return
        example = problem.example
        listed.append(
            replace(
                problem,
                line=problem.line + self.lines,
                example=None if example is None else example + self.examples,
            )
        )
