"""The smallest Textual app: the measure of a first paint."""

from textual.app import App
from textual.widgets import Static


class Hello(App):
    """One line of text."""

    def compose(self):
        """The line."""
        yield Static("Hello, world")


Hello().run()
