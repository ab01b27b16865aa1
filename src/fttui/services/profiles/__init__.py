"""The profiles of endpoints: which there are, going to another, adding, checking, forgetting."""
