"""Fine-tuned models: which are there, what made them, and what can be tuned."""
