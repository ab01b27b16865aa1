"""The folder that an archive is kept in."""
