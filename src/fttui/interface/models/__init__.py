"""The tab "Models"."""
