"""What no text, signal, crash or lost terminal can harm: the app's base and its driver."""
