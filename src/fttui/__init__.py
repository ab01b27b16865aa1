"""Create, watch, select, copy, pause and cancel fine-tuning jobs from a terminal."""

__version__ = "0.1.0"
