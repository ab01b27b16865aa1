"""How each request of a user is carried out: workers, dialogs, messages."""
