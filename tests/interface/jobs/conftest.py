"""Short waits: what the list does after a pause is tested, not how long the pause is."""

import pytest

from fttui.interface.panes import list_jobs
from fttui.interface.widgets import filter_bar, jobs_table


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """All timers of the list run out after a hundredth of a second."""
    for module, name in (
        (list_jobs, "_REST"),
        (list_jobs, "_PATIENCE"),
        (filter_bar, "_PAUSE"),
        (jobs_table, "_PAGES_TOGETHER"),
        (jobs_table, "_CHANGES_TOGETHER"),
    ):
        assert getattr(module, name) > 0
        monkeypatch.setattr(module, name, 0.01)
