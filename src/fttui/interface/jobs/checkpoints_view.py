"""The checkpoints of a job: the best one marked, and what can be done with each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from fttui.interface.kit.columns import Column
from fttui.interface.kit.table import Table
from fttui.interface.screens.menu import MenuItem
from fttui.services.best_checkpoint import best_checkpoint
from fttui.services.endpoint.models import Checkpoint, Job, Metrics
from fttui.services.job_words import no_checkpoints, shorten_model
from fttui.services.tuned_models.words import DELETED_SIGN, model_text
from fttui.terminal.format import NOTHING, moment_text, number_text
from fttui.terminal.language import _


def _shorten(name: str, columns: int) -> str:
    """As `shorten_model`; a name that is marked keeps its mark."""
    mark = f"{DELETED_SIGN} "
    if not name.startswith(mark):
        return shorten_model(name, columns)
    return mark + shorten_model(name.removeprefix(mark), columns - len(mark))


_STEP = Column("step", _("Step"), 6, 8, 0, right=True)
_BEST = Column("best", "", 4, 4, 0)
_MODEL = Column("model", _("Model"), 32, 70, 1, grows=True, shorten=_shorten)
_CREATED = Column("created", _("Created"), 16, 16, 9)
_LOSSES = (
    Column("valid_loss", _("Valid loss"), 10, 10, 2, right=True),
    Column("train_loss", _("Train loss"), 10, 10, 4, right=True),
)
_OTHERS = (
    Column("valid_reward", _("Valid reward"), 12, 12, 3, right=True),
    Column("train_reward", _("Train reward"), 12, 12, 5, right=True),
    Column("valid_accuracy", _("Valid acc."), 10, 10, 6, right=True),
    Column("train_accuracy", _("Train acc."), 10, 10, 7, right=True),
)


class CheckpointsTable(Table):
    """Checkpoints by id, in the endpoint's order: the newest first.

    It has columns for what is measured of them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", _("Use checkpoint"), id="details.checkpoint"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__((_STEP, _BEST, _MODEL, *_LOSSES, _CREATED), id=id)
        self._checkpoints: dict[str, Checkpoint] = {}
        self._gone: set[str] = set()
        self._measured: tuple[Column, ...] = _LOSSES
        self.best: Checkpoint | None = None

    @property
    def current(self) -> Checkpoint | None:
        """The checkpoint under the cursor."""
        return self._checkpoints.get(self.cursor_key or "")

    def set_checkpoints(
        self,
        job: Job,
        checkpoints: Sequence[Checkpoint] | None,
        steps: Iterable[Metrics] = (),
        *,
        waiting: bool = False,
        lacks: Callable[[str], bool] = lambda _model: False,
    ) -> None:
        """Show the checkpoints of a job; None means that the endpoint does not tell of any.

        `steps` are what the job told of its steps, for checkpoints that tell no numbers. `lacks` is
        True of a model that was deleted: it is marked, and never the best.
        """
        self._gone = {one.model for one in checkpoints or () if one.model and lacks(one.model)}
        self._checkpoints = {one.id or str(n): one for n, one in enumerate(checkpoints or ())}
        if waiting:
            self.placeholder = _("Loading…")
        elif checkpoints is None:
            self.placeholder = _("The endpoint tells of no checkpoints.")
        else:
            self.placeholder = no_checkpoints(job.status)
        there = [one for one in checkpoints or () if one.model not in self._gone]
        self.best = best_checkpoint(job, there, steps) if there else None
        found = self._checkpoints.values()
        told = tuple(
            column
            for column in (*_LOSSES, *_OTHERS)
            if any(measure(one, column.key) is not None for one in found)
        )
        if (told or _LOSSES) != self._measured:
            self._measured = told or _LOSSES
            self.have_columns((_STEP, _BEST, _MODEL, *self._measured, _CREATED))
        self.set_rows(list(self._checkpoints))

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        """The text and look of one cell."""
        one = self._checkpoints[key]
        if column.key == "step":
            return (NOTHING if one.step is None else str(one.step)), "plain"
        if column.key == "best":
            return (_("best") if self.is_best(one) else ""), "good"
        if column.key == "model":
            is_gone = one.model in self._gone
            name = f"{DELETED_SIGN} {one.model}" if is_gone else one.model
            return name or NOTHING, "bad" if is_gone else "strong"
        if column.key == "created":
            return moment_text(one.created_at), "muted"
        value = measure(one, column.key)
        return (NOTHING if value is None else number_text(value)), "plain"

    def is_best(self, checkpoint: Checkpoint) -> bool:
        """Whether it is the best of those that can be used."""
        return self.best is not None and checkpoint.key == self.best.key

    @property
    def words(self) -> str:
        """The whole name of the checkpoint under the cursor, or of its files."""
        one = self.current
        name = (one.model or ", ".join(one.result_files)) if one is not None else ""
        if one is not None and one.model in self._gone:
            return model_text(name, deleted=True)
        is_best = one is not None and self.is_best(one)
        return _("{name} · the best of these", name=name) if name and is_best else name


def measure(checkpoint: Checkpoint, name: str) -> float | None:
    """A number of a checkpoint; that of the whole validation goes before that of a part of it."""
    metrics = checkpoint.metrics or Metrics()
    whole: float | None = getattr(metrics, f"full_{name}", None)
    part: float | None = getattr(metrics, name)
    return part if whole is None else whole


def checkpoint_items(checkpoint: Checkpoint, read_only: str, gone: str = "") -> list[MenuItem]:
    """What can be done with a checkpoint; `read_only` is why nothing can be created, or "".

    `gone` says that its model was deleted.
    """
    model = checkpoint.model or ""
    no_model = "" if model else _("the endpoint names no model of this checkpoint")
    no_id = "" if checkpoint.id else _("the endpoint gave no id")
    return [
        MenuItem("model", _("Copy the model"), model, no_model, "m"),
        MenuItem("id", _("Copy the id"), checkpoint.id, no_id, "i"),
        MenuItem(
            "try",
            _("Try it"),
            _("the playground opens with it, beside the job's own model"),
            no_model or gone or read_only,
            "t",
        ),
        MenuItem(
            "base",
            _("Use as the base of a new job"),
            _("the form opens with it as its model"),
            no_model or gone or read_only,
            "b",
        ),
    ]
