"""The tab "Playground"."""
