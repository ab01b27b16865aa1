"""Asking models: one prompt, or the examples of a file, and what came of it."""
