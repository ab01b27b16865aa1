"""What a list of jobs costs with Textual's own DataTable: 100 rows of the same columns."""

from rich.text import Text
from textual.app import App
from textual.widgets import DataTable


class PlainTable(App):
    """A DataTable and nothing else."""

    def compose(self):
        """One table with a row cursor."""
        yield DataTable(cursor_type="row")

    def on_mount(self):
        """Fill the table."""
        table = self.query_one(DataTable)
        table.auto_links = False
        table.add_columns("Status", "Name", "Model", "Job ID", "Created")
        for number in range(100):
            table.add_row(
                Text("✓ succeeded"),
                Text(f"run-{number}"),
                Text("gpt-4o-mini-2024-07-18"),
                Text(f"ftjob-{number:024}"),
                Text("2026-11-22 10:12"),
            )


PlainTable().run()
