"""The endpoint: calls, and answers read into our own types."""
