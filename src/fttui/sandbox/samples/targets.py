"""Lets samples be put into a running server, a stopped one's data folder, or bare state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from ..config import SandboxConfig
from ..state import Sandbox

T = TypeVar("T")


class Running(Protocol):
    """A server that runs functions on its state, such as SandboxServer."""

    def call(self, function: Callable[[Sandbox], T]) -> T:
        """Runs the function between two requests."""


Target = Sandbox | SandboxConfig | Running


def on_state(target: Target, function: Callable[[Sandbox], T]) -> T:
    """Runs a function on the target's state; a config must have a `data_dir` no server has open."""
    if isinstance(target, Sandbox):
        return function(target)
    if not isinstance(target, SandboxConfig):
        return target.call(function)
    if target.data_dir is None:
        raise ValueError("a config without a data_dir keeps nothing: give the running server")
    sandbox = Sandbox(target)
    try:
        return function(sandbox)
    finally:
        sandbox.close()
