"""Jobs asked for at another endpoint: what fits there, their files, and making each once."""
