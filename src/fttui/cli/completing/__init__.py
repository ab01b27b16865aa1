"""Completion: what may come next on a command line, for the shell that asks at a key press.

It answers from what is on this machine, reads no endpoint, writes nothing, and is silent whatever
happens: a key press in a shell must neither wait nor leave a word on the screen.
"""
