"""The tab "Create Fine-Tuning Job"."""
