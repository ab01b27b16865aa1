"""What workers tell the tabs that are opened later; the base is in `messages`."""
