"""The models that a job saved on its way."""

from __future__ import annotations

from collections.abc import Sequence

from fttui.interface.kit.table import Column, LineTable
from fttui.interface.widgets.wording import NOTHING, moment_text, number_text
from fttui.services.endpoint.models import Checkpoint, Metrics

_COLUMNS = (
    Column("step", "Step", 6, 8, 0, right=True),
    Column("model", "Model", 40, 70, 1, grows=True, keep_end=True),
    Column("train_loss", "Train loss", 10, 10, 2, right=True),
    Column("valid_loss", "Valid loss", 10, 10, 3, right=True),
    Column("created", "Created", 16, 16, 4),
)


class CheckpointsTable(LineTable):
    """Checkpoints by id, in the endpoint's order: the newest first."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(_COLUMNS, id=id)
        self._checkpoints: dict[str, Checkpoint] = {}

    @property
    def current(self) -> Checkpoint | None:
        """The checkpoint under the cursor."""
        return self._checkpoints.get(self.cursor_key or "")

    def set_checkpoints(self, checkpoints: Sequence[Checkpoint] | None, waiting: bool) -> None:
        """Show `checkpoints`; None means that the endpoint does not tell of any."""
        self._checkpoints = {one.id or str(n): one for n, one in enumerate(checkpoints or ())}
        if waiting:
            self.placeholder = "Loading…"
        elif checkpoints is None:
            self.placeholder = "The endpoint tells of no checkpoints."
        else:
            self.placeholder = "No checkpoints: they can be seen once the job has succeeded."
        self.set_rows(list(self._checkpoints))

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        """The text and look of one cell."""
        one = self._checkpoints[key]
        if column.key == "step":
            return (NOTHING if one.step is None else str(one.step)), "plain"
        if column.key == "model":
            return one.model or NOTHING, "strong"
        if column.key == "created":
            return moment_text(one.created_at), "muted"
        metrics = one.metrics or Metrics()
        loss = metrics.train_loss
        if column.key != "train_loss":
            whole = metrics.full_valid_loss
            loss = metrics.valid_loss if whole is None else whole
        return (NOTHING if loss is None else number_text(loss)), "plain"
