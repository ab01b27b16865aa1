"""Files of this machine: read without waiting for them, written whole or not at all."""
