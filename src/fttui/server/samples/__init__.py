"""Sample files and jobs: what a demo starts with and tests train on."""
