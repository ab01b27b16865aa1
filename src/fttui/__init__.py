"""Create, watch, select, copy, pause and cancel fine-tuning jobs from a terminal."""

__version__ = "1.0.0"
