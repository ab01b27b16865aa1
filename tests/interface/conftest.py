"""The clock of the apps that are tested here."""

from settling import app_clock

__all__ = ["app_clock"]
