"""Deleting a fine-tuned model, once, and knowing of it afterwards."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fttui.services.tuned_models.asking import note_deleted

if TYPE_CHECKING:
    from fttui.services.session import Session
    from fttui.services.tuned_models.inventory import TunedModel


async def delete_one(session: Session, model: TunedModel) -> None:
    """Delete a model by one call; on the service thread. Raises ServiceError."""
    await session.handle.delete_model(model.raw_id)
    await asyncio.to_thread(note_deleted, session, model.id)
