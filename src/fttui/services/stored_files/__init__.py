"""The files of an account: what uses them, what they hold, and deleting them."""
