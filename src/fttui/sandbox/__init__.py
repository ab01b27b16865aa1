"""An embedded server that speaks the fine-tuning API and trains nothing."""
