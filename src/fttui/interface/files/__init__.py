"""The tab "Files"."""
