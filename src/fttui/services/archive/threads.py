"""Work on the disk in a thread, which is over when whoever asked for it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(work: Callable[P, T], *arguments: P.args, **more: P.kwargs) -> T:
    """The result of `work`; when the caller is cancelled, only after `work` has ended.

    Else a run that ends would leave threads behind that still write into its folder.
    """
    done = asyncio.ensure_future(asyncio.to_thread(work, *arguments, **more))
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait([done])
        raise
