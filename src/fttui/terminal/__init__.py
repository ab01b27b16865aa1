"""What leaves for the terminal: text made safe, the clipboard, notifications."""
