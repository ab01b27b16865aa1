"""Help: one page a command, made from its parser, for the terminal and for the manual."""
