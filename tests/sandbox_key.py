"""The key of every test's sandbox, so that a test can go from one to another."""

SANDBOX_KEY = "sk-0f1e2d3c4b5a69788796a5b4c3d2e1f0"
