"""Dialogs that ask what a copy of a file will be, and wait for the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fttui.interface.guard.screens import Dialog
from fttui.interface.kit.keys import KeyLine
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.training_data.foreign.columns import ColumnMap
    from fttui.training_data.repair_plan import RepairPlan

    PlanWanted = Callable[["Planning", ColumnMap | None], None]

_QUIET_SECONDS = 0.25


class Planning(Dialog["RepairPlan | None"]):
    """A dialog that is left with the plan of a copy; keys wait for the plan, Esc gives it up.

    `want` is called with the dialog and what was said of the columns; its answer is `plan_came`.
    """

    def __init__(self, want: PlanWanted) -> None:
        super().__init__(classes="dialog")
        self._want = want
        self._waits = False

    @property
    def keys_wait(self) -> bool:
        """True while the plan is made that a key has asked for."""
        return self._waits

    def ask_for_plan(self, mapping: ColumnMap | None = None) -> None:
        """Ask for a plan; what takes time is said in the last line."""
        if not self._waits:
            self._waits = True
            self.set_timer(_QUIET_SECONDS, self._say)
            self._want(self, mapping)

    def plan_came(self, plan: RepairPlan | None) -> None:
        """Go on with the plan, or stay here without one."""
        self.give_plan_up()
        if plan is not None:
            self.dismiss(plan)

    def give_plan_up(self) -> bool:
        """Wait no longer; False when nothing was waited for."""
        waited, self._waits = self._waits, False
        self.query_one(KeyLine).show_sentence("")
        return waited

    def _say(self) -> None:
        if self._waits:
            self.query_one(KeyLine).show_sentence(_("Reading the file … Esc stops"))
