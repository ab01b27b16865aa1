"""Lines that are not JSON: what is wrong with each, told as to a person, and mended if certain."""
