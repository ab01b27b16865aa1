"""The tab "Endpoints": the profiles, where each leads, and what holds its key."""
