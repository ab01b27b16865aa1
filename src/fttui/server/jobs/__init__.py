"""Fine-tuning jobs: what is asked for, how it will go, and what can be seen of it when."""
