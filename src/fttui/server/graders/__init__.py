"""Graders of reinforcement fine-tuning: checked when a job is created, and run on demand."""
