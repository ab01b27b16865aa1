"""Saving all that an endpoint tells of fine-tuning, readable without fttui."""
