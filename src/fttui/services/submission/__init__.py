"""Check, upload, create: exactly once, and resumable."""
