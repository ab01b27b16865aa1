"""What a list of jobs costs with Textual's own DataTable: 100 rows of the same columns, or more.

The key `f` fills it anew with half of its rows, as a filter would.
"""

import sys
from typing import ClassVar

from rich.text import Text
from textual.app import App
from textual.widgets import DataTable

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100


class PlainTable(App):
    """A DataTable and nothing else."""

    BINDINGS: ClassVar = [("f", "refill", "Refill")]

    def compose(self):
        """One table with a row cursor."""
        yield DataTable(cursor_type="row")

    def on_mount(self):
        """Fill the table."""
        table = self.query_one(DataTable)
        table.auto_links = False
        table.add_columns("Status", "Name", "Model", "Job ID", "Created")
        self.fill(COUNT)

    def fill(self, count):
        """Add as many rows."""
        table = self.query_one(DataTable)
        for number in range(count):
            table.add_row(
                Text("✓ succeeded"),
                Text(f"run-{number}"),
                Text("gpt-4o-mini-2024-07-18"),
                Text(f"ftjob-{number:024}"),
                Text("2026-11-22 10:12"),
            )

    def action_refill(self):
        """Show half of the rows."""
        self.query_one(DataTable).clear()
        self.fill(COUNT // 2)


PlainTable().run()
