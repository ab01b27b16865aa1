"""A training file, offline: its rules, tokens, cost and repair."""
