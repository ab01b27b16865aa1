"""A saved archive, served read-only as the endpoint that it was saved from."""
