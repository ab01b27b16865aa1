"""The fine-tuning endpoint, as the app understands it."""
