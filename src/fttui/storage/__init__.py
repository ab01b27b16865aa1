"""What outlives a run: settings, credentials, journal and logs."""
