"""The tab "List Fine-Tuning Jobs", and one job in full."""
