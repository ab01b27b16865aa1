"""What a user can ask for in each of the tabs that are opened later: bases of the utilities."""
